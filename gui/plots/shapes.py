"""Activation shapes: value, slope, and where a layer's pre-activations really fall."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.measures import PREACTIVATION_EDGES

from ..theme import contestant_colour, contestant_dash
from .band import Band
from .chart import Chart
from .curve import Curve, Outline
from .headings import Legend
from .layer_box import LayerBox
from .pens import contestant_pen, line_width
from .plot import Plot
from .reading import reading_table
from .ticks import reading
from .view import refill

REACH = 4.0
_Z = np.linspace(PREACTIVATION_EDGES[0], PREACTIVATION_EDGES[-1], 401)
_SHAPE_RANGE = (-2.0, REACH)
_RANGE_STEP = 2.0  # in which the range widens, so that it seldom moves
_WIDEST = 12.0
_LEFT_WIDTH = 34

_SHOWN_LANES = 64  # learnt shapes that the band is made from

Learnt = dict[str, np.ndarray]


class ShapesView(Plot):
    """The functions themselves; while a race runs, with the parameters they have learnt."""

    key = "shapes"
    title = "Activation shapes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer_box = LayerBox()
        self.layer_box.valueChanged.connect(lambda _: self.redraw())
        self.add_chooser(
            self.layer_box, "layer",
            "Hidden layer whose pre-activations and learnt shapes are shown; 0: all of them",
        )  # fmt: skip
        self.seed_box = self.add_list(
            "seeds", "Pre-activations of all seeds together, or of the one that is kept alone",
            [("all seeds", "preactivation_histogram")], self.redraw,
        )  # fmt: skip
        self.legend = Legend()
        self.shapes = Chart(self.legend)
        self.density = Chart()
        self.density.box.setMouseEnabled(y=False)
        self.density.box.setXLink(self.shapes.box)
        self.density.bottom.name_it("pre-activation z")
        self.density.left.setStyle(showValues=False)
        self.density.left.setGrid(False)
        self.shapes.bottom.setStyle(showValues=False)
        for chart in (self.shapes, self.density):
            chart.left.setWidth(_LEFT_WIDTH)
            chart.show_range(x=(-REACH, REACH))
            chart.zoomed.connect(self.redraw_soon)
        layout = self.plot_widget.ci.layout
        self.plot_widget.addItem(self.shapes, 0, 0)
        self.plot_widget.addItem(self.density, 1, 0)
        layout.setRowStretchFactor(0, 5)
        layout.setRowStretchFactor(1, 2)
        self._now: list[dict[str, Any]] = []  # the parameters that each shape is drawn at
        self._learnt: list[Learnt] = []
        self.values: list[Curve] = []
        self.slopes: list[Curve] = []
        self.bands: list[Band] = []
        self.densities: list[Outline] = []

    def show_experiment(self, experiment: Experiment) -> None:
        """A shape that is changed shows at once, even where a race of the old one is shown."""
        if self.recording and self.recording.experiment.contestants != experiment.contestants:
            self.recording = None
        super().show_experiment(experiment)

    def build(self) -> None:
        self.shapes.remove([*self.values, *self.slopes, *self.bands])
        self.density.remove(self.densities)
        contestants = self._contestants
        self.bands = [Band() for _ in contestants]
        self.slopes = [Curve(antialias=True) for _ in contestants]
        self.values = [Curve(antialias=True) for _ in contestants]
        self.densities = [Outline() for _ in contestants]
        self._now = [{} for _ in contestants]
        # The first contestant lies on top, where it stands in every list.
        for place, items in enumerate(zip(self.bands, self.slopes, self.values, strict=True)):
            for item in items:
                item.setZValue(-place)
            self.shapes.add(*items)
        for place, item in enumerate(self.densities):
            item.setZValue(-place)
            self.density.add(item)
        for place, contestant in enumerate(contestants):
            self._draw_shape(place, contestant, {})
        self.layer_box.offer(len(self.experiment.network.hidden) if self.experiment else 0)
        if self.experiment:
            population = self.experiment.population
            alone = population.seed_numbers[population.histogram_seed - 1]
            refill(self.seed_box, [
                ("all seeds", "preactivation_histogram"),
                (f"seed {alone}", "lane_preactivation_histogram"),
            ])  # fmt: skip
            self.seed_box.setEnabled(population.seeds > 1)

    @property
    def _contestants(self) -> tuple[Contestant, ...]:
        return self.experiment.contestants if self.experiment else ()

    def colour(self) -> None:
        self.shapes.set_theme(self.theme)
        self.density.set_theme(self.theme)
        width = line_width(len(self.values))
        for place, number in enumerate(self.colours()):
            pen = contestant_pen(self.theme, number, width=width)
            self.values[place].setPen(pen)
            self.slopes[place].setPen(
                contestant_pen(self.theme, number, width=1, style=_slope_style(number))
            )
            self.densities[place].setPen(contestant_pen(self.theme, number, width=1))
            faint = QColor(contestant_colour(number, self.theme))
            faint.setAlphaF(0.12)
            self.densities[place].setBrush(faint)
            faint.setAlphaF(0.25)
            self.bands[place].set_colour(faint)

    @property
    def layer(self) -> int:
        """The hidden layer shown; 0: all of them."""
        return self.layer_box.value()

    @property
    def rows(self) -> slice:
        """The layer shown as places along a recording's axis of hidden layers."""
        return slice(self.layer - 1, self.layer) if self.layer else slice(None)

    def state(self) -> Hashable:
        layers = self.layers if self.recording else None
        newest = tuple(layers.steps[-1]) if layers is not None and len(layers) else ()
        return id(self.recording), newest, self.layer

    def refresh(self) -> None:
        self._learnt = [self.learnt(place) for place in range(len(self._contestants))]
        for place, (contestant, learnt) in enumerate(
            zip(self._contestants, self._learnt, strict=True)
        ):
            if learnt or not np.array_equal(self.values[place].getData()[0], self._z):
                self._draw_shape(place, contestant, learnt)
        self.legend.set_entries(self._entries())
        densities = self.pooled()
        for place, item in enumerate(self.densities):
            item.setVisible(densities is not None)
            if densities is not None:
                item.setData(PREACTIVATION_EDGES, densities[place])
        self.shapes.show_range((-REACH, REACH), self._upright())
        top = float(densities.max()) if densities is not None else 1.0
        self.density.show_range((-REACH, REACH), (0.0, _ceiling(top)))
        self.say(self._describe(densities))

    def _upright(self) -> tuple[float, float]:
        """The usual range, wider where a learnt shape or its band would leave it."""
        seen, inside = [np.array(_SHAPE_RANGE)], np.abs(self._z) <= REACH
        for place, band in enumerate(self.bands):
            if self._learnt[place]:
                seen += [curve[inside] for curve in (self.values[place].getData()[1], *band.edges)]
                z, slope = self.slopes[place].getData()
                seen.append(slope[np.abs(z) <= REACH])
        low, high = np.nanmin(np.concatenate(seen)), np.nanmax(np.concatenate(seen))
        return (
            max(-_WIDEST, float(np.floor(low / _RANGE_STEP)) * _RANGE_STEP),
            min(_WIDEST, float(np.ceil(high / _RANGE_STEP)) * _RANGE_STEP),
        )

    def learnt(self, place: int) -> Learnt:
        """Each trained parameter of a contestant now, (seeds × layers shown,)."""
        if self.recording is None or not len(self.layers):
            return {}
        track, prefix = self.layers, f"parameter.{place}."
        found = {}
        for name in track.names:
            if name.startswith(prefix):
                now = track.values(name)[-1][:, self.rows]
                found[name.removeprefix(prefix)] = now.ravel()
        sound = np.logical_and.reduce([np.isfinite(values) for values in found.values()])
        return {name: values[sound] for name, values in found.items()} if np.any(sound) else {}

    def _entries(self) -> list[tuple[str, QPen]]:
        """The legend: names, followed by what is learnt now."""
        entries = []
        for place, (name, number) in enumerate(zip(self.names(), self.colours(), strict=True)):
            now = [reading(float(np.median(v))) for v in self._learnt[place].values()]
            pen = contestant_pen(self.theme, number, width=line_width(len(self.values)))
            entries.append((f"{name} → {', '.join(now)}" if now else name, pen))
        return entries

    @property
    def _z(self) -> np.ndarray:
        """Where shapes are drawn: as far as they can be seen, and one place more at either end."""
        first, end = np.searchsorted(_Z, self.shapes.x_range)
        return _Z[max(first - 1, 0) : end + 1]

    def _draw_shape(self, place: int, contestant: Contestant, learnt: Learnt) -> None:
        """Value and slope at the median of what was learnt, and the quartiles of the values."""
        record, given = contestant.record, dict(contestant.parameters)
        middle = given | {name: float(np.median(values)) for name, values in learnt.items()}
        self._now[place] = middle
        z = self._z
        self.values[place].setData(z, record.value(z, **middle))
        # A jump is upright, not spread over the way to the next place drawn.
        kinks = np.array(record.kinks(**middle))
        jumping = np.unique(np.concatenate([z, kinks, np.nextafter(kinks, np.inf)]))
        self.slopes[place].setData(jumping, record.derivative(jumping, **middle))
        if learnt:
            count = len(next(iter(learnt.values())))
            some = np.linspace(0, count - 1, min(count, _SHOWN_LANES)).round().astype(int)
            each = given | {name: values[some, None] for name, values in learnt.items()}
            values = record.value(np.broadcast_to(z, (len(some), len(z))).copy(), **each)
            self.bands[place].set_edges(z, *np.quantile(values, [0.25, 0.75], axis=0))

    def pooled(self) -> np.ndarray | None:
        """Density inside the axis of the chosen layer's and seeds' pre-activations, (C, bins)."""
        if self.recording is None or not len(self.layers):
            return None
        histogram = self.seed_box.currentData()
        counts = self.layers.values(histogram, "sum")[-1][:, self.rows]
        if not counts.size:
            return None
        pooled = counts.sum(axis=1, dtype=np.float64)
        total = np.maximum(pooled.sum(axis=1, keepdims=True), 1)
        return np.asarray(pooled[:, 1:-1] / total / np.diff(PREACTIVATION_EDGES))

    def _describe(self, densities: np.ndarray | None) -> str:
        if densities is None:
            return "value, slope dashed"
        experiment = self.shown.experiment
        depth, seeds = len(experiment.network.hidden), experiment.population.seeds
        where = f"all {depth} layers" if depth > 1 else "the hidden layer"
        where = f"layer {self.layer} of {depth}" if self.layer else where
        alone = self.seed_box.currentIndex() == 1
        which = self.seed_box.currentText() if alone else f"{seeds} seeds"
        return f"value, slope dashed; where z falls · {where}, {which if seeds > 1 else 'one seed'}"

    def read(self, place: QPointF) -> str:
        for chart in (self.shapes, self.density):
            if chart.box.sceneBoundingRect().contains(place):
                z = chart.box.mapSceneToView(place).x()
                rows = [
                    (contestant_colour(self.colours()[i], self.theme), name, self._read_one(i, z))
                    for i, name in enumerate(self.names())
                ]
                return reading_table(f"z = {reading(z)}", rows)
        return ""

    def _read_one(self, place: int, z: float) -> str:
        """At that very z, not at the nearest one drawn."""
        record, now, at = self._contestants[place].record, self._now[place], np.array([z])
        value, slope = record.value(at, **now)[0], record.derivative(at, **now)[0]
        return f"{reading(float(value))}  slope {reading(float(slope))}"

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Value and slope of every contestant at each z drawn, and the density of its bin."""
        names, densities = self.names(), self.pooled()
        header = ["z", *(f"{n}: {what}" for n in names for what in ("value", "slope", "density"))]
        z = self._z
        bins = np.searchsorted(PREACTIVATION_EDGES[1:-1], z, "right")
        columns = [z]
        for place in range(len(names)):
            record, now = self._contestants[place].record, self._now[place]
            columns += [record.value(z, **now), record.derivative(z, **now)]
            columns.append(
                np.full(len(bins), np.nan) if densities is None else densities[place][bins]
            )
        return header, np.stack(columns, axis=1).tolist()


def _slope_style(number: int) -> Qt.PenStyle:
    """Dashes for a slope, dots where the value is dashed already."""
    solid = contestant_dash(number) == Qt.PenStyle.SolidLine
    return Qt.PenStyle.DashLine if solid else Qt.PenStyle.DotLine


def _ceiling(top: float) -> float:
    """A height for the densities that changes rarely: the next power of √2 over the highest."""
    return float(2.0 ** (np.ceil(2 * np.log2(max(top, 1e-3) * 1.05)) / 2))
