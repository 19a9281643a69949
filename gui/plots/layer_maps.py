"""Layer × step maps of one measure, one a contestant, on one scale and one axis of steps."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.experiment import Experiment
from engine.measures import MEASURES, Measure

from ..theme import LIGHT, NAN_COLOUR, ZERO_COLOUR, Theme, contestant_colour, heat_colormap
from .colour_key import ColourKey
from .gallery import Gallery, colour_table
from .heat import LAST_CODE, HeatColumns, HeatScale
from .reading import reading_table
from .seen import Seen
from .spans import rung_over
from .ticks import count, reading

COLUMNS = 400
_ASPECT = 1.6


class LayerMaps:
    """The maps of a race, and the key to their colours, in a `gallery`.

    `limits` are (value, word) to be marked on the key, where its scale reaches them.
    """

    def __init__(self, experiment: Experiment, track: Seen) -> None:
        self._experiment, self._track = experiment, track
        self._names = list(experiment.contestant_names)
        self._colours = [contestant.colour or 0 for contestant in experiment.contestants]
        self._theme: Theme = LIGHT
        self.key = ColourKey()
        self.gallery = Gallery(
            self._names, self._colours, _ASPECT, left="layer", bottom="step", key=self.key
        )
        self.choose(next(iter(MEASURES.values())))

    def choose(
        self, measure: Measure, seed: int | None = None, limits: Iterable[tuple[float, str]] = ()
    ) -> None:
        """What is to be drawn: the median over all seeds, or the seed at one place."""
        self.measure, self._seed, self._limits = measure, seed, list(limits)
        self.columns: HeatColumns | None = None
        self.scale: HeatScale | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.gallery.set_theme(theme)

    @property
    def measured(self) -> bool:
        """Whether the race has measured what is to be drawn."""
        return len(self._track) > 0 and self.measure.key in self._track.names

    def draw(self, reaching: float = 0.0) -> None:
        """Draw what has been recorded, on a scale that reaches as far as this value at least."""
        if self.columns is None:
            every = self.measure.cadence(self._experiment.population)
            self.columns = HeatColumns(
                self._track, self.measure.key, every, COLUMNS, self._seed, self._last
            )
        columns = self.columns
        columns.update()
        self.scale = scale = self._scale(columns.values, reaching)
        table, layers = self._table(), columns.values.shape[1]
        area = QRectF(0.0, 0.5, columns.count * columns.pitch, layers)
        for tile, codes in zip(self.gallery.tiles, scale.codes(columns.values), strict=True):
            tile.show(codes, table, area)
        self.gallery.show_range((0.0, self._end(area.right())), (0.5, layers + 0.5))
        self.key.set_scale(scale.low, scale.high, scale.log, table[2:])
        swatches = [(ZERO_COLOUR, "exactly 0")] if scale.log else []
        self.key.set_words(self._marked(scale), [*swatches, (NAN_COLOUR, "not measured")])

    def _scale(self, values: np.ndarray, reaching: float) -> HeatScale:
        scale = HeatScale.over(values, self.measure, self.scale)
        if scale.log and reaching > 0:
            scale = dataclasses.replace(scale, high=max(scale.high, math.log10(reaching)))
        return scale

    def _table(self) -> np.ndarray:
        """The colour of each code, (256, 3)."""
        scale = heat_colormap(self._theme).getLookupTable(nPts=LAST_CODE - 1, alpha=False)
        return np.concatenate([colour_table(NAN_COLOUR, ZERO_COLOUR), scale.astype(np.uint8)])

    @property
    def _last(self) -> int:
        """The race's last step; 0 without a limit."""
        return self._experiment.training.steps

    def _end(self, reached: float) -> float:
        """Where the axis of steps ends: it moves in jumps, and stops at the race's last step."""
        return min(rung_over(reached), float(self._last or np.inf))

    def _marked(self, scale: HeatScale) -> list[tuple[float, str]]:
        """The limits that lie on the scale."""
        places = [(math.log10(x) if scale.log else x, word) for x, word in self._limits]
        return [(x, word) for x, word in places if scale.low <= x <= scale.high]

    def read(self, place: QPointF) -> str:
        """Rich text for the cell at a place of the scene; empty where there is none."""
        found = self.gallery.at(place)
        if found is None or self.columns is None:
            return ""
        tile, at = found
        column, layers = int(at.x() // self.columns.pitch), self.columns.values.shape[1]
        layer = min(max(round(at.y()), 1), layers)  # the borders belong to the map
        inside = 0 <= column < self.columns.count
        return self._read_cell(self.columns, tile.place, layer, column) if inside else ""

    def _read_cell(self, columns: HeatColumns, contestant: int, layer: int, column: int) -> str:
        """Rich text for one cell; layers count from 1."""
        value = columns.values[contestant, layer - 1, column]
        first, last = columns.steps_of(column)
        steps = f"step {count(first)}" if first == last else f"steps {count(first)}–{count(last)}"
        colour = contestant_colour(self._colours[contestant], self._theme)
        row = (colour, self._names[contestant], reading(value))
        return reading_table(f"layer {layer} · {steps}", [row])

    def rows(self) -> list[list[Any]]:
        """One row a cell: contestant, layer, first and last step, value."""
        if self.columns is None:
            return []
        steps = [self.columns.steps_of(column) for column in range(self.columns.count)]
        return [
            [name, layer + 1, *steps[column], value]
            for name, layers in zip(self._names, self.columns.values.tolist(), strict=True)
            for layer, row in enumerate(layers)
            for column, value in enumerate(row)
        ]
