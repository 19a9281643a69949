"""Where lanes and layers lie in flat arrays, so that one call reads a number of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]


class Spans:
    """Where each lane's entries of each layer lie, in flat arrays that hold those of all layers.

    They stand layer after layer, and within it lane after lane, `counts` entries a lane. One call
    then reads all layers, and a lane is added up as if it were alone. Results: `(lanes, layers)`.
    """

    def __init__(self, lanes: int, counts: Sequence[int]) -> None:
        self._lanes = lanes
        self._counts = np.repeat(np.array(counts, np.intp), lanes)
        self._starts = np.cumsum(self._counts) - self._counts

    def counted(self, marked: Mask) -> Array:
        """How many are marked."""
        return self._table(np.add.reduceat(marked, self._starts, dtype=np.intp))

    def added(self, entries: NDArray[Any]) -> Array:
        """The sum."""
        return self._table(np.add.reduceat(entries, self._starts))

    def share(self, marked: Mask) -> Array:
        """Which share is marked."""
        return self.counted(marked) / self._table(self._counts)

    def largest(self, entries: Array) -> Array:
        """The largest size."""
        return self._table(np.maximum.reduceat(np.abs(entries), self._starts))

    def root_mean_square(self, entries: Array) -> Array:
        """RMS. Squares are float64: float32's fit, its own are scaled so that none underflows."""
        if entries.dtype == np.float64:
            largest = np.maximum.reduceat(np.abs(entries), self._starts)
            scale = np.where((largest > 0) & np.isfinite(largest), largest, 1)
            squares = entries / np.repeat(scale, self._counts)
        else:
            scale, squares = np.ones(1), entries.astype(np.float64)
        np.multiply(squares, squares, out=squares)
        means = np.add.reduceat(squares, self._starts) / self._counts
        return self._table(scale * np.sqrt(means))

    def _table(self, found: NDArray[Any]) -> Array:
        return np.asarray(found.reshape(-1, self._lanes).T)


def side_by_side(layers: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """The entries of arrays `(lanes, ...)` in one flat array, as `Spans` counts them."""
    return np.concatenate(list(layers), axis=None)
