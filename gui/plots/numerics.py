"""What rounding leaves of the gradients: their noise layer by layer, and how small they are."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.limits import gradient_limits, lost_update, update_follows_gradient
from engine.measures import GRADIENT_EDGES
from engine.obstacles import (
    ABSORPTION_SLOWS,
    ABSORPTION_STOPS,
    NOISE_DOMINATES,
    UNDERFLOW_STOPS,
)
from engine.optimizers import OPTIMIZERS
from engine.rounding import REMEDIES, SCOPES

from ..theme import contestant_colour
from .layer_box import LayerBox
from .layer_plot import LayerPlot
from .magnitudes import MagnitudeChart
from .marks import Moment
from .reading import reading_table
from .ticks import count, reading
from .view import NO_RACE, refill

# What the maps can show, each with where it becomes an obstacle.
QUANTITIES: dict[str, list[tuple[float, str]]] = {
    "gradient_noise": [(NOISE_DOMINATES, "noise dominates")],
    "underflow_share": [(UNDERFLOW_STOPS, "stops it")],
    "lost_update_share": [(ABSORPTION_STOPS, "stops it"), (ABSORPTION_SLOWS, "slows it")],
}

_WIDTHS = (3, 2)  # shares of the maps and the histogram
_LOST = "updates lost"


class NumericsView(LayerPlot):
    """Maps of what the float64 twin found, beside a histogram of the newest gradients' sizes."""

    key = "numerics"
    title = "Numerics"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add_measures("What the maps show of each layer", list(QUANTITIES))
        self.layer_box = LayerBox()
        self.layer_box.valueChanged.connect(lambda _: self.redraw())
        self.add_chooser(
            self.layer_box, "layer",
            "Layer whose gradients the histogram counts, the output last; 0: all of them",
        )  # fmt: skip
        self.add_seeds(
            "All seeds: their median in the maps, together in the histogram; "
            "or the one whose histograms are kept alone", "all seeds",
        )  # fmt: skip
        self.chart = MagnitudeChart([], [])

    @property
    def layer(self) -> int:
        """The layer whose gradients are counted; 0: all of them."""
        return self.layer_box.value()

    def build(self) -> None:
        self.plot_widget.clear()
        self.maps = None
        self.chart = MagnitudeChart(self.names(), self.colours())
        if self.recording is not None:
            self._offer()
            if self.shown.experiment.network.has_twin:
                self.maps = self.make_maps()
        self.measure_box.setEnabled(self.recording is None or self.maps is not None)
        self.plot_widget.addItem(self.chart, 0, 1)
        self._share_width()

    def _share_width(self) -> None:
        """Give maps and histogram their shares of the width, whatever they would prefer."""
        layout = self.plot_widget.ci.layout
        for column, item in enumerate((self.maps.gallery if self.maps else None, self.chart)):
            if item is not None:
                item.setPreferredWidth(_WIDTHS[column])
            layout.setColumnStretchFactor(column, _WIDTHS[column] if item is not None else 0)

    def _offer(self) -> None:
        """The layers and seeds that can be chosen in this race."""
        population = self.shown.experiment.population
        self.layer_box.offer(len(self.shown.facts.layer_units))
        alone = population.histogram_seed - 1
        name = f"seed {population.seed_numbers[alone]}"
        refill(self.seed_box, [("all seeds", None), (name, alone)])
        self.seed_box.setEnabled(population.seeds > 1)

    def limits(self) -> list[tuple[float, str]]:
        """Where the measure becomes an obstacle."""
        return QUANTITIES[self.measure.key]

    def colour(self) -> None:
        super().colour()
        self.chart.set_theme(self.theme)

    def refresh(self) -> None:
        if self.maps is not None:
            self.maps.gallery.set_shown(self.maps.measured)
        if self.recording is None or not len(self.layers):
            self.say(NO_RACE)
            return
        if self.maps is not None:
            self.maps.draw(reaching=NOISE_DOMINATES)
        limits = gradient_limits(self.shown.experiment.network)
        self.chart.draw(self.shares(), limits, self._lost())
        self.say(self._describe())

    def shares(self) -> np.ndarray:
        """Shares of the newest gradient's entries, (contestants, bins); the first are exact zeros.

        0 throughout where every lane has diverged.
        """
        name = "gradient_histogram" if self.seed is None else "lane_gradient_histogram"
        rows = slice(self.layer - 1, self.layer) if self.layer else slice(None)
        counts = self.layers.values(name, "sum")[-1][:, rows].sum(axis=1, dtype=np.float64)
        return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))

    def _lost(self) -> list[Moment]:
        """Where |g| is too small for a weight of 1, a line for each learning rate there is."""
        experiment = self.shown.experiment
        lost = lost_update(experiment.network)
        if lost is None or not update_follows_gradient(experiment.training):
            return []
        rates, names = self.curves.values("learning_rate")[-1], np.array(self.names())
        whose = {rate: ", ".join(names[rates == rate]) for rate in np.unique(rates[rates > 0])}
        return [
            Moment(math.log10(lost / rate), f"{_LOST}, {who}" if len(whose) > 1 else _LOST)
            for rate, who in whose.items()
        ]

    def _describe(self) -> str:
        experiment, step = self.shown.experiment, self.layers.steps[-1, 1]
        network, seeds = experiment.network, experiment.population.seeds
        over = self.seed_box.currentText() if self.seed is not None else f"{seeds} seeds"
        over = "one seed" if seeds == 1 else over
        what = (
            f"{self.measure.label}, by layers × steps" if self.maps else "no maps: nothing is finer"
        )
        layers = len(self.shown.facts.layer_units)
        which = f"layer {self.layer} of {layers}" if self.layer else f"all {layers} layers"
        newest = f"weight gradients at step {count(step)}, {which}"
        held = f", {SCOPES[network.rounded].label}" if network.rounded != "everything" else ""
        ends = f"subnormal under {reading(gradient_limits(network).smallest_normal)}"
        words = [f"{network.precision}{held}", over, what, newest, ends, self._of_updates()]
        return " · ".join(words)

    def _of_updates(self) -> str:
        """What the line of lost updates means, or why there is none."""
        experiment = self.shown.experiment
        if not update_follows_gradient(experiment.training):
            name = OPTIMIZERS[experiment.training.optimizer].label
            return f"no line of lost updates: {name}'s do not follow |g|"
        if (lost := lost_update(experiment.network)) is None:
            name = REMEDIES[experiment.network.remedy].label
            return f"no line of lost updates: {name} keeps them"
        return f"{_LOST}: learning rate × |g| ≤ {reading(lost)}, too little to move a weight of 1"

    def read(self, place: QPointF) -> str:
        if self.maps is not None and (text := self.maps.read(place)):
            return text
        found = self.chart.bin_at(place)
        if found is None or self.recording is None or not len(self.layers):
            return ""
        return self.read_bin(found)

    def read_bin(self, place: int) -> str:
        """Rich text for the sizes of one bin: each contestant's share there, and under it."""
        low, high = (reading(size) for size in 2.0 ** GRADIENT_EDGES[place : place + 2])
        first, last = place == 0, place == len(GRADIENT_EDGES) - 2
        sizes = f"under {high}" if first else f"{low} and more" if last else f"{low} to {high}"
        limits = gradient_limits(self.shown.experiment.network)
        word = limits.word(2.0 ** GRADIENT_EDGES[place + 1])
        rows = [
            (
                contestant_colour(number, self.theme), name,
                f"{reading(100 * share[place + 1])} % · smaller, and not 0: "
                f"{reading(100 * share[1 : place + 1].sum())} %",
            )
            for name, number, share in zip(self.names(), self.colours(), self.shares(), strict=True)
        ]  # fmt: skip
        return reading_table(f"|g| {sizes}" + (f" · {word}" if word else ""), rows)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """The maps' cells, from step to step, then the histogram's bins, from size to size.

        Exact zeros lie from 0 to 0.
        """
        header = ["drawn", "contestant", "layer", "from", "to", "value"]
        if self.recording is None or not len(self.layers):
            return header, []
        rows = [[self.measure.key, *row] for row in (self.maps.rows() if self.maps else [])]
        sizes = (2.0**GRADIENT_EDGES).tolist()
        spans = [(0.0, 0.0), *pairwise(sizes)]
        layer = self.layer or "all"
        rows += [
            ["gradient_share", name, layer, *span, share]
            for name, shares in zip(self.names(), self.shares().tolist(), strict=True)
            for span, share in zip(spans, shares, strict=True)
        ]
        return header, rows
