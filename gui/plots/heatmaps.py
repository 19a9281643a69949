"""Layer × step maps of what is measured inside the networks, one a contestant, on one scale."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QWidget

from engine.measures import MEASURES, Measure
from engine.precision import FORMATS

from ..theme import NAN_COLOUR, ZERO_COLOUR, contestant_colour, heat_colormap
from .colour_key import ColourKey
from .gallery import Gallery, colour_table
from .heat import LAST_CODE, HeatColumns, HeatScale
from .plot import Plot
from .reading import reading_table
from .spans import rung_over
from .ticks import count, reading
from .view import NO_RACE, refill

COLUMNS = 400
_ASPECT = 1.6


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
        self.gallery: Gallery | None = None
        self.colour_key = ColourKey()
        self.columns: HeatColumns | None = None
        self.scale: HeatScale | None = None

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
        self.columns = self.scale = self.gallery = None
        self.colour_key = ColourKey()
        if self.recording is None:
            return
        self.gallery = Gallery(
            self.names(), self.colours(), _ASPECT,
            left="layer", bottom="step", key=self.colour_key,
        )  # fmt: skip
        self.plot_widget.addItem(self.gallery, 0, 0)
        numbers = self.shown.experiment.population.seed_numbers
        seeds = [(f"seed {number}", place) for place, number in enumerate(numbers)]
        refill(self.seed_box, [("median", None), *seeds])
        self.seed_box.setEnabled(len(seeds) > 1)

    def _rechoose(self) -> None:
        self.columns = self.scale = None
        self.redraw()

    def colour(self) -> None:
        if self.gallery is not None:
            self.gallery.set_theme(self.theme)

    def state(self) -> Hashable:
        layers = self.layers if self.recording else None
        newest = int(layers.steps[-1, 1]) if layers is not None and len(layers) else -1
        return id(self.recording), newest

    def refresh(self) -> None:
        known = self.recording is not None and len(self.layers) > 0
        measured = known and self.measure.key in self.layers.names
        self.colour_key.setVisible(measured)
        if self.gallery is None or not known:
            self.say(NO_RACE)
            return
        self.gallery.setVisible(measured)
        if not measured:
            self.say(f"{self.measure.label} · not measured in this race: it needs a float64 twin")
            return
        if self.columns is None:
            every = self.measure.cadence(self.shown.experiment.population)
            track = self.layers
            self.columns = HeatColumns(track, self.measure.key, every, COLUMNS, self.seed)
        columns = self.columns
        columns.update()
        self.scale = scale = HeatScale.over(columns.values, self.measure, self.scale)
        table, layers = self._table(), columns.values.shape[1]
        area = QRectF(0.0, 0.5, columns.count * columns.pitch, layers)
        for tile, codes in zip(self.gallery.tiles, scale.codes(columns.values), strict=True):
            tile.show(codes, table, area)
        end = self._end(area.right(), columns.pitch)
        self.gallery.show_range((0.0, end), (0.5, layers + 0.5))
        self.colour_key.set_scale(scale.low, scale.high, scale.log, table[2:])
        swatches = [(ZERO_COLOUR, "exactly 0")] if scale.log else []
        self.colour_key.set_words(self._limits(scale), [*swatches, (NAN_COLOUR, "not measured")])
        self.say(self._describe())

    def _table(self) -> np.ndarray:
        """The colour of each code, (256, 3)."""
        scale = heat_colormap(self.theme).getLookupTable(nPts=LAST_CODE - 1, alpha=False)
        return np.concatenate([colour_table(NAN_COLOUR, ZERO_COLOUR), scale.astype(np.uint8)])

    def _end(self, reached: float, pitch: int) -> float:
        """Where the axis of steps ends: it moves in jumps, and stops at the race's limit."""
        limit = float(self.shown.experiment.training.steps + pitch)
        return rung_over(reached) if reached > limit else min(rung_over(reached), limit)

    def _limits(self, scale: HeatScale) -> list[tuple[float, str]]:
        """Where the precision ends, as far as it lies on the scale."""
        if not scale.log:
            return []
        number = FORMATS[self.shown.experiment.network.precision]
        limits = [
            (np.log10(number.epsilon), "rounding"),
            (np.log10(number.smallest_normal), "underflow"),
        ]
        return [(float(x), word) for x, word in limits if scale.low <= x <= scale.high]

    def _describe(self) -> str:
        seeds = self.shown.experiment.population.seeds
        over = self.seed_box.currentText() if self.seed is not None else f"median of {seeds} seeds"
        over = "one seed" if seeds == 1 else over
        unit = f" ({self.measure.unit})" if self.measure.unit else ""
        return f"{self.measure.label}{unit} · {over} · layers × steps, input at the bottom"

    def read(self, place: QPointF) -> str:
        found = self.gallery.at(place) if self.gallery else None
        if found is None or self.columns is None:
            return ""
        tile, at = found
        column, layer = int(at.x() // self.columns.pitch), round(at.y())
        inside = 0 <= column < self.columns.count
        return self.read_cell(self.columns, tile.place, layer, column) if inside else ""

    def read_cell(self, columns: HeatColumns, contestant: int, layer: int, column: int) -> str:
        """Rich text for one cell; layers count from 1."""
        value = columns.values[contestant, layer - 1, column]
        first, last = columns.steps_of(column)
        steps = f"step {count(first)}" if first == last else f"steps {count(first)}–{count(last)}"
        colour, name = (
            contestant_colour(self.colours()[contestant], self.theme),
            self.names()[contestant],
        )
        return reading_table(f"layer {layer} · {steps}", [(colour, name, reading(value))])

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """One row a cell: contestant, layer, steps, value."""
        header = ["contestant", "layer", "first step", "last step", self.measure.key]
        if self.columns is None:
            return header, []
        steps = [self.columns.steps_of(column) for column in range(self.columns.count)]
        values = self.columns.values.tolist()
        return header, [
            [name, layer + 1, *steps[column], value]
            for name, layers in zip(self.names(), values, strict=True)
            for layer, row in enumerate(layers)
            for column, value in enumerate(row)
        ]
