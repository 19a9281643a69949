"""What plots with maps of the layers share: one measure at a time, over all seeds or in one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from engine.measures import MEASURES, Measure

from .layer_maps import LayerMaps
from .plot import Plot


class LayerPlot(Plot):
    """A plot of `maps`, which are those of the measure and the seed that are chosen.

    It says in `limits` what is marked on the maps' key, and in `build` which race has maps.
    """

    # A plot adds them in the order in which they stand.
    measure_box: QComboBox
    seed_box: QComboBox

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps: LayerMaps | None = None

    def add_measures(self, tip: str, keys: Sequence[str]) -> None:
        """The chooser of the measure."""
        items = [(MEASURES[key].label, MEASURES[key]) for key in keys]
        self.measure_box = self.add_list("quantity", tip, items, self._rechoose)
        for place, (_, measure) in enumerate(items):
            self.measure_box.setItemData(place, measure.help, Qt.ItemDataRole.ToolTipRole)

    def add_seeds(self, tip: str, together: str) -> None:
        """The chooser of the seed, of all `together` so far."""
        self.seed_box = self.add_list("seeds", tip, [(together, None)], self._rechoose)

    @property
    def measure(self) -> Measure:
        chosen: Measure = self.measure_box.currentData()
        return chosen

    @property
    def seed(self) -> int | None:
        """The place of the only seed shown; None: all of them."""
        place: int | None = self.seed_box.currentData()
        return place

    def point_at(self, shows: Mapping[str, Any]) -> None:
        for place in range(self.measure_box.count()):
            if self.measure_box.itemData(place).key == shows.get("quantity"):
                self.measure_box.setCurrentIndex(place)

    def make_maps(self) -> LayerMaps:
        """The maps of the race shown, in their place."""
        maps = LayerMaps(self.shown.experiment, self.layers)
        maps.choose(self.measure, self.seed, self.limits())
        self.plot_widget.addItem(maps.gallery, 0, 0)
        return maps

    def _rechoose(self) -> None:
        if self.maps is not None:
            self.maps.choose(self.measure, self.seed, self.limits())
        self.redraw()

    def limits(self) -> list[tuple[float, str]]:
        """Values of the measure to be marked, with their words."""
        raise NotImplementedError

    def colour(self) -> None:
        if self.maps is not None:
            self.maps.set_theme(self.theme)

    def state(self) -> Hashable:
        layers = self.layers if self.recording else None
        newest = int(layers.steps[-1, 1]) if layers is not None and len(layers) else -1
        return id(self.recording), newest
