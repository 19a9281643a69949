"""A function of two inputs: one small map a contestant, with the data it learnt from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from engine.fit import Fit
from engine.fit import FitView as Look

from ..theme import Theme, contestant_colour
from .colour_key import ColourKey
from .gallery import Gallery, colour_table
from .picture import Picture, chosen
from .reading import reading_table
from .ticks import reading

_FINER = 4  # image cells for each cell looked at, so that boundaries are smooth
_LOW, _HIGH = "#E07B1F", "#2E86C9"


class PlanePicture(Picture):
    """The mean over the seeds, or one seed, in colours that part in the middle."""

    def __init__(
        self, names: list[str], colours: list[int], look: Look, task: str, kept: int
    ) -> None:
        super().__init__(names, colours, look, task, kept)
        self.key = ColourKey()
        first, second = (*look.feature_names, "x₁", "x₂")[:2]
        self.item = self.gallery = Gallery(
            names, colours, 1.0, left=second, bottom=first, square=True, key=self.key
        )
        self.low, self.high = self._limits()
        self.side = round(len(look.points) ** 0.5)
        self.maps = np.full((len(names), self.side, self.side), np.nan)
        self._finer = _interpolation(self.side)
        self._table = np.zeros((256, 3), np.uint8)
        self._dots_at = look.train_inputs
        self._dot_codes = self._codes(look.train_targets[:, 0])
        self.dots = [pg.ScatterPlotItem(size=4.5) for _ in names]
        for tile, dots in zip(self.gallery.tiles, self.dots, strict=True):
            tile.box.addItem(dots, ignoreBounds=True)
        self.gallery.show_range(look.extent, look.extent)

    def _limits(self) -> tuple[float, float]:
        if self.task != "regression":
            return 0.0, 1.0
        size = max(*np.abs(self.look.heights), 1e-9)
        return -size, size

    def _codes(self, values: np.ndarray) -> np.ndarray:
        share = (np.nan_to_num(values, nan=self.low) - self.low) / (self.high - self.low)
        return np.asarray(np.rint(255 * np.clip(share, 0, 1)), np.uint8)

    def set_theme(self, theme: Theme) -> None:
        self.gallery.set_theme(theme)
        stops = colour_table(_LOW, theme.card, _HIGH)
        between = np.linspace(0, 2, 256)
        self._table = np.stack(
            [np.interp(between, [0, 1, 2], stops[:, c]) for c in range(3)], axis=1
        ).astype(np.uint8)
        self.key.set_scale(self.low, self.high, False, self._table)
        # One brush a colour: each that is another object is painted anew, and every dot had one.
        by_code = [pg.mkBrush(*colour) for colour in self._table.tolist()]
        brushes = [by_code[code] for code in self._dot_codes]
        edge = QColor(theme.text)
        edge.setAlphaF(0.6)
        for dots in self.dots:
            dots.setData(*self._dots_at.T, brush=brushes, pen=edge)
        self.theme = theme

    def draw(self, fit: Fit, seed: int | None) -> None:
        outputs = chosen(fit.outputs, seed)
        sound = np.isfinite(outputs)
        total = np.where(sound, outputs, 0).sum(axis=1) / np.maximum(sound.sum(axis=1), 1)
        self.maps = total.reshape(-1, self.side, self.side)
        low, high = self.look.extent
        half = (high - low) / (len(self._finer) - 1) / 2
        area = QRectF(low - half, low - half, high - low + 2 * half, high - low + 2 * half)
        fine = self._finer @ self.maps @ self._finer.T
        for tile, codes in zip(self.gallery.tiles, self._codes(fine), strict=True):
            tile.show(codes, self._table, area)

    def describe(self, seeds: str, many: bool) -> str:
        what = "value" if self.task == "regression" else "probability of class 1"
        over = f"mean of {seeds}" if many else seeds
        return f"{what} learnt · {over} · dots: the first seed's training data"

    def read(self, place: QPointF) -> str:
        found = self.gallery.at(place)
        if found is None:
            return ""
        tile, at = found
        low, high = self.look.extent
        scale = (self.side - 1) / (high - low)
        column, row = (
            int(np.clip(round((value - low) * scale), 0, self.side - 1))
            for value in (at.x(), at.y())
        )
        value = reading(float(self.maps[tile.place, row, column]))
        colour = contestant_colour(self.colours[tile.place], self.theme)
        where = f"({reading(at.x())}, {reading(at.y())})"
        return reading_table(where, [(colour, self.names[tile.place], value)])

    def table(self) -> tuple[list[str], list[list[Any]]]:
        flat = self.maps.reshape(len(self.names), -1)
        columns = np.concatenate([self.look.points.T, flat]).T
        return [*("x1", "x2"), *self.names], columns.tolist()


def _interpolation(side: int) -> np.ndarray:
    """The matrix that brings `side` points on a line to a finer grid, linearly."""
    fine = np.linspace(0, side - 1, _FINER * (side - 1) + 1)
    return np.asarray(np.maximum(0, 1 - np.abs(fine[:, None] - np.arange(side))))
