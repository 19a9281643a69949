"""A function of one input: what each seed has learnt, the target, and the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from engine.fit import Fit
from engine.fit import FitView as Look

from ..theme import Theme, contestant_colour
from .chart import Chart, Range
from .columns import nearest
from .curve import Curve
from .headings import Legend
from .pens import contestant_pen, line_width
from .picture import Picture, chosen
from .reading import reading_table
from .seeds import median_of_present
from .ticks import reading

_FOOT = 0.15  # share of the targets' range that the rows of ticks take, below them


class CurvePicture(Picture):
    """Each seed faint, their median bold, the noise-free target dashed.

    Ticks at the foot, a row a contestant, stand where the fit of the seed that is kept alone has
    its kinks.
    """

    def __init__(
        self, names: list[str], colours: list[int], look: Look, task: str, kept: int
    ) -> None:
        super().__init__(names, colours, look, task, kept)
        self.legend = Legend()
        self.item = self.chart = Chart(self.legend)
        self.chart.bottom.name_it(look.feature_names[0] if look.feature_names else "x")
        self.x = look.points[:, 0]
        self.medians = np.full((len(names), len(self.x)), np.nan)
        self.dots = pg.ScatterPlotItem(size=4, pen=None)
        self.seeds = [Curve() for _ in names]
        self.lines = [Curve(antialias=True) for _ in names]
        self.truth = Curve(antialias=True)
        self.ticks = [Curve(connect="pairs") for _ in names]
        self.kinks = [np.empty(0) for _ in names]
        self.has_kinks = False
        self.chart.add(self.dots, *self.seeds[::-1], *self.lines[::-1], self.truth, *self.ticks)
        self.dots.setData(look.train_inputs[:, 0], look.train_targets[:, 0])
        if look.truth is not None:
            self.truth.setData(self.x, look.truth)
        self.chart.show_range(look.extent, self._height())

    def _height(self) -> Range:
        """The targets and a margin: what the networks answer before they have learnt is cut off."""
        values = np.array(self.look.heights)
        if self.look.truth is not None:
            values = np.append(values, self.look.truth)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        span = high - low or 4.0
        return low - (0.12 + _FOOT) * span, high + 0.12 * span

    def set_theme(self, theme: Theme) -> None:
        self.chart.set_theme(theme)
        width = line_width(len(self.names)) + 0.25
        pens = [contestant_pen(theme, number, width=width) for number in self.colours]
        for place, pen in enumerate(pens):
            self.lines[place].setPen(pen)
            faint = contestant_pen(theme, self.colours[place], width=1, alpha=0.3)
            self.seeds[place].setPen(faint)
            self.ticks[place].setPen(contestant_pen(theme, self.colours[place], width=1))
        target = pg.mkPen(theme.text, width=1.25, style=Qt.PenStyle.DashLine)
        self.truth.setPen(target)
        grey = QColor(theme.muted)
        grey.setAlphaF(0.55)
        self.dots.setBrush(grey)
        entries = list(zip(self.names, pens, strict=True))
        self.legend.set_entries(entries + [("target", target)] * (self.look.truth is not None))
        self.theme = theme

    def draw(self, fit: Fit, seed: int | None) -> None:
        outputs = chosen(fit.outputs, seed)
        self.medians = median_of_present(outputs, axis=1)
        shown = outputs.shape[1]
        path = np.full((*outputs.shape[:2], len(self.x) + 1), np.nan)
        path[..., :-1] = outputs
        along = np.tile(np.append(self.x, np.nan), shown)
        for place, (line, seeds) in enumerate(zip(self.lines, self.seeds, strict=True)):
            line.setData(self.x, self.medians[place])
            seeds.setVisible(shown > 1)
            if shown > 1:
                seeds.setData(along, path[place].ravel())
        self._draw_kinks(fit)

    def _draw_kinks(self, fit: Fit) -> None:
        self.has_kinks = fit.kinks is not None
        if fit.kinks is None:
            return
        self.kinks = [row[np.isfinite(row)] for row in fit.kinks]
        bent = [place for place, kinks in enumerate(self.kinks) if len(kinks)]
        low, high = self._height()
        row = _FOOT / (1.24 + _FOOT) * (high - low) / max(2, len(bent))
        for place, (ticks, kinks) in enumerate(zip(self.ticks, self.kinks, strict=True)):
            foot = low + row * sum(other > place for other in bent)
            ticks.setData(np.repeat(kinks, 2), np.tile([foot, foot + 0.9 * row], len(kinks)))

    def describe(self, seeds: str, many: bool) -> str:
        words = [f"{seeds} faint, median bold" if many else seeds]
        if self.look.truth is not None:
            words.append("noise-free target dashed")
        if self.has_kinks:
            words.append(f"ticks: kinks of seed {self.kept}")
        return " · ".join([*words, "dots: the first seed's training data"])

    def read(self, place: QPointF) -> str:
        box = self.chart.box
        if not box.sceneBoundingRect().contains(place):
            return ""
        at = nearest(self.x, box.mapSceneToView(place).x())
        rows = [
            (contestant_colour(self.colours[i], self.theme), name, self._read_one(i, at))
            for i, name in enumerate(self.names)
        ]
        if self.look.truth is not None:
            rows.append((self.theme.text, "target", reading(self.look.truth[at])))
        return reading_table(f"x = {reading(self.x[at])}", rows)

    def _read_one(self, place: int, at: int) -> str:
        kinks = len(self.kinks[place])
        return reading(self.medians[place, at]) + (f" · {kinks} kinks" if kinks else "")

    def table(self) -> tuple[list[str], list[list[Any]]]:
        columns, header = [self.x, *self.medians], ["x", *self.names]
        if self.look.truth is not None:
            columns.append(self.look.truth)
            header.append("target")
        return header, np.stack(columns, axis=1).tolist()
