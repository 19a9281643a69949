"""Lines across a chart with a word beside each, shaded stretches of it, and the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ..theme import Theme
from .bases import GraphicsObject
from .chart import Box
from .pens import small_font

_SHADE = 0.2  # opacity of a stretch


@dataclass(frozen=True)
class Level:
    """A horizontal line at `y` in the view's coordinates; its word stands over or under it.

    Without `line` there is the word alone.
    """

    y: float
    text: str
    over: bool = True
    line: bool = True


@dataclass(frozen=True)
class Moment:
    """A vertical line at `x` in the view's coordinates."""

    x: float
    text: str


@dataclass(frozen=True)
class Stretch:
    """Shaded ground from `low` to `high` along the view; its word stands at the top if it fits."""

    low: float
    high: float
    text: str
    colour: str


class Marks(GraphicsObject):
    """Painted over a plotting area in its pixels, so that words keep their size."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self._box = box
        self.levels: list[Level] = []
        self.moments: list[Moment] = []
        self.stretches: list[Stretch] = []
        self.cursor_at: float | None = None
        self._colours = dict.fromkeys(("line", "text", "cursor", "ground"), QColor("#808080"))
        self._font = QFont(small_font())
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigRangeChanged.connect(lambda *_: self.update())
        box.sigResized.connect(lambda *_: self.prepareGeometryChange())

    def set_theme(self, theme: Theme) -> None:
        self._colours = {
            "line": QColor(theme.muted), "text": QColor(theme.muted), "cursor": QColor(theme.text),
            "ground": QColor(theme.card),
        }  # fmt: skip
        self._colours["ground"].setAlphaF(0.8)
        self.update()

    def set_marks(
        self, levels: list[Level], moments: list[Moment], stretches: Sequence[Stretch] = ()
    ) -> None:
        marks = (levels, moments, list(stretches))
        if marks != (self.levels, self.moments, self.stretches):
            self.levels, self.moments, self.stretches = marks
            self.update()

    def set_cursor(self, x: float | None) -> None:
        if x != self.cursor_at:
            self.cursor_at = x
            self.update()

    def boundingRect(self) -> QRectF:
        return self._box.rect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.setFont(self._font)
        for stretch in self.stretches:
            self._paint_stretch(painter, stretch)
        for level in self.levels:
            self._paint_level(painter, level)
        room = -1e9
        for moment in self.moments:
            room = self._paint_moment(painter, moment, room)
        if self.cursor_at is not None:
            painter.setPen(pg.mkPen(self._colours["cursor"], width=1))
            self._paint_upright(painter, self._pixel(self.cursor_at, 0.0).x())

    def _paint_stretch(self, painter: QPainter, stretch: Stretch) -> None:
        low, high = (self._pixel(x, 0.0).x() for x in (stretch.low, stretch.high))
        area = self.boundingRect()
        ground = QRectF(low, area.top(), high - low, area.height()) & area
        if ground.isEmpty():
            return
        colour = QColor(stretch.colour)
        colour.setAlphaF(_SHADE)
        painter.fillRect(ground, colour)
        metrics = QFontMetricsF(self._font)
        if metrics.horizontalAdvance(stretch.text) + 4 < ground.width():
            painter.setPen(self._colours["text"])
            place = QRectF(ground.left(), ground.top() + 1, ground.width(), metrics.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), stretch.text)

    def _paint_level(self, painter: QPainter, level: Level) -> None:
        y, area = self._pixel(0.0, level.y).y(), self.boundingRect()
        if not area.top() <= y <= area.bottom():
            return
        if level.line:
            painter.setPen(pg.mkPen(self._colours["line"], width=1, style=Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._paint_word(painter, self._beside(level), Qt.AlignmentFlag.AlignRight, level.text)

    def _beside(self, level: Level) -> QRectF:
        """The place of a level's word: on its other side where it would leave the area."""
        y, area = self._pixel(0.0, level.y).y(), self.boundingRect()
        height = QFontMetricsF(self._font).height()
        fits_over, fits_under = y - height > area.top(), y + 1 + height < area.bottom()
        over = fits_over and (level.over or not fits_under)
        return QRectF(area.left(), y - height if over else y + 1, area.width() - 4, height)

    def _paint_moment(self, painter: QPainter, moment: Moment, taken: float) -> float:
        """Paint the line, and its word where the last one leaves room; return what is taken."""
        x, area = self._pixel(moment.x, 0.0).x(), self.boundingRect()
        if not area.left() <= x <= area.right():
            return taken
        painter.setPen(pg.mkPen(self._colours["line"], width=1, style=Qt.PenStyle.DashLine))
        self._paint_upright(painter, x)
        height = QFontMetricsF(self._font).height()
        if x - height < taken:
            return taken
        painter.save()
        painter.translate(x - height - 1, area.bottom() - 6)
        painter.rotate(-90)
        place = QRectF(0, 0, area.height() - 8, height)
        self._paint_word(painter, place, Qt.AlignmentFlag.AlignLeft, moment.text)
        painter.restore()
        return x

    def _paint_word(
        self, painter: QPainter, place: QRectF, side: Qt.AlignmentFlag, word: str
    ) -> None:
        """On a ground of its own, so that lines behind it do not cross it out."""
        width = QFontMetricsF(self._font).horizontalAdvance(word) + 4
        ground = QRectF(place)
        if side == Qt.AlignmentFlag.AlignRight:
            ground.setLeft(place.right() - width)
        else:
            ground.setRight(place.left() + width)
        painter.fillRect(ground, self._colours["ground"])
        painter.setPen(self._colours["text"])
        painter.drawText(place, int(side), word)

    def _paint_upright(self, painter: QPainter, x: float) -> None:
        area = self.boundingRect()
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _pixel(self, x: float, y: float) -> QPointF:
        pixel: QPointF = self._box.mapFromView(QPointF(x, y))
        return pixel
