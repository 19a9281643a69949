"""z·F(z) in float32, for the distributions that gate GELU (normal) and SiLU (logistic).

With the tail F(−|z|) and the density f, both symmetric, the value is max(z, 0) − |z|·F(−|z|) and
the derivative F(z) + z·f(z). Only as much is done in float64 as 4 ulp ask for: the exponentials,
and the sums and quotients next to them; all else costs half in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .elementary import above_zero, step
from .record import Array

# Tail and density are carried 2²⁴ times as large, so that neither reaches the subnormal numbers
# before the last product does.
_LIFT = 2.0**24
_LOG_LIFT = math.log(_LIFT)


@dataclass(frozen=True)
class Gate:
    """A distribution by its lifted density and tail at x ≥ 0, which are nothing past `far`.

    Its functions fill float32 arrays from float32 `z`; `value` and `derivative` alone give the bits
    of `together`.
    """

    far: float
    density_and_tail: Callable[[Array], tuple[Array, Array]]

    def value(self, z: Array, out: Array) -> None:
        """z·F(z)."""
        x = np.abs(self._near(z))
        self._fill_value(z, x, self.density_and_tail(x)[1], out)

    def derivative(self, z: Array, out: Array) -> None:
        """F(z) + z·f(z)."""
        near = self._near(z)
        self._fill_derivative(near, *self.density_and_tail(np.abs(near)), out)

    def together(self, z: Array, value: Array, slope: Array) -> None:
        """Both at once."""
        near = self._near(z)
        x = np.abs(near)
        density, tail = self.density_and_tail(x)
        self._fill_value(z, x, tail, value)
        self._fill_derivative(near, density, tail, slope)

    def _near(self, z: Array) -> Array:
        # Clamping keeps 0·∞ from turning into NaN.
        return z.clip(-self.far, self.far)

    def _fill_value(self, z: Array, x: Array, tail: Array, out: Array) -> None:
        x *= tail
        x *= 1.0 / _LIFT
        np.subtract(above_zero(z), x, out=out)

    def _fill_derivative(self, near: Array, density: Array, tail: Array, out: Array) -> None:
        # F(z) is the tail up to 0 and 1 less the tail above.
        slope = step(near)
        slope *= _LIFT
        slope -= tail
        np.abs(slope, out=slope)
        density *= near
        slope += density
        np.multiply(slope, 1.0 / _LIFT, out=out)


# Φ(−x) = φ(x)/(x + r(x)), where the denominator is the inverse of Mills' ratio (1926) and r falls
# from √(2/π) to 0: r(x) = √(2/π) − x·P(x)/Q(x), the highest powers first and Q's left out, which is
# 1. A minimax fit on [0, 14.6] that puts Φ(−x) off by 3e-8, with P/Q of little weight wherever its
# own rounding is large.
_REST_AT_0 = math.sqrt(2.0 / math.pi)
_P = (0.7977684617589693, 6.610932533513646, 23.711686988309165, 39.08698449454475)
_Q = (9.532358554008233, 41.78914590797288, 97.51981169312613, 107.56490683739901)
_LOG_PEAK = _LOG_LIFT - 0.5 * math.log(2.0 * math.pi)


def _rest(x: Array) -> Array:
    """r(x) = φ(x)/Φ(−x) − x."""
    top = x * _P[0]
    for coefficient in _P[1:]:
        top += coefficient
        top *= x
    bottom = x + _Q[0]
    for coefficient in _Q[1:]:
        bottom *= x
        bottom += coefficient
    top /= bottom
    return np.subtract(_REST_AT_0, top, out=top)


def _normal(x: Array) -> tuple[Array, Array]:
    """φ(x) and Φ(−x)."""
    wide = x.astype(np.float64)
    density = wide * wide
    density *= -0.5
    density += _LOG_PEAK
    np.exp(density, out=density)
    wide += _rest(x)
    np.divide(density, wide, out=wide)
    return density.astype(np.float32), wide.astype(np.float32)


def _logistic(x: Array) -> tuple[Array, Array]:
    """e/(1 + e)² and e/(1 + e), e = e^−x."""
    wide = x.astype(np.float64)
    np.subtract(_LOG_LIFT, wide, out=wide)
    np.exp(wide, out=wide)
    below = wide * (1.0 / _LIFT)
    below += 1.0
    wide /= below
    tail = wide.astype(np.float32)
    # The tail times what the tail leaves of 1.
    density = tail * (-1.0 / _LIFT)
    density += 1.0
    density *= tail
    return density, tail


NORMAL = Gate(14.6, _normal)
LOGISTIC = Gate(120.0, _logistic)
