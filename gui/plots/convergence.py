"""Who converges, and how soon: each contestant's Kaplan–Meier curve over its seeds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.arrival import Arrival, arrivals_at
from engine.cost import Cost
from engine.outcomes import Milestones
from engine.statistics import Interval
from engine.verdict import Verdict

from ..theme import contestant_colour
from .chart import Chart
from .headings import Legend
from .marks import Level, Marks
from .options import Options
from .pens import contestant_pen, line_width
from .plot import Plot
from .reading import reading_table
from .spans import rung_over
from .staircase import Staircase
from .ticks import count, reading
from .view import NO_RACE

CLOCKS = (("steps", "steps"), ("time", "seconds"))  # as people say, and as arrivals are counted
_SHARES = (-0.03, 1.04)  # room for a line along 0 and along 1
_CLEAR = 1.01  # and behind the last mark
_UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}


@dataclass(frozen=True)
class Unit:
    """What is drawn along, and how many of the arrivals' own units one of it is."""

    name: str
    short: str
    size: float = 1.0


class ConvergenceView(Plot):
    """How many of a contestant's lanes have met and held the criterion, by steps or by time."""

    key = "convergence"
    title = "Convergence"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.along_box = self.add_list(
            "horizontal axis", "What is drawn along: updates of the weights, or the time that they "
            "take one lane, which is measured when the race rests", CLOCKS, self.redraw,
        )  # fmt: skip
        self.options = Options(self.redraw)
        self.add_chooser(self.options, "options", "A logarithmic axis")
        self.log_x = self.options.add_check("Logarithmic axis", "Decades along")
        self.legend = Legend()
        self.chart = Chart(self.legend)
        self.marks = Marks(self.chart.box)
        self.plot_widget.addItem(self.chart, 0, 0)
        self.staircases: list[Staircase] = []
        self._arrivals: list[Arrival] = []
        self._costs: Sequence[Cost] = ()
        self._unit = Unit("step", "")
        self._milestones: Milestones | None = None

    @property
    def by_time(self) -> bool:
        """Whether time is drawn along, as far as costs are known."""
        return bool(self.along_box.currentData() == "seconds")

    def point_at(self, shows: Mapping[str, Any]) -> None:
        if "clock" in shows:
            self.along_box.setCurrentIndex(self.along_box.findData(shows["clock"]))

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Costs once measured hold on while their race goes on."""
        if verdict is not None and verdict.costs:
            self._costs = verdict.costs
        super().show_verdict(verdict)

    def build(self) -> None:
        for staircase in self.staircases:
            self.chart.remove(staircase.items)
        colours = self.colours()
        self.staircases = [Staircase(i, len(colours), c) for i, c in enumerate(colours)]
        for staircase in self.staircases:
            self.chart.add(*staircase.items)
        self._milestones = Milestones(self.recording) if self.recording is not None else None
        self._arrivals, self._costs = [], ()

    def colour(self) -> None:
        self.chart.set_theme(self.theme)
        self.marks.set_theme(self.theme)
        for staircase in self.staircases:
            staircase.colour(self.theme)
        width = line_width(len(self.staircases))
        pens = [contestant_pen(self.theme, number, width=width) for number in self.colours()]
        self.legend.set_entries(list(zip(self.names(), pens, strict=True)))

    def state(self) -> Hashable:
        if self.recording is None:
            return None
        return id(self.recording), self._reached(), len(self.shown.events)

    def refresh(self) -> None:
        if self._milestones is None or not len(self.shown.curves):
            for staircase in self.staircases:
                staircase.clear()
            self.marks.set_marks([], [])
            self.say(NO_RACE)
            return
        self._milestones.update()
        self._arrivals = arrivals_at(self._milestones.steps, self._reached())
        if self.by_time and self._costs:
            timed = zip(self._arrivals, self._costs, strict=True)
            self._arrivals = [arrival.in_seconds(cost) for arrival, cost in timed]
        self._unit = _unit(self._arrivals)
        start = self._show_range()
        for staircase, arrival in zip(self.staircases, self._arrivals, strict=True):
            self._draw(staircase, arrival, start)
        self.marks.set_marks([Level(0.5, "half of the seeds")], [])
        self.say(self._describe())

    def _reached(self) -> float:
        """The last step that is known of."""
        curves, events = self.shown.curves, self.shown.events
        newest = curves.steps[-1, 1] if len(curves) else 0
        return float(max(newest, events[-1].step if events else 0))

    def _show_range(self) -> float:
        """A range that moves in jumps; where it begins, in the view's coordinates."""
        reached = max(arrival.budget for arrival in self._arrivals) / self._unit.size
        end = rung_over(reached)
        if not self._unit.short and 0 < reached <= self.shown.experiment.training.steps:
            end = min(end, float(self.shown.experiment.training.steps))
        start, last = 0.0, end * _CLEAR
        if self.log_x.isChecked():
            times = np.concatenate([a.curve.times for a in self._arrivals]) / self._unit.size
            first = min(times[times > 0], default=end / 10)
            start, last = math.log10(first / 2), math.log10(last)
        self.chart.bottom.set_logarithmic(self.log_x.isChecked())
        self.chart.bottom.name_it(self._unit.name)
        self.chart.show_range(x=(start, last), y=_SHARES)
        return start

    def _draw(self, staircase: Staircase, arrival: Arrival, start: float) -> None:
        curve = arrival.curve
        times = np.append(start, self._along(curve.times, start))
        shares = np.append(0.0, 1 - curve.remaining)
        end, censored = self._along(np.array([arrival.budget]), start), curve.censored
        staircase.draw(times, shares, float(end[0]), self._along(censored, start))

    def _along(self, times: np.ndarray, start: float) -> np.ndarray:
        """Times in the view's coordinates; none lies before the start."""
        times = times / self._unit.size
        if self.log_x.isChecked():
            times = np.log10(np.maximum(times, 10.0**start))
        return times

    def _describe(self) -> str:
        assert self._milestones is not None
        seeds = self.shown.experiment.population.seeds
        over = f"share of {seeds} seeds" if seeds > 1 else "share of one seed"
        every = self.shown.experiment.population.evaluate_every
        known = [f"known to {every:,} steps"] if every > 1 else []
        words = [f"{over} that has converged", *known, self.shown.facts.criterion]
        if self.by_time and not self._costs:
            words.append("by steps until it is known what one costs")
        never = [
            f"{name} {len(arrival.curve.censored)}" + (f" ({out} diverged)" if out else "")
            for name, arrival, out in zip(
                self.names(), self._arrivals, self._milestones.diverged.sum(axis=1), strict=True
            )
            if len(arrival.curve.censored)
        ]
        if self._milestones.over:
            words.append(f"never: {', '.join(never)}" if never else "all arrived")
        else:
            words.append("so far")
        return " · ".join(words)

    def read(self, place: QPointF) -> str:
        box = self.chart.box
        inside = box.sceneBoundingRect().contains(place)
        if not inside or self.recording is None or not self._arrivals:
            self.marks.set_cursor(None)
            return ""
        x = float(box.mapSceneToView(place).x())
        self.marks.set_cursor(x)
        return self.read_at(10.0**x if self.log_x.isChecked() else max(x, 0.0))

    def leave(self) -> None:
        self.marks.set_cursor(None)

    def read_at(self, time: float) -> str:
        """Rich text for a time on the horizontal axis: who has arrived, and when half have."""
        rows = []
        for name, number, arrival in zip(self.names(), self.colours(), self._arrivals, strict=True):
            curve = arrival.curve
            arrived = curve.arrived[curve.times <= time * self._unit.size].sum()
            text = f"{arrived} of {curve.n} · half by {self._in_words(arrival.median)}"
            rows.append((contestant_colour(number, self.theme), name, text))
        when = f"{reading(time)} {self._unit.short}" if self._unit.short else f"step {count(time)}"
        return reading_table(when, rows)

    def _in_words(self, median: Interval) -> str:
        """A median between its limits."""
        low, high = (self._when(limit) for limit in (median.low, median.high))
        return f"{self._when(median.estimate)}  [{low} to {high}]"

    def _when(self, time: float) -> str:
        if math.isinf(time):
            return "beyond the budget"
        write = reading if self._unit.short else count
        return f"{write(time / self._unit.size)} {self._unit.short}".rstrip()

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Each contestant's curve, a row for each time at which lanes arrived or were censored.

        Shares come with their 95 % limits.
        """
        unit = self._arrivals[0].unit if self._arrivals else "steps"
        header = ["contestant", unit, "share converged", "lower limit", "upper limit",
                  "on the way", "arrived", "censored"]  # fmt: skip
        rows = [
            [name, *row]
            for name, arrival in zip(self.names(), self._arrivals, strict=False)
            for row in _rows(arrival)
        ]
        return header, rows


def _unit(arrivals: Sequence[Arrival]) -> Unit:
    """Steps, or the unit of time in which the longest budget is no long number."""
    if arrivals[0].unit == "steps":
        return Unit("step", "")
    longest = max(arrival.budget for arrival in arrivals)
    short, size = next((u for u in _UNITS.items() if longest >= u[1]), ("µs", 1e-6))
    return Unit(f"training time of one lane, {short}", short, size)


def _rows(arrival: Arrival) -> list[list[Any]]:
    """A row for each time: the share reached with its limits, and how many lanes it is about."""
    curve = arrival.curve
    low, high = curve.limits()
    shares = [[0.0, math.nan, math.nan]]
    shares += np.stack([1 - curve.remaining, 1 - high, 1 - low], axis=1).tolist()
    rows = []
    for which, time in enumerate(curve.times.tolist()):
        lanes = [int(curve.at_risk[which]), int(curve.arrived[which]), 0]
        rows.append([time, *shares[which + 1], *lanes])
    for time in np.unique(curve.censored).tolist():
        share = shares[int(np.searchsorted(curve.times, time, "right"))]
        lanes = [int((curve.censored >= time).sum()), 0, int((curve.censored == time).sum())]
        rows.append([time, *share, *lanes])
    return sorted(rows, key=itemgetter(0))
