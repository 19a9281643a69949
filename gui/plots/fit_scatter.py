"""Any other regression: what was predicted against what was true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from engine.fit import Fit
from engine.fit import FitView as Look

from ..theme import Theme, contestant_colour
from .chart import Chart
from .curve import Curve
from .headings import Legend
from .pens import contestant_pen
from .picture import Picture, chosen


class ScatterPicture(Picture):
    """The first seed's test points; on the dashed line the prediction is right."""

    has_all_seeds = False

    def __init__(
        self, names: list[str], colours: list[int], look: Look, task: str, kept: int
    ) -> None:
        super().__init__(names, colours, look, task, kept)
        self.legend = Legend()
        self.item = self.chart = Chart(self.legend)
        self.chart.bottom.name_it("true value")
        self.chart.left.name_it("predicted")
        self.predicted = np.full((len(names), len(look.points)), np.nan)
        self.dots = [pg.ScatterPlotItem(size=5, pen=None) for _ in names]
        self.line = Curve(antialias=True)
        self.chart.add(self.line, *self.dots[::-1])
        self.truth = np.empty(0) if look.truth is None else look.truth
        low, high = float(self.truth.min()), float(self.truth.max())
        margin = 0.08 * (high - low) or 0.5
        span = (low - margin, high + margin)
        self.line.setData(np.array(span), np.array(span))
        self.chart.show_range(span, span)

    def set_theme(self, theme: Theme) -> None:
        self.chart.set_theme(theme)
        self.line.setPen(pg.mkPen(theme.text, width=1, style=Qt.PenStyle.DashLine))
        for place, dots in enumerate(self.dots):
            colour = QColor(contestant_colour(self.colours[place], theme))
            colour.setAlphaF(0.65)
            dots.setBrush(colour)
        pens = [contestant_pen(theme, number, width=4) for number in self.colours]
        self.legend.set_entries(list(zip(self.names, pens, strict=True)))
        self.theme = theme

    def draw(self, fit: Fit, seed: int | None) -> None:
        self.predicted = chosen(fit.outputs, 0)[:, 0]
        for values, dots in zip(self.predicted, self.dots, strict=True):
            sound = np.isfinite(values)
            dots.setData(self.truth[sound], values[sound])

    def describe(self, seeds: str, many: bool) -> str:
        return f"predicted against true · {len(self.truth)} test points of the first seed"

    def table(self) -> tuple[list[str], list[list[Any]]]:
        columns = np.stack([self.truth, *self.predicted], axis=1)
        return ["true value", *self.names], columns.tolist()
