"""Small charts in rows and columns, all over one range; axes are written at the edges alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsGridLayout

from ..theme import Theme
from .axes import QuietAxis
from .bases import GraphicsObject, GraphicsWidget
from .chart import Box, Range
from .curve import Curve
from .headings import Legend, Title
from .pens import contestant_pen, small_font, small_metrics

_GAP = 12
_ASPECT = 1.5  # the width over the height that a chart should come near, where it may choose


class Words(GraphicsObject):
    """A few words in the middle of a plotting area, in its pixels."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self._box, self._font, self._colour = box, small_font(), QColor("#808080")
        self.text = ""
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigResized.connect(lambda *_: self.prepareGeometryChange())

    def set_theme(self, theme: Theme) -> None:
        self._colour = QColor(theme.muted)
        self.update()

    def say(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.update()

    def boundingRect(self) -> QRectF:
        return self._box.rect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.setFont(self._font)
        painter.setPen(self._colour)
        how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.boundingRect().adjusted(4, 2, -4, -2), int(how), self.text)


class SmallChart:
    """A title over a plotting area, with a line for each contestant, or words in their place."""

    def __init__(self, title: str, colours: Sequence[int]) -> None:
        self.title = Title(title)
        self.box = Box(enableMouse=False)
        self.left, self.bottom = QuietAxis("left"), QuietAxis("bottom", beyond=0.0)
        self.words = Words(self.box)
        self.lines = [Curve(antialias=True) for _ in colours]
        self._colours = colours
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setGrid(255)
        # The first contestant lies on top, where it stands in every list.
        for place, line in enumerate(self.lines):
            line.setZValue(-place)
            self.box.addItem(line, ignoreBounds=True)

    def set_theme(self, theme: Theme) -> None:
        for axis in (self.left, self.bottom):
            axis.set_theme(theme, small_font())
        self.title.set_theme(theme)
        self.words.set_theme(theme)
        for line, number in zip(self.lines, self._colours, strict=True):
            line.setPen(contestant_pen(theme, number, width=1.25))

    def draw(self, x: np.ndarray, y: np.ndarray, words: str = "") -> None:
        """Lines along x (points,) at heights y (points, contestants), in the view's coordinates."""
        for place, line in enumerate(self.lines):
            line.setData(x, y[:, place])
        self.words.say(words)


class SmallCharts(GraphicsWidget):
    """Charts in rows of `columns`, or of as many as suit its shape, under a legend.

    titles: those of the charts, in full and then ever shorter; the first that all have room for are
    written.
    """

    def __init__(
        self, titles: Sequence[Sequence[str]], names: Sequence[str], colours: Sequence[int],
        columns: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.charts = [SmallChart(title, colours) for title in titles[0]]
        self._titles = titles
        self.charts[0].box.sigResized.connect(lambda _: self._write_titles())
        self._names, self._colours = names, colours
        self._legend = Legend()
        self._fixed, self._columns = columns, 0
        self._words, self._ranges = ("", ""), ((0.0, 1.0), (0.0, 1.0))
        # Else the sizes given to the rows and columns would keep it from ever shrinking.
        self.setMinimumSize(0, 0)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        pens = [contestant_pen(theme, number) for number in self._colours]
        self._legend.set_theme(theme)
        self._legend.set_entries(list(zip(self._names, pens, strict=True)))
        for chart in self.charts:
            chart.set_theme(theme)

    def name_axes(self, left: str, bottom: str, logarithmic: bool) -> None:
        """What is drawn upright and along; whether heights are log₁₀."""
        self._words = (left, bottom)
        for chart in self.charts:
            chart.left.set_logarithmic(logarithmic)
        self._write_names()

    def show_range(self, x: Range, y: Range) -> None:
        if (x, y) != self._ranges:
            self._ranges = (x, y)
            for chart in self.charts:
                chart.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)

    def at(self, place: QPointF) -> tuple[int, QPointF] | None:
        """The number of the chart at a place of the scene, and the place in its coordinates."""
        for number, chart in enumerate(self.charts):
            if chart.box.sceneBoundingRect().contains(place):
                return number, chart.box.mapSceneToView(place)
        return None

    # How they are laid out.

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Lay the charts out anew where another number of columns suits the shape better."""
        columns = self._fixed or max(range(1, len(self.charts) + 1), key=self._worth)
        if columns != self._columns:
            self._columns = columns
            self._place_all()

    def _write_titles(self) -> None:
        room, width = self.charts[0].box.width(), small_metrics().horizontalAdvance
        fitting = [titles for titles in self._titles if max(map(width, titles)) <= room]
        for chart, title in zip(self.charts, (fitting or self._titles[-1:])[0], strict=True):
            chart.title.set_text(title)

    def _worth(self, columns: int) -> tuple[float, int]:
        """The size of a chart of the aspect wanted; of equals, the fewest empty places."""
        line, rows = small_metrics().height(), math.ceil(len(self.charts) / columns)
        width = (self.width() - 3 * line) / columns - _GAP
        height = (self.height() - 3 * line) / rows - line - 8
        return round(max(1.0, min(width / _ASPECT, height))), -(-len(self.charts) % columns)

    def _place_all(self) -> None:
        columns, count = self._columns, len(self.charts)
        grid: Any = QGraphicsGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addItem(self._legend, 0, 1, 1, 2 * columns - 1)
        for number, chart in enumerate(self.charts):
            row, column = divmod(number, columns)
            chart.left.show_numbers(column == 0)
            chart.bottom.show_numbers(number + columns >= count)
            chart.bottom.crowded = column < columns - 1
            grid.addItem(chart.title, 3 * row + 1, 2 * column + 1)
            grid.addItem(chart.left, 3 * row + 2, 2 * column, Qt.AlignmentFlag.AlignRight)
            grid.addItem(chart.box, 3 * row + 2, 2 * column + 1)
            grid.addItem(chart.bottom, 3 * row + 3, 2 * column + 1)
            grid.setRowStretchFactor(3 * row + 2, 1)
            grid.setRowPreferredHeight(3 * row + 2, 100)
        for column in range(columns):
            grid.setColumnStretchFactor(2 * column + 1, 1)
            grid.setColumnPreferredWidth(2 * column + 1, 100)
            grid.setColumnSpacing(2 * column + 1, _GAP)
        self._write_names()
        self.setLayout(grid)
        grid.activate()

    def _write_names(self) -> None:
        """Each name once: upright beside the middle row, along under the middle column."""
        left, bottom = self._words
        columns, count = self._columns, len(self.charts)
        rows = math.ceil(count / columns)
        for number, chart in enumerate(self.charts):
            row, column = divmod(number, columns)
            chart.left.name_it(left if column == 0 and row == (rows - 1) // 2 else "")
            last = row == rows - 1
            middle = (count - 1) % columns // 2
            chart.bottom.name_it(bottom if last and column == middle else "")
