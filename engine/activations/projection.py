"""Projections: parameters that an update has carried out of their domain, brought back into it.

A bound that is trained is an array, `(lanes, 1 or units, 1)`, and changed in place; one that is
fixed is a float. Bounds that keep their order stay as they are to the bit, and NaN stays NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .record import Array


def keep_order(low: Array | float, high: Array | float, width: float = 0.0) -> None:
    """Move trained bounds until low + w ≤ high, no further than they must.

    w is `width`, and in proportion more for bounds beyond ±1, where numbers lie less densely. Two
    bounds give way alike, as the projection onto the half-plane low + w ≤ high has it; where one
    a layer meets one a unit, it gives way to the farthest of them.
    """
    if isinstance(high, float):
        if not isinstance(low, float):
            np.minimum(low, _rounded(high - _least(high, width), -math.inf, low), out=low)
    elif isinstance(low, float):
        np.maximum(high, _rounded(low + _least(low, width), math.inf, high), out=high)
    else:
        middle = 0.5 * low + 0.5 * high
        half = 0.5 * _least(middle, width)
        np.minimum(low, _shaped(np.min, middle - half, low), out=low)
        np.maximum(high, _shaped(np.max, middle + half, high), out=high)


def _least(bound: Array | float, width: float) -> Any:
    return np.multiply(width, np.maximum(1.0, np.abs(bound)))


def _rounded(bound: float, towards: float, like: Array) -> Array:
    """A bound in the type of `like`, rounded to the side on which it still holds."""
    number = like.dtype.type
    nearest = number(bound)
    overshot = float(nearest) < bound if towards > 0 else float(nearest) > bound
    return np.asarray(np.nextafter(nearest, number(towards)) if overshot else nearest)


def _shaped(reduce: Callable[..., Array], values: Array, like: Array) -> Array:
    """As they are, or reduced to the one of a layer."""
    return values if values.shape == like.shape else reduce(values, axis=1, keepdims=True)
