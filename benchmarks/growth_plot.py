"""Growths as a plot: one chart each, both axes logarithmic, a straight line beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from gui.export import page_paper, write
from gui.page import PAGE_DPI, Page
from gui.plots.chart import Canvas, Chart
from gui.theme import LIGHT, Theme, contestant_colour

SIZE = (1100, 320)
_MARGIN = 0.05  # of an axis, beyond what is drawn


@dataclass(frozen=True)
class Growth:
    """What `grown`, in `unit`, comes to at each of `values` of `name`."""

    name: str
    values: tuple[int, ...]
    grown: list[float]
    unit: str


class GrowthPlot:
    """What a page needs of a view."""

    title = "Time against size"
    caption = "dashed: in proportion to size, through the last point"

    def __init__(self, growths: list[Growth]) -> None:
        self.theme: Theme = LIGHT
        self.plot_widget = Canvas()
        self._charts = [self._chart(growth) for growth in growths]
        for chart in self._charts:
            self.plot_widget.addItem(chart)
        self.set_theme(LIGHT)

    def font(self) -> Any:
        return self.plot_widget.font()

    def document(self) -> str:
        """No experiment stands behind it."""
        return ""

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for chart in self._charts:
            chart.set_theme(theme)

    def _chart(self, growth: Growth) -> Chart:
        chart = Chart()
        x, y = np.log10(growth.values), np.log10(growth.grown)
        chart.bottom.set_logarithmic(True)
        chart.left.set_logarithmic(True)
        chart.bottom.name_it(growth.name)
        chart.left.name_it(growth.unit)
        colour = contestant_colour(0, self.theme)
        straight = pg.mkPen(self.theme.muted, style=pg.QtCore.Qt.PenStyle.DashLine)
        chart.add(
            pg.PlotCurveItem(x, x - x[-1] + y[-1], pen=straight, antialias=True),
            pg.PlotCurveItem(x, y, pen=pg.mkPen(colour, width=2), antialias=True),
            pg.ScatterPlotItem(x, y, size=5, pen=None, brush=colour),
        )
        chart.show_range(*(_span(values) for values in (x, y)))
        return chart


def _span(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def save_plot(growths: list[Growth], path: Path) -> None:
    """Write the charts side by side."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    write(page_paper(Page(GrowthPlot(growths), *SIZE, PAGE_DPI, LIGHT), path))
    application.quit()
