"""What comes back at the next start, from an INI file: layout, theme and the last experiment."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from engine.experiment import Experiment
from engine.experiment_file import dumps, loads
from engine.settings import Refusal

# Raised when the cards change so that an old layout would not fit them.
LAYOUT = 2


class State:
    """The settings file. One that is broken is set aside; `notes` then says so."""

    def __init__(self, path: Path | None = None) -> None:
        self.notes: list[str] = []
        self.path = path or _usual_path()
        self._settings = self._read()

    def _read(self) -> QSettings:
        settings = QSettings(str(self.path), QSettings.Format.IniFormat)
        settings.allKeys()  # reads the sections, which Qt puts off otherwise
        if settings.status() == QSettings.Status.NoError and _is_text(self.path):
            return settings
        broken = self.path.with_name(f"{self.path.name}.broken")
        try:
            self.path.replace(broken)
            self.notes.append(f"The settings file could not be read; it is now {broken}.")
        except OSError as error:
            self.notes.append(f"The settings file {self.path} cannot be read: {error.strerror}.")
        return QSettings(str(self.path), QSettings.Format.IniFormat)

    def save(self) -> str:
        """Write the file; what went wrong, in words, or nothing."""
        self._settings.sync()
        if self._settings.status() == QSettings.Status.NoError:
            return ""
        return f"The settings could not be saved to {self.path}."

    @property
    def theme(self) -> str:
        """ "light", "dark" or "system"."""
        theme = self._settings.value("theme", "system")
        return theme if theme in ("light", "dark") else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._settings.setValue("theme", name)

    def layout(self, part: str) -> QByteArray:
        """The geometry or arrangement kept as `part`; empty if there is none."""
        found = self._settings.value(f"layout{LAYOUT}/{part}")
        return found if isinstance(found, QByteArray) else QByteArray()

    def keep_layout(self, part: str, arrangement: QByteArray) -> None:
        self._settings.setValue(f"layout{LAYOUT}/{part}", arrangement)

    @property
    def experiment(self) -> Experiment | None:
        """The experiment that was open last; None at a first start, or if it cannot be read."""
        text = self._settings.value("experiment/toml", "")
        if not isinstance(text, str) or not text:
            return None
        try:
            experiment = loads(text, "the last experiment")
            table = self._settings.value("experiment/table", "")
            return experiment.with_value("task.table", table) if table else experiment
        except Refusal as refusal:
            self.notes.append(f"The last experiment could not be opened: {refusal}")
            return None

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        # The text names a table without its folder, which stays on this machine.
        self._settings.setValue("experiment/toml", dumps(experiment))
        self._settings.setValue("experiment/table", experiment.task.table)


def _usual_path() -> Path:
    settings = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "activation-lab", "window"
    )
    return Path(settings.fileName())


def _is_text(path: Path) -> bool:
    """Whether the file, if there is one, is text: Qt reads any bytes as a file without settings."""
    if not path.exists():
        return True
    try:
        return "\0" not in path.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError):
        return False
