"""Activations in few bits: every hidden layer's values rounded to the levels of its own range.

Networks train as ever and are rounded where they are judged: quantisation after training, uniform,
with 0 among the levels and one scale a layer by the values seen on the probe (Jacob et al. 2018,
Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .seeds import Part

Array = NDArray[np.floating]


@dataclass(frozen=True)
class LowBits:
    """To how many bits activations are rounded, and the points on which their ranges are found."""

    bits: int
    points: Part


@dataclass(frozen=True)
class Grid:
    """The levels of one layer, each `(lanes, 1, 1)`: whole numbers of `step` in a range."""

    step: Array
    lowest: Array
    highest: Array

    def round(self, values: Array) -> None:
        """Bring values `(lanes, units, n)` to the nearest level, in place; NaN stays NaN."""
        np.divide(values, self.step, out=values)
        np.rint(values, out=values)
        np.clip(values, self.lowest, self.highest, out=values)
        np.multiply(values, self.step, out=values)


def grid(activations: Array, bits: int) -> Grid:
    """The levels that so many bits give a layer with these activations `(lanes, units, n)`.

    2^bits of them, evenly spaced from the lowest to the highest activation and then moved so that 0
    is one: where a lane has no negative ones they begin at 0, else some are spent on that side.
    """
    low = np.minimum(activations.min(axis=(1, 2), keepdims=True), 0)
    high = np.maximum(activations.max(axis=(1, 2), keepdims=True), 0)
    most = 2**bits - 1
    step = (high - low) / most
    # Where all activations are 0 any step will do.
    step[step == 0] = 1
    lowest = np.rint(low / step)
    return Grid(step, lowest, lowest + most)


def grids(layers: Sequence[Array], bits: int) -> list[Grid]:
    """The levels of each hidden layer."""
    return [grid(activations, bits) for activations in layers]
