"""How the difference of two contestants moves along a field of a sweep's grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.outcomes import OUTCOMES, RATIO_MARGIN
from engine.statistics import Comparison
from engine.sweeps import Disparity, GridRace, disparity, fitted, paired_outcomes
from engine.sweeps.disparity import DOUBLING, Gap
from engine.wording import counted

from ..theme import contestant_colour
from .band import Band
from .chart import Chart, Range
from .curve import Curve
from .field_scale import FieldScale, in_words
from .marks import Level, Marks
from .pens import contestant_pen
from .reading import reading_table
from .sweep_plot import SweepPlot
from .view import refill
from .whiskers import Whiskers

_POINTS = 33  # of the fitted line
_LEAST = 0.15  # of log₁₀ either way, so that the margin is always seen
_WORDS = {"accuracy": "error", "loss": "loss"}  # accuracies are compared by their errors


class DisparityView(SweepPlot):
    """The paired ratio of two contestants at each value, with the line that is fitted to it."""

    key = "disparity"
    title = "Disparity"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pair_box = self.add_list(
            "pair", "Who is compared, and with whom, seed by seed", (), self.redraw
        )
        self.outcome_box = self.add_list(
            "outcome", "What is compared, at the end: on data held out, or on training data",
            (), self.redraw,
        )  # fmt: skip
        self.along_box = self.add_list("field", "The field drawn along", (), self.redraw)
        self.at_box = self.add_list("elsewhere", "The values of the other fields", (), self.redraw)
        self.chart = Chart(mouse=False)
        self.marks = Marks(self.chart.box)
        self.margin, self.trust = Band(), Band()
        self.line, self.whiskers = Curve(antialias=True), Whiskers()
        self.seeds = pg.ScatterPlotItem(size=4, pen=None, pxMode=True)
        self.chart.add(self.margin, self.trust, self.line, self.seeds, *self.whiskers.items)
        self.found: Disparity | None = None
        self._scale: FieldScale | None = None

    def build(self) -> None:
        pairs, along = self._pairs(), self.sweep.scales if self.sweep is not None else []
        refill(self.pair_box, pairs)
        refill(self.along_box, [(self.label(path), path) for path in along])
        self.pair_box.setVisible(bool(pairs))
        self.along_box.setVisible(len(along) > 1)

    def _pairs(self) -> list[tuple[str, tuple[int, int]]]:
        """All pairs, (first, second): those with the reference come first, and as the first."""
        if self.sweep is None:
            return []
        names, reference = self.names(), self.sweep.experiment.reference
        order = [reference, *(c for c in range(len(names)) if c != reference)]
        return [
            (f"{names[second]} / {names[first]}", (first, second))
            for first, second in combinations(order, 2)
        ]

    def colour(self) -> None:
        self.chart.set_theme(self.theme)
        self.marks.set_theme(self.theme)
        quiet = QColor(self.theme.quiet)
        quiet.setAlphaF(0.35)
        self.margin.set_colour(quiet)

    def refresh(self) -> None:
        self._offer()
        self.found = self._looked_for()
        self.lay_out(self.chart if self.found else None)
        if self.found is None:
            self.say(self._missing())
            return
        self._scale = self.scale(self.found.path)
        self._paint_in_colour(self.colours()[self.found.second])
        self._draw(self.found, self._scale)
        self.say(self._describe(self.found))

    def _offer(self) -> None:
        keys = paired_outcomes(self.raced) if self.raced else []
        refill(self.outcome_box, [(_label(key), key) for key in keys])
        self.outcome_box.setVisible(bool(keys))
        self.offer_elsewhere(self.at_box, self.along_box.currentData())

    def _looked_for(self) -> Disparity | None:
        path, outcome = self.along_box.currentData(), self.outcome_box.currentData()
        pair = self.pair_box.currentData()
        if not self.raced or path is None or outcome is None or pair is None:
            return None
        first, second = pair
        (found,) = disparity(self.raced_at(self.at_box, path), path, first, second, outcome)
        return found

    def _missing(self) -> str:
        if not self.raced:
            return self.none_done()
        if self.along_box.currentData() is None:
            return (
                "a disparity is drawn along a field of several sizes, such as hidden layers; "
                "this grid has none: lists and names are in no order"
            )
        return "a disparity needs two contestants"

    def _paint_in_colour(self, number: int) -> None:
        """All in the colour of the second contestant, which is the one that is asked about."""
        self.whiskers.colour(contestant_pen(self.theme, number), self.theme.card)
        self.line.setPen(contestant_pen(self.theme, number, width=1.25))
        faint, fainter = (QColor(contestant_colour(number, self.theme)) for _ in range(2))
        faint.setAlphaF(0.3)
        fainter.setAlphaF(0.15)
        self.seeds.setBrush(faint)
        self.trust.set_colour(fainter)

    def _draw(self, found: Disparity, scale: FieldScale) -> None:
        gaps, (left, right) = found.gaps, scale.range
        x = [scale.place(gap.value) for gap in gaps]
        tests = [gap.test for gap in gaps]
        lows, highs = [test.low for test in tests], [test.high for test in tests]
        self.whiskers.draw(x, [test.estimate for test in tests], lows, highs)
        self.seeds.setData(*_seeds(x, gaps))
        self._draw_line(found, scale)
        ends = np.array([left, right])
        self.margin.set_edges(ends, np.full(2, -RATIO_MARGIN), np.full(2, RATIO_MARGIN))
        self.marks.set_marks([Level(0.0, "equal"), *self._sides(found)], [])
        self.chart.bottom.set_names(scale.names)
        self.chart.bottom.name_it(self.label(found.path))
        self.chart.left.set_logarithmic(True)
        first, second = (self.names()[place] for place in (found.first, found.second))
        self.chart.left.name_it(f"{_label(found.outcome)}, {first} ÷ {second}")
        self.chart.show_range(x=(left, right), y=_range(gaps))

    def _draw_line(self, found: Disparity, scale: FieldScale) -> None:
        """The line with the trend's slope, and around it where the seeds' own lines may run."""
        x = np.array([scale.place(gap.value) for gap in found.gaps])
        along = np.linspace(x.min(), x.max(), _POINTS)
        values = [scale.value(place) for place in (*along.tolist(), float(x.mean()))]
        tests = fitted(found, np.array(values))
        if found.trend is None:
            self.line.setData([], [])
            self.trust.set_edges(*np.empty((3, 0)))
            return
        line = tests.pop().estimate + found.trend.estimate * (along - x.mean())
        self.line.setData(along, np.where(np.isfinite(line), line, np.nan))
        lows, highs = np.array([(test.low, test.high) for test in tests]).T
        self.trust.set_edges(along, lows, highs)

    def _sides(self, found: Disparity) -> list[Level]:
        """Who is better on which side."""
        names, (low, high) = self.names(), _range(found.gaps)
        return [
            Level(high, f"{names[found.second]} better", over=False, line=False),
            Level(low, f"{names[found.first]} better", line=False),
        ]

    def _describe(self, found: Disparity) -> str:
        names, last = self.names(), found.gaps[-1]
        n = last.test.n
        words = [
            f"{found.answer} at {self.label(found.path).lower()} {in_words(last.value)}: "
            f"{_in_words(last.test)}"
        ]
        if found.trend is not None:
            by = "by doubling" if found.per == DOUBLING else "by 1"
            words.append(f"trend {by}: {_in_words(found.trend)}")
        words.append(f"{names[found.second]} against {names[found.first]}")
        words.append(f"{_label(found.outcome)}, {counted(n, 'paired seed')}, 95 % intervals")
        if any(gap.warnings for gap in found.gaps):
            words.append("some best learning rates lie at the edge of their grid")
        return " · ".join(words)

    def _gap_at(self, place: QPointF) -> Gap | None:
        if self.found is None or self._scale is None:
            return None
        value = self._scale.value_at(self.chart.box, place)
        return next((gap for gap in self.found.gaps if gap.value == value), None)

    def race_at(self, place: QPointF) -> GridRace | None:
        gap = self._gap_at(place)
        if gap is None or self.found is None:
            return None
        raced = self.result_at({**self.found.at, self.found.path: gap.value})
        return raced[0] if raced else None

    def read(self, place: QPointF) -> str:
        gap = self._gap_at(place)
        if gap is None or self.found is None:
            return ""
        colour = contestant_colour(self.colours()[self.found.second], self.theme)
        rows = [(colour, str(gap.answer), _in_words(gap.test))]
        rows += [(self.theme.muted, warning, "") for warning in gap.warnings]
        rows.append(self.asks())
        return reading_table(f"{self.label(self.found.path)} {in_words(gap.value)}", rows)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """A row a value: log₁₀ of the ratio, positive where the second contestant is better."""
        header = [self.found.path if self.found else "value", "first", "second", "outcome",
                  "log10 ratio", "lower limit", "upper limit", "seeds", "answer"]  # fmt: skip
        if self.found is None:
            return header, []
        names = self.names()
        who = [names[self.found.first], names[self.found.second], self.found.outcome]
        return header, [
            [gap.value, *who, gap.test.estimate, gap.test.low, gap.test.high, gap.test.n,
             str(gap.answer)]
            for gap in self.found.gaps
        ]  # fmt: skip


def _label(outcome: str) -> str:
    """ "test error", "training loss"."""
    part, kind = outcome.split("_")
    return f"{'training' if part == 'train' else part} {_WORDS[kind]}"


def _in_words(test: Comparison) -> str:
    """A ratio between its limits."""
    reads = OUTCOMES["test_loss"].reads  # whatever is compared here, it is a ratio
    return f"{reads(test.estimate)} [{reads(test.low)} to {reads(test.high)}]"


def _seeds(x: Sequence[float], gaps: Sequence[Gap]) -> tuple[np.ndarray, np.ndarray]:
    """Every seed's own gap, at the place of its value."""
    at = np.repeat(x, [gap.gains.size for gap in gaps])
    gains = np.concatenate([gap.gains for gap in gaps])
    there = np.isfinite(gains)
    return at[there], gains[there]


def _range(gaps: Sequence[Gap]) -> Range:
    """Over all intervals and most seeds, in steps that seldom move."""
    ends = [[gap.test.estimate, gap.test.low, gap.test.high] for gap in gaps]
    finite = np.concatenate([*map(np.array, ends), *(gap.gains for gap in gaps)])
    finite = finite[np.isfinite(finite)]
    low, high = float(finite.min(initial=-_LEAST)), float(finite.max(initial=_LEAST))
    return float(np.floor(10 * low - 0.5) / 10), float(np.ceil(10 * high + 0.5) / 10)
