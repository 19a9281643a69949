"""The key to a heat map's colours: the scale with its limits, and the colours beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from ..theme import Theme
from .bases import GraphicsWidget
from .pens import small_font
from .ticks import linear_ticks, log_ticks, write_linear, write_log

_STRIP = 12
_LEFT = 10


class ColourKey(GraphicsWidget):
    """`limits` are (value on the scale, word) to be marked; `swatches` are (colour, word).

    Without colours of a scale there are swatches alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high, self.log = 0.0, 1.0, False
        self.limits: list[tuple[float, str]] = []
        self.swatches: list[tuple[str, str]] = []
        self._table = np.zeros((2, 3), np.uint8)
        self._font = small_font()
        self._metrics = QFontMetricsF(self._font)
        self._text, self._accent = QColor("#808080"), QColor("#808080")
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        self._text, self._accent = QColor(theme.muted), QColor(theme.text)
        self.update()

    def set_scale(self, low: float, high: float, log: bool, table: np.ndarray) -> None:
        """`table`: (n, 3) uint8 colours from low to high, which are log₁₀ where `log`."""
        same = (low, high, log) == (self.low, self.high, self.log)
        if not (same and np.array_equal(table, self._table)):
            self.low, self.high, self.log, self._table = low, high, log, table
            self.update()

    def set_words(self, limits: list[tuple[float, str]], swatches: list[tuple[str, str]]) -> None:
        if (limits, swatches) != (self.limits, self.swatches):
            self.limits, self.swatches = limits, swatches
            self._fit()
            self.update()

    def _fit(self) -> None:
        words = [word for _, word in (*self.limits, *self.swatches)] + ["10⁻⁸⁸"]
        width = _LEFT + _STRIP + 8 + max(map(self._metrics.horizontalAdvance, words))
        self.setMinimumWidth(width)
        self.setMaximumWidth(width)

    def paint(self, painter: QPainter, *_: Any) -> None:
        # Words wider than the room before the layout gives more would stay behind when it moves.
        painter.setClipRect(self.rect())
        painter.setFont(self._font)
        line = self._metrics.height()
        foot = len(self.swatches) * (line + 1) + (6 if self.swatches else 0)
        top = line + 2
        if len(self._table):
            strip = QRectF(_LEFT, top, _STRIP, max(10.0, self.height() - line - foot - 14))
            self._paint_scale(painter, strip)
            top = strip.bottom() + line / 2 + 6
        for colour, word in self.swatches:
            painter.fillRect(QRectF(_LEFT, top + line / 2 - 5, 10, 10), QColor(colour))
            painter.setPen(self._text)
            place = QRectF(_LEFT + 14, top, self.width(), line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), word)
            top += line + 1

    def _paint_scale(self, painter: QPainter, strip: QRectF) -> None:
        colours = np.ascontiguousarray(self._table[::-1])
        image = QImage(colours.data, 1, len(colours), 3, QImage.Format.Format_RGB888)
        painter.drawImage(strip, image)
        taken = [self._paint_word(painter, strip, *limit, self._accent) for limit in self.limits]
        for value, word in self._ticks(strip.height()):
            y = self._height(strip, value)
            if all(abs(y - other) > self._metrics.height() for other in taken):
                self._paint_word(painter, strip, value, word, self._text)

    def _ticks(self, room: float) -> list[tuple[float, str]]:
        most = max(2, int(room / self._metrics.height() / 1.8))
        if self.log:
            ticks = log_ticks(self.low, self.high, most)
            return list(zip(ticks, write_log(ticks), strict=True))
        ticks = linear_ticks(self.low, self.high, most)
        return list(zip(ticks, write_linear(ticks), strict=True))

    def _height(self, strip: QRectF, value: float) -> float:
        return strip.bottom() - strip.height() * (value - self.low) / (self.high - self.low)

    def _paint_word(
        self, painter: QPainter, strip: QRectF, value: float, word: str, colour: QColor
    ) -> float:
        """A word beside its place on the strip; returns the place."""
        y, line = self._height(strip, value), self._metrics.height()
        painter.setPen(colour)
        painter.drawLine(QPointF(strip.right(), y), QPointF(strip.right() + 3, y))
        if colour == self._accent:
            painter.drawLine(QPointF(strip.left() - 4, y), QPointF(strip.right(), y))
        place = QRectF(strip.right() + 6, y - line / 2, self.width(), line)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), word)
        return y
