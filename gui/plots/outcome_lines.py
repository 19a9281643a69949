"""An outcome along one field of a grid: a line a contestant, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from engine.outcomes import Outcome
from engine.statistics import Interval

from ..theme import Theme, contestant_colour
from .band import Band
from .chart import Chart
from .curve import Curve
from .field_scale import FieldScale
from .headings import Legend
from .pens import contestant_pen, line_width
from .spans import log_range, share_range
from .sweep_plot import short

Medians = Mapping[tuple[Any, ...], Sequence[Interval]]


class OutcomeLines:
    """Of what never came, as a loss that diverged, there is no point."""

    def __init__(
        self, names: list[str], colours: list[int], scales: list[FieldScale], labels: list[str],
        outcome: Outcome,
    ) -> None:  # fmt: skip
        self._names, self._colours, self._outcome = names, colours, outcome
        (self._scale,) = scales
        self._legend = Legend()
        self.item = self.chart = Chart(self._legend, mouse=False)
        self.lines = [Curve(antialias=True) for _ in names]
        self.dots = [pg.ScatterPlotItem(size=6, pen=None, pxMode=True) for _ in names]
        self.bands = [Band() for _ in names]
        self.chart.add(*self.bands, *self.lines, *self.dots)
        self.chart.bottom.name_it(labels[0])
        self.chart.bottom.set_names(self._scale.names)
        self.chart.left.name_it(short(outcome))
        self.chart.left.set_logarithmic(not outcome.share)

    def set_theme(self, theme: Theme) -> None:
        self.chart.set_theme(theme)
        width = line_width(len(self.lines))
        pens = [contestant_pen(theme, number, width=width) for number in self._colours]
        self._legend.set_entries(list(zip(self._names, pens, strict=True)))
        for place, pen in enumerate(pens):
            faint = QColor(contestant_colour(self._colours[place], theme))
            faint.setAlphaF(0.13)
            self.lines[place].setPen(pen)
            self.dots[place].setBrush(pen.color())
            self.bands[place].set_colour(faint)

    def draw(self, medians: Medians) -> None:
        """The medians of the contestants at each value that has been raced."""
        points = sorted((self._scale.place(values[0]), m) for values, m in medians.items())
        x = np.array([place for place, _ in points])
        found = np.array([[(m.estimate, m.low, m.high) for m in row] for _, row in points])
        found = self._drawn(found)  # (values, contestants, 3)
        for place, (line, dots, band) in enumerate(
            zip(self.lines, self.dots, self.bands, strict=True)
        ):
            middle = found[:, place, 0]
            there = np.isfinite(middle)
            line.setData(x, middle)
            dots.setData(x=x[there], y=middle[there])
            band.set_edges(x, found[:, place, 1], found[:, place, 2])
        spread = share_range if self._outcome.share else lambda seen: log_range(seen, np.empty(0))
        self.chart.show_range(x=self._scale.range, y=spread(found))

    def _drawn(self, found: np.ndarray) -> np.ndarray:
        """In the view's coordinates; NaN for what has no place there."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = found if self._outcome.share else np.log10(found)
        return np.where(np.isfinite(found), found, np.nan)

    def at(self, place: QPointF) -> tuple[Any, ...] | None:
        """The value whose points stand at a place of the scene."""
        value = self._scale.value_at(self.chart.box, place)
        return None if value is None else (value,)
