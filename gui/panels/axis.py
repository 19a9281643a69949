"""One field of a sweep's grid, and the values it takes, as text."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QToolButton, QWidget

from engine.experiment import SECTIONS, Experiment
from engine.settings import Refusal
from engine.sweeps import Axis
from engine.sweeps.grid import label, offers, with_field

from .editor import Entry

_FACTORS = (0.5, 1, 2)  # around a number, where nothing else is known
_BARE = {"true": True, "false": False}
_PIECES = re.compile(r"\s*(\[[^\]]*\]|[^,]+)")  # what stands between commas, or in brackets


class StillBox(QComboBox):
    """A chooser that no wheel turns, and no long label widens."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class AxisEditor(QWidget):
    """The grid's field at one `place`: `changed` says place, path and values; no path: away."""

    changed = Signal(int, str, object)

    def __init__(self, place: int) -> None:
        super().__init__()
        self._experiment = Experiment()
        self._axis: Axis | None = None
        self.field, self.values, self.away = StillBox(), Entry(), QToolButton()
        self.field.setAccessibleName(f"Field {place + 1} of the grid")
        self.field.setToolTip("Which field of the experiment takes several values")
        self.values.setAccessibleName(f"Values of field {place + 1}")
        self.values.setToolTip("Its values, as 1, 2, 4, 8; lists as [64, 32], [16]")
        self.away.setText("✕")
        self.away.setProperty("role", "plain")
        self.away.setAccessibleName(f"Take field {place + 1} out of the grid")
        self.away.setToolTip("Take this field out of the grid")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        grid.addWidget(self.field, 0, 0)
        grid.addWidget(self.away, 0, 1)
        grid.addWidget(self.values, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.field.activated.connect(
            lambda at: self.changed.emit(place, self.field.itemData(at), self._suggested(at))
        )
        self.values.entered.connect(
            lambda text: self.changed.emit(place, self.field.currentData(), read(text))
        )
        self.away.clicked.connect(lambda: self.changed.emit(place, "", ()))

    def show_axis(self, experiment: Experiment, axis: Axis) -> None:
        """What is shown already stays as it is, and with it what is being typed or chosen."""
        if (experiment, axis) == (self._experiment, self._axis):
            return
        self._experiment, self._axis = experiment, axis
        paths = list(offers(experiment))
        self.field.clear()
        for path in paths if axis.path in paths else [*paths, axis.path]:
            self.field.addItem(_named(experiment, path), path)
        self.field.setCurrentIndex(self.field.findData(axis.path))
        self.values.show_text(write(axis.values))

    def _suggested(self, at: int) -> tuple[Any, ...]:
        return suggested(self._experiment, self.field.itemData(at))


def _named(experiment: Experiment, path: str) -> str:
    """The field's label; its path where it is none of this experiment's."""
    try:
        return label(experiment, path)
    except (Refusal, KeyError, IndexError):
        return path


def read(text: str) -> tuple[Any, ...]:
    """The values that a text lists: numbers, true and false, words, and lists in brackets."""
    return tuple(_value(piece.strip()) for piece in _PIECES.findall(text) if piece.strip())


def write(values: tuple[Any, ...]) -> str:
    """Values as `read` reads them."""
    words = (f"[{write(v)}]" if isinstance(v, tuple) else _word(v) for v in values)
    return ", ".join(words)


def suggested(experiment: Experiment, path: str) -> tuple[Any, ...]:
    """Values to begin with: all choices, both answers, or around what it is now."""
    about = experiment.setting(path) if path.partition(".")[0] in SECTIONS else None
    now = _now(experiment, path)
    values: list[Any] = [now]
    if about is not None and about.choices is not None:
        values = list(about.choices())
    elif isinstance(now, bool):
        values = [False, True]
    elif isinstance(now, (int, float)):
        values = [type(now)(now * factor) for factor in _FACTORS]
    allowed = (v for v in values if _allowed(experiment, path, v))
    return tuple(dict.fromkeys(allowed)) or (now,)


def _now(experiment: Experiment, path: str) -> Any:
    """The value that a field has; 1 where each contestant has its own, matched to it."""
    place, _, name = path.partition(".")
    if place in SECTIONS:
        return experiment.value(path)
    number, _, own = name.rpartition(".")
    if number:
        return experiment.contestants[int(number) - 1].parameters[own]
    return 1.0


def _allowed(experiment: Experiment, path: str, value: Any) -> bool:
    try:
        with_field(experiment, path, value)
    except Refusal:
        return False
    return True


def _value(word: str) -> Any:
    if word.startswith("["):
        return read(word.strip("[]"))
    if word.lower() in _BARE:
        return _BARE[word.lower()]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word.strip("\"'")


def _word(value: Any) -> str:
    """As it is read again: with all its digits, and 1.0 is not 1."""
    return str(value).lower() if isinstance(value, bool) else str(value)
