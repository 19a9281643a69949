"""Vanishing and exploding: how fast a signal shrinks or grows from layer to layer.

The slope is that of log₁₀ of the root mean square over the hidden layers, taken the way the signal
travels: forward for the pre-activations, back for the loss's gradient by them. The gradient by the
weights is no measure of it: its profile stays flat even where the signal vanishes, since the
larger activations of one layer make up for the smaller deltas of the next. At the start a layer's
pre-activations are as large as the activations before it, but for the scale of its weights and
biases, so that these have the same slope where all layers start alike and without biases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .recording import Recording

Array = NDArray[Any]

FORWARD, BACK = "preactivation_rms", "preactivation_gradient_rms"
# In powers of ten a layer. ReLU with gain 1 loses log₁₀ √2 = 0.15 a layer: ten layers, a factor of
# 32; a third of it is worth a look where there are many layers.
FLAGGED, BAD = 0.05, 0.15
# So many standard errors of the fit a slope must lie beyond them: a few layers are soon a slope.
SURE = 2.0


@dataclass(frozen=True)
class Trend:
    """Powers of ten a layer, and the standard error of their fit; both of any shape.

    Minus infinite where nothing at all arrives; NaN where there are too few layers to tell.
    """

    slope: Array
    error: Array

    @property
    def flagged(self) -> NDArray[np.bool_]:
        return self._beyond(FLAGGED)

    @property
    def bad(self) -> NDArray[np.bool_]:
        return self._beyond(BAD)

    def _beyond(self, limit: float) -> NDArray[np.bool_]:
        """Whether the size of the slope is surely over the limit; a fit without error never is."""
        sure = np.abs(self.slope) - SURE * self.error > limit
        return np.asarray(np.isinf(self.slope) | sure)


def trend(sizes: Array) -> Trend:
    """The least-squares line through log₁₀ of `sizes` `(…, layers)`, in the order of travel.

    Two layers give a slope without an error, one gives none. A layer that exactly nothing reaches
    makes the slope minus infinite, and leaves no error.
    """
    layers = sizes.shape[-1]
    empty = np.full(sizes.shape[:-1], np.nan)
    if layers < 2:
        return Trend(empty, empty.copy())
    nothing = (sizes == 0).any(axis=-1)
    heights = np.log10(np.where(sizes > 0, sizes, np.nan))
    places = np.arange(layers) - (layers - 1) / 2
    spread = float(places @ places)
    slope = heights @ places / spread
    error = empty
    if layers > 2:
        fitted = slope[..., None] * places + heights.mean(axis=-1, keepdims=True)
        error = np.sqrt(np.square(heights - fitted).sum(axis=-1) / (layers - 2) / spread)
    return Trend(np.where(nothing, -np.inf, slope), error)


def signal(recording: Recording, measure: str, row: int = -1) -> Trend:
    """The trend of each lane, (C, S), at a recorded row: 0 the start, -1 the newest.

    `measure` is a size of each layer; BACK is read from the last hidden layer to the first. Raises
    IndexError where nothing was recorded.
    """
    sizes = recording.layers.values(measure)[row][..., : len(recording.experiment.network.hidden)]
    return trend(sizes[..., ::-1] if measure == BACK else sizes)
