"""Which file: the dialogs that ask for one to open or to save, and what may be dropped in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

_KINDS = {".toml": "Experiments (*.toml)", ".npz": "Recordings (*.npz)"}
_ALL = ";;".join(["Experiments, sweeps, recordings (*.toml *.npz)", *_KINDS.values()])


class FileChoice:
    """Asks over `window`, beginning in the folder of the last file."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._folder = Path.home()

    def note(self, path: Path) -> None:
        """This was the last file."""
        self._folder = path.parent

    def to_open(self) -> str:
        """Empty if none is chosen."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", str(self._folder), _ALL)
        return name

    def to_save(self, title: str, name: str, suffix: str) -> Path | None:
        """A file that ends in `suffix`, called like the experiment `name` unless people say so."""
        words = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")
        proposed = str(self._folder / ((words or "experiment") + suffix))
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, proposed, _KINDS[suffix])
        if not chosen:
            return None
        path = Path(chosen)
        path = path if path.suffix == suffix else path.with_name(path.name + suffix)
        self.note(path)
        return path


def dropped(event: QDropEvent) -> str:
    """The experiment, sweep or recording that is dragged in; empty if it is anything else."""
    names = [url.toLocalFile() for url in event.mimeData().urls()]
    return next((name for name in names if name.lower().endswith(tuple(_KINDS))), "")
