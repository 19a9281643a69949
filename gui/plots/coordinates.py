"""All races of a sweep as lines across parallel axes, to see what goes together and to pick one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.outcomes import OUTCOMES, SPEEDS, Outcome
from engine.statistics import median
from engine.sweeps import Axis, GridRace
from engine.sweeps.grid import RATE
from engine.wording import counted

from ..theme import contestant_colour
from .chart import Chart
from .curve import Curve
from .headings import Legend
from .pens import contestant_pen
from .reading import reading_table
from .sweep_plot import SweepPlot, short
from .ticks import linear_ticks, log_ticks, reading, write_linear, write_log
from .uprights import Upright, Uprights

_NEVER = 1.12  # the height of what never came
_FOOT = -0.13  # with room for the names below
_TOP, _ASIDE = 0.08, 0.22  # and at the sides for half of a name
_APART = 0.018  # between contestants on an axis of the grid, which they share
_NEAR = 12  # pixels from a line at which the mouse still means it
_TICKS = 4
_FAINT, _FEW = 0.75, 40  # opacity of a line where there are few, and how many are few


@dataclass(frozen=True)
class Column:
    """One axis: where each line crosses it, (n,), and the values there in words."""

    upright: Upright
    heights: np.ndarray
    words: tuple[str, ...]


class CoordinatesView(SweepPlot):
    """A line for each race and contestant, from the grid's fields to what it came to."""

    key = "coordinates"
    title = "Races"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = Legend()
        self.chart = Chart(self.legend, mouse=False)
        for axis in (self.chart.left, self.chart.bottom):
            axis.hide()
        self.uprights = Uprights(self.chart.box)
        self.lines: list[Any] = []
        self.chosen = Curve(antialias=True)
        self.chosen.setZValue(10)
        self.chart.add(self.chosen)
        self.columns: list[Column] = []
        self.heights = np.empty((0, 0))  # (lines, axes)

    def build(self) -> None:
        self.chart.remove(self.lines)
        self.lines = [Curve(antialias=True) for _ in self.names()]
        # The first contestant lies on top, where it stands in every list.
        for place, line in enumerate(self.lines):
            line.setZValue(-place)
        self.chart.add(*self.lines)
        self.leave()

    def colour(self) -> None:
        self.chart.set_theme(self.theme)
        self.uprights.set_theme(self.theme)
        pens = [contestant_pen(self.theme, number) for number in self.colours()]
        self.legend.set_entries(list(zip(self.names(), pens, strict=True)))

    def refresh(self) -> None:
        self.lay_out(self.chart if self.raced else None)
        self.columns = self._columns() if self.raced else []
        if not self.columns:
            self.heights = np.empty((0, 0))
            self.say(self.none_done())
            return
        self.heights = np.stack([column.heights for column in self.columns], axis=1)
        self.uprights.set_axes([column.upright for column in self.columns])
        top = float(self.heights.max(initial=1.0)) + _TOP
        self.chart.show_range(x=(-_ASIDE, len(self.columns) - 1 + _ASIDE), y=(_FOOT, top))
        self._draw()
        contestants = counted(len(self.lines), "contestant")
        self.say(f"{counted(len(self.raced), 'race')} × {contestants} · medians over the seeds")

    def _draw(self) -> None:
        alpha = _FAINT * min(1.0, math.sqrt(_FEW / len(self.heights)))
        x = np.append(np.arange(len(self.columns), dtype=float), np.nan)
        for place, (line, number) in enumerate(zip(self.lines, self.colours(), strict=True)):
            own = self.heights[place :: len(self.lines)]
            y = np.column_stack([own, np.full(len(own), np.nan)])
            line.setData(np.tile(x, len(own)), y.ravel())
            line.setPen(contestant_pen(self.theme, number, width=1.25, alpha=alpha))

    def _columns(self) -> list[Column]:
        assert self.sweep is not None
        columns = [self._field(axis) for axis in self.sweep.axes if len(axis.values) > 1]
        if self.sweep.tuned:
            rates = [rate for _, result in self.raced for rate in result.rates]
            columns.append(measured(self.label(RATE).lower(), np.array(rates), log=True))
        for key, outcome in OUTCOMES.items():
            if all(key in result.outcomes for _, result in self.raced) and "validation" not in key:
                columns.append(self._outcome(outcome))
        return columns

    def _field(self, axis: Axis) -> Column:
        scale = self.scale(axis.path)
        low, span = min(scale.places), max(scale.places) - min(scale.places)
        values = [race.values[axis.path] for race, result in self.raced for _ in result.contestants]
        count = len(self.lines)
        apart = _APART * (np.arange(len(values)) % count - (count - 1) / 2)
        ticks = [((place - low) / span, word) for place, word in scale.names.items()]
        return Column(
            Upright(self.label(axis.path).lower(), tuple(ticks)),
            np.array([(scale.place(value) - low) / span for value in values]) - apart,
            tuple(scale.words(value) for value in values),
        )

    def _outcome(self, outcome: Outcome) -> Column:
        medians = [
            median(values).estimate
            for _, result in self.raced
            for values in result.outcomes[outcome.key]
        ]
        log = outcome.key not in SPEEDS and not outcome.share
        return measured(short(outcome), np.array(medians), log)

    # The line under the mouse.

    def line_at(self, place: QPointF) -> int | None:
        """The line nearest to a place of the scene, if one is near."""
        box = self.chart.box
        if not len(self.heights) or not box.sceneBoundingRect().contains(place):
            return None
        at = box.mapSceneToView(place)
        left = int(np.clip(math.floor(at.x()), 0, max(0, len(self.columns) - 2)))
        right = min(left + 1, len(self.columns) - 1)
        share = float(np.clip(at.x() - left, 0, 1))
        crossing = (1 - share) * self.heights[:, left] + share * self.heights[:, right]
        nearest = int(np.argmin(np.abs(crossing - at.y())))
        there = box.mapViewToScene(QPointF(at.x(), float(crossing[nearest])))
        return nearest if abs(there.y() - place.y()) <= _NEAR else None

    def race_at(self, place: QPointF) -> GridRace | None:
        line = self.line_at(place)
        return None if line is None else self.raced[line // len(self.lines)][0]

    def read(self, place: QPointF) -> str:
        line = self.line_at(place)
        if line is None:
            self.leave()
            return ""
        number = self.colours()[line % len(self.lines)]
        self.chosen.setData(np.arange(len(self.columns)), self.heights[line])
        self.chosen.setPen(contestant_pen(self.theme, number, width=3.5))
        colour = contestant_colour(number, self.theme)
        rows = [(colour, column.upright.name, column.words[line]) for column in self.columns]
        rows.append(self.asks())
        return reading_table(self.names()[line % len(self.lines)], rows)

    def leave(self) -> None:
        self.chosen.setData([], [])

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """A row a line: where it crosses each axis."""
        header = ["contestant", *(column.upright.name for column in self.columns)]
        names = self.names()
        return header, [
            [names[line % len(names)], *(column.words[line] for column in self.columns)]
            for line in range(len(self.heights))
        ]


def measured(name: str, values: np.ndarray, log: bool) -> Column:
    """An axis of numbers; what is infinite, as steps to a criterion never met, lies above it."""
    with np.errstate(divide="ignore"):
        places = np.log10(values) if log else values
    there = np.isfinite(places)
    seen = places[there]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
    span = high - low or 1.0
    ticks = log_ticks(low, high, _TICKS) if log else linear_ticks(low, high, _TICKS)
    words = write_log(ticks) if log else write_linear(ticks)
    named = [((tick - low) / span, word) for tick, word in zip(ticks, words, strict=True)]
    if not seen.size:
        named = []
    elif high == low:
        named = [(0.0, reading(float(values[there][0])))]
    if not there.all():
        named.append((_NEVER, "never"))
    said: Sequence[str] = [
        reading(value) if finite else "never"
        for value, finite in zip(values.tolist(), there.tolist(), strict=True)
    ]
    heights = np.where(there, (places - low) / span, _NEVER)
    return Column(Upright(name, tuple(named)), heights, tuple(said))
