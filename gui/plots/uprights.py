"""Upright axes side by side, each with its name and its own ticks, in a plotting area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from ..theme import Theme
from .bases import GraphicsObject
from .chart import Box
from .pens import small_font, small_metrics

_ROOM = 6  # pixels between an axis and its numbers


@dataclass(frozen=True)
class Upright:
    """An axis from 0 to 1, with words at some heights."""

    name: str
    ticks: tuple[tuple[float, str], ...]


class Uprights(GraphicsObject):
    """Painted over a plotting area in its pixels; the axes stand at 0, 1, 2 … along it."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self._box = box
        self.axes: Sequence[Upright] = ()
        self._font, self._metrics = small_font(), small_metrics()
        self._line, self._text, self._ground = (QColor("#808080") for _ in range(3))
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigRangeChanged.connect(lambda *_: self.update())
        box.sigResized.connect(lambda *_: self.prepareGeometryChange())

    def set_theme(self, theme: Theme) -> None:
        self._line, self._text = QColor(theme.border), QColor(theme.muted)
        self._ground = QColor(theme.card)
        self._ground.setAlphaF(0.75)
        self.update()

    def set_axes(self, axes: Sequence[Upright]) -> None:
        self.axes = axes
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box.rect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.setFont(self._font)
        area, between = self.boundingRect(), self._pixel(1, 0).x() - self._pixel(0, 0).x()
        for place, axis in enumerate(self.axes):
            foot, top = self._pixel(place, 0), self._pixel(place, 1)
            painter.setPen(pg.mkPen(self._line, width=1))
            painter.drawLine(foot, top)
            last = place == len(self.axes) - 1
            for height, word in axis.ticks:
                self._paint_word(painter, self._pixel(place, height), word, left=last)
            name = self._metrics.elidedText(axis.name, Qt.TextElideMode.ElideRight, between - 8)
            width = self._metrics.horizontalAdvance(name)
            x = min(max(foot.x() - width / 2, area.left()), area.right() - width)
            painter.setPen(self._text)
            painter.drawText(QPointF(x, area.bottom() - self._metrics.descent()), name)

    def _paint_word(self, painter: QPainter, at: QPointF, word: str, left: bool) -> None:
        """A number beside its axis, on a ground of its own."""
        width, height = self._metrics.horizontalAdvance(word), self._metrics.height()
        x = at.x() - _ROOM - width if left else at.x() + _ROOM
        place = QRectF(x, at.y() - height / 2, width, height)
        painter.fillRect(place.adjusted(-2, 0, 2, 0), self._ground)
        painter.setPen(self._text)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), word)

    def _pixel(self, x: float, y: float) -> QPointF:
        pixel: QPointF = self._box.mapFromView(QPointF(x, y))
        return pixel
