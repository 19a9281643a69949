"""What stands over a chart: a contestant in its colour, or a legend that wraps."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from ..theme import Theme, contestant_colour
from .bases import GraphicsWidget
from .pens import contestant_pen, small_font

_SAMPLE = 22  # length of a legend's line
_GAP = 14
_VALUE = "00.00 % · "  # as wide as a value gets before a name, which must not come and go with it


class Title(GraphicsWidget):
    """Quiet words, shortened where they must be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self._spare = 0.0
        self._colour = QColor("#808080")
        self._font = small_font()
        height = QFontMetricsF(self._font).height() + 4
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)

    def set_theme(self, theme: Theme) -> None:
        self._colour = QColor(theme.muted)
        self.update()

    def set_text(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.update()

    def set_spare(self, width: float) -> None:
        """So much free room lies beside it, half at either side."""
        if width != self._spare:
            self.prepareGeometryChange()
            self._spare = width

    def boundingRect(self) -> QRectF:
        return self.rect().adjusted(-self._spare / 2, 0, self._spare / 2, 0)

    def paint(self, painter: QPainter, *_: Any) -> None:
        metrics, place = QFontMetricsF(self._font), self.boundingRect()
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(self._font)
        painter.setPen(self._colour)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)


class ContestantTitle(Title):
    """A contestant's name in its colour, the palette's `number`, after a value if it has one.

    Where a legend has the names, `named` is False, and the legend's line stands for a bare name.
    """

    def __init__(self, name: str, number: int) -> None:
        super().__init__(name)
        self.name, self.value, self.named = name, "", True
        self._number = number
        self._pen = QPen()

    def set_theme(self, theme: Theme) -> None:
        self._colour = QColor(contestant_colour(self._number, theme))
        self._pen = contestant_pen(theme, self._number)
        self.update()

    def set_value(self, value: str) -> None:
        self.value = value
        self._write()

    def set_named(self, named: bool) -> None:
        self.named = named
        self._write()

    def _write(self) -> None:
        self.set_text(" · ".join(filter(None, (self.value, self.name if self.named else ""))))

    @property
    def widest(self) -> float:
        """The room that name and value may take together."""
        text = f"{_VALUE if self.value else ''}{self.name}"
        return QFontMetricsF(self._font).horizontalAdvance(text)

    def paint(self, painter: QPainter, *options: Any) -> None:
        super().paint(painter, *options)
        if not self.text:
            middle = self.boundingRect().center()
            _draw_sample(painter, self._pen, middle.x() - _SAMPLE / 2, middle.y())


class Legend(GraphicsWidget):
    """Lines and their names side by side, in as many rows as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[tuple[str, QPen]] = []
        self._text = QColor("#808080")
        self._font = small_font()
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        self._text = QColor(theme.muted)
        self.update()

    def set_entries(self, entries: list[tuple[str, QPen]]) -> None:
        if entries != self.entries:
            self.entries = entries
            self._fit()
            self.update()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._fit()

    def _places(self) -> list[QRectF]:
        """Where each entry goes, line and text together."""
        metrics, places = QFontMetricsF(self._font), []
        x = y = 0.0
        for name, _ in self.entries:
            width = min(_SAMPLE + 5 + metrics.horizontalAdvance(name), max(60.0, self.width()))
            if x > 0 and x + width > self.width():
                x, y = 0.0, y + metrics.height() + 1
            places.append(QRectF(x, y, width, metrics.height()))
            x += width + _GAP
        return places

    def _fit(self) -> None:
        places = self._places()
        height = places[-1].bottom() + 5 if places else 4.0
        if height != self.maximumHeight():
            self.setMinimumHeight(height)
            self.setMaximumHeight(height)

    def paint(self, painter: QPainter, *_: Any) -> None:
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        for (name, pen), place in zip(self.entries, self._places(), strict=True):
            _draw_sample(painter, pen, place.left(), place.center().y())
            painter.setPen(self._text)
            room = place.adjusted(_SAMPLE + 5, 0, 2, 0)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() + 1)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)


def _draw_sample(painter: QPainter, pen: QPen, left: float, middle: float) -> None:
    """A contestant's line, as curves have it."""
    line = QPainterPath(QPointF(left, middle))
    line.lineTo(left + _SAMPLE, middle)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.drawPath(line)
