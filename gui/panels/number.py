"""The editor of a number: a slider over good values, and an entry for any exact one."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionSlider

from engine.settings import Setting

from .editor import Editor, Entry

# The preferred numbers R10, ten a decade.
_PREFERRED = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_MOST_STOPS = 10_000


def stops(about: Setting, whole: bool) -> list[float]:
    """The values a slider offers, in order; none where a slider makes no sense."""
    low, high = about.low, about.high
    if not math.isfinite(high - low):
        return []
    if about.log:
        found = _log_stops(low or about.step or 1, high, whole)
    elif about.step and (high - low) / about.step <= _MOST_STOPS:
        found = {round(v, 9) for v in np.arange(low, high + about.step / 2, about.step).tolist()}
    else:
        return []
    if about.zero or low == 0:
        found.add(0)
    return sorted(v for v in found | {low, high} if low <= v <= high or v == 0)


def _log_stops(low: float, high: float, whole: bool) -> set[float]:
    """Preferred numbers from `low` to `high`; whole ones with the powers of two."""
    decades = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    found = {float(f"{m}e{decade}") for decade in decades for m in _PREFERRED}
    if whole:
        found = {v for v in found if v.is_integer()} | {2.0**k for k in range(32)}
    return {v for v in found if low <= v <= high}


class Slider(QSlider):
    """A slider that says `settled` when let go, jumps to a click, and heeds the wheel in focus."""

    settled = Signal(int)

    def __init__(self, last: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, last)
        self.setPageStep(max(1, last // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._held = False
        self.valueChanged.connect(self._moved)

    def show_position(self, position: int) -> None:
        """Move without a word."""
        if not self._held:
            self.blockSignals(True)
            self.setValue(position)
            self.blockSignals(False)

    def _moved(self, position: int) -> None:
        if not self._held:
            self.settled.emit(position)

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self.settled.emit(self.value())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self.setValue(self._position_at(event.position().x()))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._held = True
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat():
            self._let_go()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._let_go()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _position_at(self, x: float) -> int:
        """The position whose handle would lie under a click."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part, style = QStyle.SubControl, self.style()
        kind = QStyle.ComplexControl.CC_Slider
        handle = style.subControlRect(kind, option, part.SC_SliderHandle, self)
        groove = style.subControlRect(kind, option, part.SC_SliderGroove, self)
        at = round(x) - groove.x() - handle.width() // 2
        room = groove.width() - handle.width()
        return QStyle.sliderValueFromPosition(0, self.maximum(), at, room)


class NumberEditor(Editor):
    """A number, whole or not, with its unit; words stand for a zero that means something else."""

    def __init__(
        self, path: str, about: Setting, whole: bool = False, offered: Sequence[float] | None = None
    ) -> None:
        super().__init__(path, about)
        self.whole = whole
        self.stops = stops(about, whole) if offered is None else list(offered)
        self.entry = Entry()
        self.entry.entered.connect(lambda text: self.changed.emit(self.path, self.read(text)))
        self.slider: Slider | None = None
        self._shown: float | None = None
        if self.stops:
            self.slider = Slider(len(self.stops) - 1)
            self.slider.setAccessibleName(f"{about.label}, slider")
            self.slider.setMinimumWidth(36)
            self.slider.valueChanged.connect(self._preview)
            self.slider.settled.connect(self._settle)
            self.entry.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            self._furnish(self.slider, self.entry)
        else:
            self._furnish(self.entry)
        self._fit()

    def show_value(self, value: Any) -> None:
        self._shown = value
        self.entry.show_text("" if value is None else self.text(value))
        if self.slider is not None and value is not None:
            self.slider.show_position(self._nearest(value))

    def text(self, value: float) -> str:
        """A number as people read it, unit and all; reading it back gives the same number."""
        if value == 0 and self.about.zero:
            return self.about.zero
        short = str(int(value)) if self.whole else f"{value:g}"
        number = short if float(short) == value else repr(value)
        return f"{number} {self._unit(value)}".strip()

    def read(self, text: str) -> Any:
        """The number that a text stands for, or the text itself if it stands for none."""
        text = text.strip()
        if self.about.zero and text == self.about.zero:
            return 0 if self.whole else 0.0
        for unit in (self.about.unit, self._unit(1)):
            text = text.removesuffix(unit).strip() if unit else text
        try:
            return int(text) if self.whole else float(text)
        except ValueError:
            pass
        try:
            return float(text)
        except ValueError:
            return text

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.FontChange:
            self._fit()

    def _unit(self, value: float) -> str:
        """The unit after a value, unless the label has said it already."""
        unit = self.about.unit
        if unit.lower() in self.about.label.lower():
            return ""
        return unit[:-1] if value == 1 and unit.endswith("s") else unit

    def _fit(self) -> None:
        """All entries beside sliders are equally wide, whatever the font."""
        self.entry.setFixedWidth(self.fontMetrics().horizontalAdvance("the full set") + 20)
        if self.slider is None:
            self.entry.setMaximumWidth(16_777_215)

    def _nearest(self, value: float) -> int:
        right = min(bisect_left(self.stops, value), len(self.stops) - 1)
        left = max(right - 1, 0)
        return left if value - self.stops[left] < self.stops[right] - value else right

    def _stop(self, position: int) -> float:
        return int(self.stops[position]) if self.whole else float(self.stops[position])

    def _preview(self, position: int) -> None:
        self.entry.setText(self.text(self._stop(position)))

    def _settle(self, position: int) -> None:
        if self._shown is None or position != self._nearest(self._shown):
            self.changed.emit(self.path, self._stop(position))
        else:
            self.show_value(self._shown)
