"""One unit over the race: how its pre-activations spread, and on how many inputs it is off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsGridLayout

from ..theme import Theme, contestant_colour
from .band import Band
from .bases import GraphicsWidget
from .chart import Chart
from .columns import Columns, nearest
from .curve import Curve
from .headings import ContestantTitle, Legend
from .pens import contestant_pen
from .reading import reading_table
from .seen import Seen
from .spans import rung_over
from .ticks import count, reading

_LEFT_WIDTH = 40
_SPREAD = ("largest z", "upper quartile", "median", "lower quartile", "smallest z")


class UnitHistory(GraphicsWidget):
    """Above the pre-activations z: all faint, the middle half stronger, the median a line.

    Another line shows where z is 0. Below the shares of probe inputs with slope exactly 0, solid,
    and in the flat tails, dotted. `number` is the contestant's in the palette.
    """

    def __init__(self, track: Seen, contestant: int, unit: int, name: str, number: int) -> None:
        super().__init__()
        self._track, self._place, self._number = track, (contestant, unit), number
        self.name = name
        self.title = ContestantTitle(name, number)
        self.legend = Legend()
        self.spread, self.shares = Chart(mouse=False), Chart(self.legend, mouse=False)
        self.all, self.middle = Band(), Band()
        self.median, self.zero, self.saturated = (Curve(antialias=True) for _ in "123")
        self.origin = Curve()
        self.spread.add(self.all, self.middle, self.origin, self.median)
        self.shares.add(self.saturated, self.zero)
        self.spread.bottom.setStyle(showValues=False)
        self.spread.left.name_it("z")
        self.shares.left.name_it("share")
        self.shares.bottom.name_it("step")
        for chart in (self.spread, self.shares):
            chart.left.setWidth(_LEFT_WIDTH)
        grid: Any = QGraphicsGridLayout(self)
        grid.setContentsMargins(8, 0, 0, 0)
        grid.setSpacing(0)
        for row, (item, stretch) in enumerate(
            ((self.title, 0), (self.spread, 3), (self.shares, 2))
        ):
            grid.addItem(item, row, 0)
            grid.setRowStretchFactor(row, stretch)
        self.steps = np.empty((0, 2), np.int64)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.title.set_theme(theme)
        for chart in (self.spread, self.shares):
            chart.set_theme(theme)
        colour = QColor(contestant_colour(self._number, theme))
        for band, strength in ((self.all, 0.16), (self.middle, 0.3)):
            colour.setAlphaF(strength)
            band.set_colour(QColor(colour))
        solid = contestant_pen(theme, self._number)
        for line in (self.median, self.zero):
            line.setPen(solid)
        dots = contestant_pen(theme, self._number, style=Qt.PenStyle.DotLine)
        self.saturated.setPen(dots)
        self.origin.setPen(pg.mkPen(theme.muted, width=1))
        self.legend.set_entries([("slope exactly 0", solid), ("in flat tails", dots)])

    def refresh(self) -> None:
        """Draw what the track holds now."""
        self.steps = self._track.steps
        z, zero, saturated = (
            self._track.values(name)[(slice(None), *self._place)]
            for name in ("preactivation", "zero_share", "saturated_share")
        )
        x = self.steps[:, 1].astype(np.float64)
        end = rung_over(float(x[-1]))
        columns = Columns.of(x, 0.0, end)
        x = columns.last(x)
        low, lower, middle, upper, high = np.moveaxis(z, 1, 0)
        self.all.set_edges(x, columns.lowest(low), columns.highest(high))
        self.middle.set_edges(x, columns.lowest(lower), columns.highest(upper))
        self.median.setData(x, columns.last(middle))
        self.zero.setData(x, columns.last(zero))
        self.saturated.setData(x, columns.last(saturated))
        self.origin.setData([0.0, end], [0.0, 0.0])
        self.spread.show_range((0.0, end), _round_range(z))
        self.shares.show_range((0.0, end), (-0.04, 1.04))

    def read(self, place: QPointF) -> str:
        """Rich text for the record nearest to a place of the scene."""
        for chart in (self.spread, self.shares):
            if chart.box.sceneBoundingRect().contains(place) and len(self.steps):
                row = nearest(self.steps[:, 1], chart.box.mapSceneToView(place).x())
                return self._read_row(row)
        return ""

    def _read_row(self, row: int) -> str:
        at = (row, *self._place)
        values = [reading(float(v)) for v in self._track.values("preactivation")[at][::-1]]
        shares = [
            (label, f"{self._track.values(name)[at]:.1%}")
            for label, name in (("slope 0", "zero_share"), ("saturated", "saturated_share"))
        ]
        colour = contestant_colour(self._number, self.theme)
        rows = [(colour, *cells) for cells in (*zip(_SPREAD, values, strict=True), *shares)]
        return reading_table(f"{self.name} · step {count(int(self.steps[row, 1]))}", rows)


def _round_range(z: np.ndarray) -> tuple[float, float]:
    """Round limits around all values and zero, where the slope of so many shapes changes."""
    finite = z[np.isfinite(z)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    return (-rung_over(-low) if low < 0 else 0.0, rung_over(high) if high > 0 or low == 0 else 0.0)
