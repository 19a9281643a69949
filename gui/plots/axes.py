"""An axis that stays in the background: few labels, no tick marks, a grid behind the data."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from ..theme import Theme
from .bases import AxisItem
from .ticks import linear_ticks, log_ticks, write_linear, write_log

GRID_Z = -200  # under the view box, so that grid lines never cross the data
_OVERHANG = 40  # room in which the labels at the ends of an axis are looked for
_LINE_ROOM = 2.4  # heights of text from one label to the next on an upright axis
_CLEAR = 6  # pixels at the end of a crowded axis without a label
_WORD_GAP = 16  # and free pixels between two labels on a level one
_LEAST_NAME = 24  # pixels that a shortened name needs to be told from others,
_NAME_GAP = 6  # and those between two shortened ones


class QuietAxis(AxisItem):
    """`logarithmic`: the view's coordinates are log₁₀. `whole`: only whole numbers get a tick.

    `names` (coordinate to text) replaces numbers by words, shortened where they have no room:
    beside one another on a level axis, within `longest` pixels on an upright one. The labels at
    the ends of a level axis may reach `beyond` pixels past them; `crowded`: the last number is
    left out where it would come near the first of a neighbour.
    """

    def __init__(self, side: str, whole: bool = False, beyond: float = 12.0) -> None:
        self.beyond = beyond
        self.crowded = False
        self.logarithmic = False
        self.whole = whole
        self.names: dict[float, str] = {}
        self.longest = math.inf
        self.upright = upright = side in ("left", "right")
        self._metrics = QFontMetricsF(QFont())
        super().__init__(side, maxTickLength=0)
        self.enableAutoSIPrefix(False)
        self.setStyle(
            maxTickLevel=0, maxTextLevel=0, tickAlpha=255, tickTextOffset=6 if upright else 3
        )  # fmt: skip
        self.setZValue(GRID_Z)

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Colours and the text's font."""
        self.setPen(theme.border)
        self.setTickPen(theme.grid)
        self.setTextPen(theme.muted)
        self.setTickFont(font)
        self.label.setFont(font)
        self._metrics = QFontMetricsF(font)
        self.labelStyle = {"color": theme.muted}
        self._write_name(self.labelText)

    def name_it(self, text: str) -> None:
        """Say what the axis is; the same name again costs nothing."""
        if text != self.labelText:
            self._write_name(text)

    def _write_name(self, text: str) -> None:
        """Write the name, and take the room for it."""
        self.setLabel(text)
        if not self.upright:
            lines = self.style["showValues"] + bool(text)
            self.setHeight(lines * self._metrics.height() + 4)

    def show_numbers(self, shown: bool) -> None:
        """Write numbers, or leave the grid alone, and take the room for what is written."""
        self.setStyle(showValues=shown)
        self._write_name(self.labelText)

    def set_logarithmic(self, logarithmic: bool) -> None:
        if logarithmic != self.logarithmic:
            self.logarithmic = logarithmic
            self.picture = None
            self.update()

    def set_names(self, names: dict[float, str]) -> None:
        self.names = names
        self.picture = None
        self.update()

    def set_longest(self, longest: float) -> None:
        self.longest = longest
        self.picture = None
        self._make_room()

    def setRange(self, mn: float, mx: float) -> None:
        super().setRange(mn, mx)
        self._make_room()

    def resizeEvent(self, ev: Any = None) -> None:
        super().resizeEvent(ev)
        self._make_room()

    def _make_room(self) -> None:
        """Take the width that the labels need now; pyqtgraph would find out one paint too late."""
        if not (self.upright and self.style["showValues"] and self.height() > 1):
            return
        low, high = sorted(self.range)
        words = self.tickStrings(self.tickValues(low, high, self.height())[0][1], 1.0, 1.0)
        width = math.ceil(max(map(self._metrics.horizontalAdvance, words), default=8.0)) + 2
        if width != self.textWidth:
            self.textWidth = width
            self._updateWidth()

    def _updateMaxTextSize(self, x: int) -> None:
        """The room is taken already."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[Any]:
        ticks: list[float] = []
        for most in range(max(2, math.ceil(size / self._metrics.height() / _LINE_ROOM)), 0, -1):
            ticks = self._ticks(minVal, maxVal, most)
            if self.upright or self._length(ticks) <= size:
                break
            if self.names and self._room_of_each(ticks) >= _LEAST_NAME:
                break
        return [(1.0, ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.names:
            room = self._room_of_each(values)
            return [self._shortened(self.names[v], room) for v in values]
        return write_log(values) if self.logarithmic else write_linear(values)

    def _ticks(self, low: float, high: float, most: int) -> list[float]:
        if self.names:
            inside = [v for v in self.names if low <= v <= high]
            return inside[:: max(1, math.ceil(len(inside) / most))]
        if self.logarithmic:
            return log_ticks(low, high, most)
        return linear_ticks(low, high, most, self.whole)

    def _shortened(self, name: str, room: float) -> str:
        if self._metrics.horizontalAdvance(name) <= room:
            return name
        return self._metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)

    def _room_of_each(self, ticks: list[float]) -> float:
        """Pixels that a name may take."""
        low, high = sorted(self.range)
        if self.upright or len(ticks) < 2 or not high > low:
            return self.longest
        # Those at the ends are moved inside, and leave an even share at most.
        share = min((ticks[1] - ticks[0]) / (high - low), 1 / len(ticks))
        return float(share * self.width()) - _NAME_GAP

    def _length(self, ticks: list[float]) -> float:
        """Pixels that the labels take side by side, in full."""
        words = [self.names[v] for v in ticks] if self.names else self.tickStrings(ticks, 1.0, 1.0)
        return sum(self._metrics.horizontalAdvance(word) + _WORD_GAP for word in words)

    def boundingRect(self) -> QRectF:
        """With room for labels that stand at the very ends."""
        rect = super().boundingRect()
        if self.upright:
            return rect.adjusted(0, -_OVERHANG, 0, _OVERHANG)
        return rect.adjusted(-_OVERHANG, 0, _OVERHANG, 0)

    def generateDrawSpecs(self, p: QPainter) -> Any:
        specs = super().generateDrawSpecs(p)
        if specs is not None and not self.upright:
            area = self.mapRectFromParent(self.geometry())
            for rect, _, _ in specs[2]:
                rect.moveRight(min(rect.right(), area.right() + self.beyond))
                rect.moveLeft(max(rect.left(), area.left() - self.beyond))
            if self.crowded and not self.names:
                specs = (*specs[:2], [s for s in specs[2] if s[0].right() < area.right() - _CLEAR])
        return specs

    # A wheel turned over an axis scrolls what lies behind the card, as over any other label.
    def wheelEvent(self, event: Any) -> None:
        event.ignore()
