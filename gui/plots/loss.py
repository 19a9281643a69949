"""Loss and accuracy over the race: each contestant's median and quartiles over its seeds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from engine.recording import Event
from engine.stopping import STOPPED

from ..theme import contestant_colour
from .chart import Chart
from .columns import COLUMNS, Columns, nearest
from .headings import Legend
from .marks import Level, Marks, Moment
from .options import Options
from .pens import contestant_pen, line_width
from .plot import Plot
from .reading import reading_table
from .seeds import SeedSummary
from .spans import linear_range, log_range, rung_over, share_range
from .strand import Lines, Strand
from .ticks import count, reading
from .view import NO_RACE, refill


@dataclass(frozen=True)
class Quantity:
    """What can be drawn upright: a curve of the recording, and one to compare it with, dotted."""

    label: str
    channel: str
    beside: str = ""
    falling: bool = True  # small is good
    has_baseline: bool = False
    share: bool = False  # between 0 and 1: never on a logarithmic axis


QUANTITIES = (
    Quantity("test loss", "test_loss", has_baseline=True),
    Quantity("training loss", "train_loss", has_baseline=True),
    Quantity("test and training loss", "test_loss", "train_loss", has_baseline=True),
    Quantity("validation loss", "validation_loss", has_baseline=True),
    Quantity("test accuracy", "test_accuracy", falling=False, share=True),
    Quantity("training accuracy", "train_accuracy", falling=False, share=True),
    Quantity("test and training accuracy", "test_accuracy", "train_accuracy", False, share=True),
    Quantity("validation accuracy", "validation_accuracy", falling=False, share=True),
    Quantity("gradient norm", "gradient_norm"),
)


@dataclass(frozen=True)
class Along:
    """What can be drawn along: a channel of one number a row, or one for each contestant."""

    label: str
    channel: str
    unit: str
    help: str
    short: str = ""  # the unit beside a number, where each contestant has its own time


ALONG = (
    Along("steps", "", "step", "Updates of the weights"),
    Along("epochs", "epoch", "epoch", "Passes over the training data"),
    Along(
        "seconds",
        "seconds",
        "training seconds",
        "Processor seconds of training, of each contestant",
        short="s",
    ),
)
SMOOTHING = {"no smoothing": 0.0, "smooth lightly": 0.01, "smooth strongly": 0.04}
_SEEDS_SHOWN = 64
_SEED_POINTS = 8000  # of one contestant's single seeds, however many


class LossView(Plot):
    """How fast and how far each contestant learns."""

    key = "loss"
    title = "Loss"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantity_box = self.add_list(
            "quantity", "What is drawn upright", [(q.label, q) for q in QUANTITIES], self.redraw
        )
        self.along_box = self.add_list(
            "horizontal axis", "What is drawn along: updates, passes over the data, or processor "
            "seconds of training of each contestant", [(a.label, a) for a in ALONG], self.redraw,
        )  # fmt: skip
        for place, along in enumerate(ALONG):
            self.along_box.setItemData(place, along.help, Qt.ItemDataRole.ToolTipRole)
        self.options = Options(self.redraw)
        self.add_chooser(self.options, "options", "Axes, single seeds, smoothing")
        self.log_y = self.options.add_check("Logarithmic loss", "Decades upright", checked=True)
        self.log_x = self.options.add_check("Logarithmic time", "Decades along")
        self.single_seeds = self.options.add_check("Single seeds", "A thin line for every seed")
        self.smoothing = self.options.add_choice(
            list(SMOOTHING), "A Gaussian mean along the curve; the raw line stays, faintly"
        )
        self.legend = Legend()
        self.chart = Chart(self.legend)
        self.marks = Marks(self.chart.box)
        self.chart.zoomed.connect(self.redraw_soon)
        self.chart.box.sigResized.connect(lambda _: self.redraw_soon())
        self.plot_widget.addItem(self.chart, 0, 0)
        self.strands: list[Strand] = []
        self._summaries: dict[str, SeedSummary] = {}
        self._diverged: list[set[int]] = []
        self._events = 0
        self._baseline = np.nan

    @property
    def quantity(self) -> Quantity:
        chosen: Quantity = self.quantity_box.currentData()
        return chosen

    @property
    def along(self) -> Along:
        chosen: Along = self.along_box.currentData()
        return chosen

    @property
    def log_upright(self) -> bool:
        return self.log_y.isChecked() and not self.quantity.share

    def build(self) -> None:
        for strand in self.strands:
            self.chart.remove(strand.items)
        names = self.names()
        self.strands = [Strand(i, len(names), number) for i, number in enumerate(self.colours())]
        for strand in self.strands:
            self.chart.add(*strand.items)
        self._summaries = {}
        self._diverged = [set() for _ in names]
        self._events = 0
        if self.recording is not None:
            self._baseline = float(np.median(self.shown.facts.baseline))
            known = self.curves.names
            fitting = [q for q in QUANTITIES if {q.channel, q.beside} - {""} <= set(known)]
            refill(self.quantity_box, [(q.label, q) for q in fitting])

    def colour(self) -> None:
        self.chart.set_theme(self.theme)
        self.marks.set_theme(self.theme)
        for strand in self.strands:
            strand.colour(self.theme)
        width = line_width(len(self.strands))
        pens = [contestant_pen(self.theme, number, width=width) for number in self.colours()]
        self.legend.set_entries(list(zip(self.names(), pens, strict=True)))

    def state(self) -> Hashable:
        if self.recording is None:
            return None
        curves = self.curves
        newest = int(curves.steps[-1, 1]) if len(curves) else -1
        return id(self.recording), newest, len(self.shown.events)

    def refresh(self) -> None:
        if self.recording is None or not len(self.curves):
            for strand in self.strands:
                strand.clear()
            self.marks.set_marks([], [])
            self.say(NO_RACE)
            return
        summary = self._summary(self.quantity.channel)
        beside = self._summary(self.quantity.beside) if self.quantity.beside else None
        self._show_time()
        smoothing = next(SMOOTHING[a.text()] for a in self.smoothing if a.isChecked())
        seen = []
        for place, strand in enumerate(self.strands):
            x, columns = self._columns(place)
            lines = self._lines(x, columns, summary, place)
            strand.draw(lines, smoothing)
            other = self._upright(columns.last(beside.median)[:, place]) if beside else lines.x[:0]
            strand.draw_beside(lines.x[: len(other)], other)
            strand.dot(lines.x, lines.last, other)
            self._draw_seeds(strand, place)
            seen += [lines.last, lines.lower, lines.high, other]
        self._show_values(np.concatenate(seen), summary)
        self._take_events()
        self.marks.set_marks(self._levels(), self._moments())
        self.say(self._describe())

    def _summary(self, channel: str) -> SeedSummary:
        """The medians of a channel, up to date."""
        if channel not in self._summaries:
            falling = next(q.falling for q in QUANTITIES if channel in (q.channel, q.beside))
            self._summaries[channel] = SeedSummary(self.curves, channel, falling)
        self._summaries[channel].update()
        return self._summaries[channel]

    def _time(self, place: int) -> np.ndarray:
        """Where each row (rows,) stands on the horizontal axis, for one contestant; linear."""
        curves = self.curves
        if not self.along.channel:
            return curves.steps[:, 1].astype(np.float64)
        values = curves.values(self.along.channel)
        return values if values.ndim == 1 else values[:, place]

    def _columns(self, place: int, count: int = COLUMNS) -> tuple[np.ndarray, Columns]:
        """The horizontal coordinate of each row, and how the rows seen gather into columns."""
        x = self._time(place)
        if self.log_x.isChecked():
            with np.errstate(divide="ignore"):
                x = np.log10(x)
        low, high = self.chart.x_range
        count = min(count, max(100, int(self.chart.box.width())))
        return x, Columns.of(x, max(low, -300.0), high, count)

    def _lines(self, x: np.ndarray, columns: Columns, summary: SeedSummary, place: int) -> Lines:
        (low, high), (lower, upper) = summary.extent, summary.quartiles
        drawn = [
            columns.lowest(low[:, place]),
            columns.highest(high[:, place]),
            columns.last(summary.median[:, place]),
            columns.lowest(lower[:, place]),
            columns.highest(upper[:, place]),
        ]
        return Lines(columns.last(x), *self._upright(np.array(drawn)))

    def _upright(self, values: np.ndarray) -> np.ndarray:
        """Values in the view's coordinates."""
        if self.log_upright:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(values)
        return np.where(np.isfinite(values), values, np.nan)

    def _draw_seeds(self, strand: Strand, place: int) -> None:
        strand.seeds.setVisible(self.single_seeds.isChecked())
        if not self.single_seeds.isChecked():
            return
        curves, channel = self.curves, self.quantity.channel
        shown = min(_SEEDS_SHOWN, self.shown.experiment.population.seeds)
        x, columns = self._columns(place, _SEED_POINTS // shown)
        low, high = (curves.values(channel, part)[:, place, :shown] for part in ("min", "max"))
        strand.draw_seeds(
            columns.last(x),
            self._upright(columns.lowest(low)),
            self._upright(columns.highest(high)),
        )

    def _show_time(self) -> None:
        """A horizontal range that moves in jumps, not with every row."""
        reached = max(float(self._time(place)[-1]) for place in range(len(self.strands)))
        end = rung_over(reached)
        steps = self.shown.experiment.training.steps
        if not self.along.channel and 0 < reached <= steps:
            end = min(end, float(steps))
        start = 0.0
        if self.log_x.isChecked():
            positive = [t[t > 0][:1] for t in map(self._time, range(len(self.strands)))]
            start = float(np.log10(min(np.concatenate(positive), default=end / 10)))
            end = float(np.log10(end))
        self.chart.bottom.set_logarithmic(self.log_x.isChecked())
        self.chart.bottom.name_it(self.along.unit)
        self.chart.bottom.setToolTip(self.along.help)
        self.chart.show_range(x=(start, max(end, start + 1e-9)))

    def _show_values(self, seen: np.ndarray, summary: SeedSummary) -> None:
        first = summary.median[0]
        if self.quantity.has_baseline:
            first = np.append(first, self._baseline)
        self.chart.left.set_logarithmic(self.log_upright)
        if self.quantity.share:
            self.chart.show_range(y=share_range(seen))
        elif self.log_upright:
            self.chart.show_range(y=log_range(seen, self._upright(first)))
        else:
            self.chart.show_range(y=linear_range(seen, first))

    def _take_events(self) -> None:
        if len(self.shown.events) < self._events:
            self._events = 0  # added up in pairs since: what was seen stands elsewhere now
        for event in self.shown.events[self._events :]:
            if event.kind == "diverged":
                self._diverged[event.contestant].add(event.seed)
        self._events = len(self.shown.events)

    def _levels(self) -> list[Level]:
        """The criterion, where it is about what is drawn, and what a constant answer scores."""
        facts, levels = self.shown.facts, []
        if facts.channel == self.quantity.channel:
            text = f"criterion {reading(facts.threshold)}"
            levels.append(Level(self._height(facts.threshold), text, over=False))
        if self.quantity.has_baseline:
            words = f"best constant answer {reading(self._baseline)}"
            levels.append(Level(self._height(self._baseline), words))
        return [level for level in levels if np.isfinite(level.y)]

    def _height(self, value: float) -> float:
        return float(self._upright(np.array([value]))[0])

    def _moments(self) -> list[Moment]:
        """Interventions; along seconds, at the contestants' mean time."""
        changes = [e for e in self.shown.events if e.kind == "intervention"]
        if not changes:
            return []
        time = np.mean([self._time(place) for place in range(len(self.strands))], axis=0)
        at = np.interp([e.step for e in changes], self.curves.steps[:, 1], time)
        if self.log_x.isChecked():
            at = np.log10(np.maximum(at, 1e-300))
        return [Moment(float(x), _change_text(e)) for x, e in zip(at, changes, strict=True)]

    def _describe(self) -> str:
        seeds = self.shown.experiment.population.seeds
        over = f"median and inter-quartile band of {seeds} seeds" if seeds > 1 else "one seed"
        words = [f"{self.quantity.label} · {over}"]
        if self.quantity.beside:
            words.append("training thin")
        if self.single_seeds.isChecked() and seeds > _SEEDS_SHOWN:
            words.append(f"first {_SEEDS_SHOWN} seeds thin")
        gone = [
            f"{name} {len(out)} of {seeds}"
            for name, out in zip(self.names(), self._diverged, strict=True)
            if out
        ]
        if gone:
            words.append(f"diverged, counted as worst: {', '.join(gone)}")
        return " · ".join([*words, *self._judged()])

    def _judged(self) -> list[str]:
        """Where early stopping stops, the median over the seeds."""
        if not self.shown.experiment.population.stops_early:
            return []
        steps = np.median(self.curves.values(f"{STOPPED}step")[-1], axis=1)
        at = [f"{name} {count(step)}" for name, step in zip(self.names(), steps, strict=True)]
        return [f"judged at the lowest validation loss, at step: {', '.join(at)}"]

    def read(self, place: QPointF) -> str:
        """What the recording holds of every contestant at the row nearest to the cursor."""
        box = self.chart.box
        inside = box.sceneBoundingRect().contains(place) and self._summaries
        if not inside or self.recording is None or not len(self.curves):
            self.marks.set_cursor(None)
            return ""
        x = float(box.mapSceneToView(place).x())
        self.marks.set_cursor(x)
        return self.read_at(10.0**x if self.log_x.isChecked() else x)

    def leave(self) -> None:
        self.marks.set_cursor(None)

    def read_at(self, time: float) -> str:
        """Rich text for the rows nearest to a time on the horizontal axis."""
        summary = self._summary(self.quantity.channel)
        beside = self._summary(self.quantity.beside) if self.quantity.beside else None
        rows = []
        for place, name in enumerate(self.names()):
            row = nearest(self._time(place), time)
            lower, upper = (edge[row, place] for edge in summary.quartiles)
            text = reading(summary.median[row, place])
            if self.shown.experiment.population.seeds > 1:
                text += f"  [{reading(lower)} to {reading(upper)}]"
            if beside:
                text += f"  training {reading(beside.median[row, place])}"
            rows.append((contestant_colour(self.colours()[place], self.theme), name, text))
        return reading_table(self._when(time), rows)

    def _when(self, time: float) -> str:
        """The row read, in words; only the time where each contestant has a row of its own."""
        if self.along.short:
            reached = max(float(self._time(place)[-1]) for place in range(len(self.strands)))
            return f"{reading(min(max(0.0, time), reached))} {self.along.short}"
        curves, row = self.curves, nearest(self._time(0), time)
        step, epoch = curves.steps[row, 1], curves.values("epoch")[row]
        return f"step {count(step)} · epoch {reading(epoch)}"

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Median and quartiles of every contestant at each recorded row, unsmoothed."""
        names = self.names()
        what = ("median", "lower quartile", "upper quartile", "seconds")
        header = ["first step", "last step", "epoch", *(f"{n}: {w}" for n in names for w in what)]
        if self.recording is None or not len(self.curves):
            return header, []
        summary, curves = self._summary(self.quantity.channel), self.curves
        parts = [summary.median, *summary.quartiles, curves.values("seconds")]
        each = np.stack(parts, axis=2).reshape(len(curves), -1)
        rows = zip(
            curves.steps.tolist(), curves.values("epoch").tolist(), each.tolist(), strict=True
        )
        return header, [[*steps, epoch, *values] for steps, epoch, values in rows]


def _change_text(event: Event) -> str:
    name = event.field.split(".")[-1].replace("_", " ")
    return f"{name} {reading(event.value)}"
