"""An outcome over two fields of a grid: a map a contestant, all on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.outcomes import Outcome
from engine.statistics import Interval

from ..theme import NAN_COLOUR, ZERO_COLOUR, Theme, heat_colormap
from .colour_key import ColourKey
from .field_scale import FieldScale
from .gallery import Gallery, colour_table
from .heat import LAST_CODE, HeatScale

Medians = Mapping[tuple[Any, ...], Sequence[Interval]]

_ASPECT = 1.4


class OutcomeMaps:
    """The first field along, the second upwards; on both, values stand side by side."""

    def __init__(
        self, names: list[str], colours: list[int], scales: list[FieldScale], labels: list[str],
        outcome: Outcome,
    ) -> None:  # fmt: skip
        self._along, self._up = scales
        self._outcome = outcome
        self._table = np.zeros((256, 3), np.uint8)
        self.key = ColourKey()
        self.item = self.gallery = Gallery(
            names, colours, _ASPECT, left=labels[1], bottom=labels[0], names=self._up.names,
            key=self.key,
        )  # fmt: skip
        for tile in self.gallery.tiles:
            tile.bottom.set_names(self._along.names)
        shape = len(names), len(self._up.places), len(self._along.places)
        self.values = np.full(shape, np.nan)
        self._area = QRectF(-0.5, -0.5, shape[2], shape[1])
        self.gallery.show_range((-0.5, shape[2] - 0.5), (-0.5, shape[1] - 0.5))

    def set_theme(self, theme: Theme) -> None:
        self.gallery.set_theme(theme)
        scale = heat_colormap(theme).getLookupTable(nPts=LAST_CODE - 1, alpha=False)
        colours = colour_table(NAN_COLOUR, ZERO_COLOUR)
        self._table = np.concatenate([colours, scale.astype(np.uint8)])
        self._paint()

    def draw(self, medians: Medians) -> None:
        """The medians of the contestants at each pair of values that has been raced."""
        self.values[:] = np.nan
        for (along, up), row in medians.items():
            column, line = int(self._along.place(along)), int(self._up.place(up))
            self.values[:, line, column] = [middle.estimate for middle in row]
        self.values[~np.isfinite(self.values)] = np.nan
        self._paint()

    def _paint(self) -> None:
        scale = self._scale()
        for tile, codes in zip(self.gallery.tiles, scale.codes(self.values), strict=True):
            tile.show(codes, self._table, self._area)
        self.key.set_scale(scale.low, scale.high, scale.log, self._table[2:])
        missing = [(NAN_COLOUR, "none yet, or never")] if np.isnan(self.values).any() else []
        self.key.set_words([], missing)

    def _scale(self) -> HeatScale:
        """From the lowest to the highest there is."""
        log = not self._outcome.share
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = np.log10(self.values) if log else self.values
        seen = seen[np.isfinite(seen)]
        if not seen.size:
            return HeatScale(0.0, 1.0, log)
        low, high = float(seen.min()), float(seen.max())
        return HeatScale(low, high if high > low else low + 1.0, log)

    def at(self, place: QPointF) -> tuple[Any, ...] | None:
        """The values of the cell at a place of the scene."""
        found = self.gallery.at(place)
        if found is None:
            return None
        _, at = found
        return self._along.nearest(at.x()), self._up.nearest(at.y())
