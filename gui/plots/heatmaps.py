"""Layer × step maps of what is measured inside the networks, one a contestant, on one scale."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from engine.measures import MEASURES, Measure
from engine.precision import FORMATS

from .layer_maps import LayerMaps
from .plot import Plot
from .view import NO_RACE, refill


class HeatmapView(Plot):
    """Where in the network, and when in the race, gradients vanish and units die."""

    key = "heatmaps"
    title = "Layer heatmaps"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure_box = self.add_list(
            "quantity", "What is measured in each layer",
            [(measure.label, measure) for measure in MEASURES.values()], self._rechoose,
        )  # fmt: skip
        for place, measure in enumerate(MEASURES.values()):
            self.measure_box.setItemData(place, measure.help, Qt.ItemDataRole.ToolTipRole)
        self.seed_box = self.add_list(
            "seeds", "The median over all seeds, or one seed", [("median", None)], self._rechoose
        )
        self.maps: LayerMaps | None = None

    @property
    def measure(self) -> Measure:
        chosen: Measure = self.measure_box.currentData()
        return chosen

    @property
    def seed(self) -> int | None:
        """The place of the only seed shown; None: the median of all."""
        place: int | None = self.seed_box.currentData()
        return place

    def point_at(self, shows: Mapping[str, Any]) -> None:
        place = list(MEASURES).index(shows["quantity"]) if "quantity" in shows else -1
        if place >= 0:
            self.measure_box.setCurrentIndex(place)

    def build(self) -> None:
        self.plot_widget.clear()
        self.maps = None
        if self.recording is None:
            return
        numbers = self.shown.experiment.population.seed_numbers
        seeds = [(f"seed {number}", place) for place, number in enumerate(numbers)]
        refill(self.seed_box, [("median", None), *seeds])
        self.seed_box.setEnabled(len(seeds) > 1)
        self.maps = LayerMaps(self.shown.experiment, self.layers)
        self.maps.choose(self.measure, self.seed, self._limits())
        self.plot_widget.addItem(self.maps.gallery, 0, 0)

    def _rechoose(self) -> None:
        if self.maps is not None:
            self.maps.choose(self.measure, self.seed, self._limits())
        self.redraw()

    def colour(self) -> None:
        if self.maps is not None:
            self.maps.set_theme(self.theme)

    def state(self) -> Hashable:
        layers = self.layers if self.recording else None
        newest = int(layers.steps[-1, 1]) if layers is not None and len(layers) else -1
        return id(self.recording), newest

    def refresh(self) -> None:
        if self.maps is None or not len(self.layers):
            self.say(NO_RACE)
            return
        self.maps.gallery.setVisible(self.maps.measured)
        if not self.maps.measured:
            self.say(f"{self.measure.label} · not measured in this race: it needs a float64 twin")
            return
        self.maps.draw()
        self.say(self._describe())

    def _limits(self) -> list[tuple[float, str]]:
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
