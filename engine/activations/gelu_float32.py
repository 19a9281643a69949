"""The exact GELU in float32, and only as much of it in float64 as 4 ulp ask for.

Φ(−x) = φ(x)/(x + r(x)) for x ≥ 0: the denominator is the inverse of Mills' ratio (1926), and r
falls from √(2/π) to 0. The bell and the last sum and quotient are taken in float64, where neither
the exponential nor the square loses anything; all before and after them costs half in float32.
"""

from __future__ import annotations

import math

import numpy as np

from .elementary import above_zero
from .record import Array

# r(x) = √(2/π) − x·P(x)/Q(x), the highest powers first and Q's left out, which is 1: a minimax fit
# on [0, 14.6] that puts Φ(−x) off by 3e-8. P/Q weighs little wherever its own rounding is large.
_START = 0.7978845608028654
_P = (0.7977684617589693, 6.610932533513646, 23.711686988309165, 39.08698449454475)
_Q = (9.532358554008233, 41.78914590797288, 97.51981169312613, 107.56490683739901)

# z·φ(z) is 0 in float32 from 14.6 on; clamping keeps 0·∞ from turning into NaN.
_FAR = 14.6
# Bell and tail are carried 2²⁴ times as large, so that neither reaches the subnormal numbers before
# the last product does.
_LIFT = 2.0**24
_LOG_PEAK = math.log(_LIFT / math.sqrt(2.0 * math.pi))


def _rest(x: Array) -> Array:
    """r(x) = φ(x)/Φ(−x) − x for x ≥ 0."""
    top = x * _P[0]
    for coefficient in _P[1:]:
        top += coefficient
        top *= x
    bottom = x + _Q[0]
    for coefficient in _Q[1:]:
        bottom *= x
        bottom += coefficient
    top /= bottom
    return np.subtract(_START, top, out=top)


Parts = tuple[Array, Array, Array, Array]


def parts(z: Array) -> Parts:
    """z and |z| as far as they matter, the bell φ(z) and the tail Φ(−|z|), both lifted."""
    near = z.clip(-_FAR, _FAR)
    x = np.abs(near)
    wide = x.astype(np.float64)
    bell = wide * wide
    bell *= -0.5
    bell += _LOG_PEAK
    np.exp(bell, out=bell)
    wide += _rest(x)
    np.divide(bell, wide, out=wide)
    return near, x, bell.astype(np.float32), wide.astype(np.float32)


def fill_value(z: Array, parts: Parts, out: Array) -> None:
    """max(z, 0) − |z|·Φ(−|z|)."""
    _, x, _, tail = parts
    below = x * tail
    below *= 1.0 / _LIFT
    np.subtract(above_zero(z), below, out=out)


def fill_derivative(z: Array, parts: Parts, out: Array) -> None:
    """Φ(z) + z·φ(z), where Φ(z) is the tail up to 0 and 1 less the tail above."""
    near, _, bell, tail = parts
    slope = near.clip(0.0, 1.0)
    np.ceil(slope, out=slope)
    slope *= _LIFT
    slope -= tail
    np.abs(slope, out=slope)
    slope += near * bell
    np.multiply(slope, 1.0 / _LIFT, out=out)
