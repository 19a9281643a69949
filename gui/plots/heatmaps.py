"""Layer × step maps of what is measured inside the networks, one a contestant, on one scale."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.measures import MEASURES
from engine.precision import FORMATS

from .layer_plot import LayerPlot
from .view import NO_RACE, refill


class HeatmapView(LayerPlot):
    """Where in the network, and when in the race, gradients vanish and units die."""

    key = "heatmaps"
    title = "Layer heatmaps"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add_measures("What is measured in each layer", list(MEASURES))
        self.add_seeds("The median over all seeds, or one seed", "median")

    def build(self) -> None:
        self.plot_widget.clear()
        self.maps = None
        if self.recording is None:
            return
        numbers = self.shown.experiment.population.seed_numbers
        seeds = [(f"seed {number}", place) for place, number in enumerate(numbers)]
        refill(self.seed_box, [("median", None), *seeds])
        self.seed_box.setEnabled(len(seeds) > 1)
        self.maps = self.make_maps()

    def refresh(self) -> None:
        if self.maps is not None:
            self.maps.gallery.set_shown(self.maps.measured)
        if self.maps is None or not len(self.layers):
            self.say(NO_RACE)
            return
        if not self.maps.measured:
            self.say(f"{self.measure.label} · not measured in this race: it needs a float64 twin")
            return
        self.maps.draw()
        self.say(self._describe())

    def limits(self) -> list[tuple[float, str]]:
        """Where the precision ends, for what spans decades."""
        number = FORMATS[self.shown.experiment.network.precision]
        limits = [(number.epsilon, "rounding"), (number.smallest_normal, "underflow")]
        return limits if self.measure.log else []

    def _describe(self) -> str:
        seeds = self.shown.experiment.population.seeds
        over = self.seed_box.currentText() if self.seed is not None else f"median of {seeds} seeds"
        over = "one seed" if seeds == 1 else over
        unit = f" ({self.measure.unit})" if self.measure.unit else ""
        return f"{self.measure.label}{unit} · {over} · layers × steps, input at the bottom"

    def read(self, place: QPointF) -> str:
        return self.maps.read(place) if self.maps else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """One row a cell: contestant, layer, steps, value."""
        header = ["contestant", "layer", "first step", "last step", self.measure.key]
        return header, self.maps.rows() if self.maps else []
