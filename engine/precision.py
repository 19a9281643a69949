"""Number formats: what each can hold, and float32 or float64 values brought to its grid.

NumPy has no bfloat16, and computes in float16 a hundred times slower than in float32. So the
narrow formats are emulated: the arithmetic runs in the carrier, float32 or float64, and every
result is rounded to the value grid of the format (IEEE 754-2019; bfloat16: Kalamkar et al. 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .settings import Refusal

Array = NDArray[np.floating]

# Values rounded at a time: their work space stays in the second-level cache.
_BLOCK = 1 << 15


@dataclass(frozen=True)
class _Carrier:
    """The type that holds emulated values: its bits, and the mask that leaves their exponent."""

    integer: type[np.signedinteger]
    exponent_mask: int
    significand: int
    highest: int


_CARRIERS = {
    np.dtype(np.float32): _Carrier(np.int32, 0x7F80_0000, 24, 127),
    np.dtype(np.float64): _Carrier(np.int64, 0x7FF0_0000_0000_0000, 53, 1023),
}


@dataclass(frozen=True)
class Format:
    """A binary floating-point format.

    `significand` counts its bits, the hidden one too; normal numbers run from 2^`lowest` to just
    under 2^(`highest` + 1). All limits are values, not exponents.
    """

    key: str
    label: str
    bits: int
    significand: int
    lowest: int
    highest: int

    @property
    def carrier(self) -> str:
        """The NumPy type that a network in this format computes in."""
        return "float64" if self.significand > 24 else "float32"

    @property
    def emulated(self) -> bool:
        """Whether results have to be rounded, because the carrier is finer."""
        return self.significand < _CARRIERS[np.dtype(self.carrier)].significand

    @property
    def epsilon(self) -> float:
        """From 1 to the next larger value. Half of it is the largest relative rounding error."""
        return 2.0 ** (1 - self.significand)

    @property
    def smallest_normal(self) -> float:
        """Below it values keep an absolute, no longer a relative, spacing."""
        return 2.0**self.lowest

    @property
    def smallest_subnormal(self) -> float:
        """The smallest value above 0, and the spacing of the subnormal ones."""
        return self.smallest_normal * self.epsilon

    @property
    def underflow(self) -> float:
        """The largest size that is rounded to 0: half the smallest subnormal, a tie with 0.

        float64's own is 0, since no float lies under its smallest subnormal.
        """
        return self.smallest_subnormal / 2

    @property
    def largest(self) -> float:
        """The largest finite value."""
        return (2.0 - self.epsilon) * 2.0**self.highest

    def round(self, x: Array, out: Array | None = None) -> Array:
        """The nearest values of this format, ties to the even one, in the type of `x`.

        x: any shape, float32 or float64. `out`: same shape and type, may be `x` itself. Subnormals
        are gradual; half a spacing past `largest` and further is infinite; NaN stays NaN; a zero
        comes out positive.

        To x, of exponent e, is added and taken away 1.5 · 2^e times 2 to the surplus of bits in the
        significand: the sum's last bit is the format's, and the hardware rounds there, once (Muller
        et al. 2018, Handbook of Floating-Point Arithmetic). Under the smallest normal number e
        stops, which is what subnormals are.
        """
        carrier = _carrier(x)
        result = np.empty(x.shape, x.dtype) if out is None else out
        if self.significand >= carrier.significand:
            result[...] = x
        elif not result.flags.c_contiguous:
            result[...] = self.round(x)
        else:
            for source, target in _blocks(x, result):
                self._round_block(carrier, source, target)
        return result

    def _round_block(self, carrier: _Carrier, x: Array, out: Array) -> None:
        surplus = carrier.significand - self.significand
        power = self._power(carrier, x)
        # The largest exponent decides whether anything can overflow, here or on the way.
        if np.maximum.reduce(power) >= 2.0 ** min(self.highest, carrier.highest - surplus):
            self._round_extremes(carrier, x, out, power)
            return
        np.multiply(power, 1.5 * 2.0**surplus, out=power)
        np.add(x, power, out=out)
        np.subtract(out, power, out=out)

    def _round_extremes(self, carrier: _Carrier, x: Array, out: Array, power: Array) -> None:
        """The same where a value may overflow, is infinite or NaN: the exponent stops above too."""
        surplus = carrier.significand - self.significand
        # What has passed `largest` passes the carrier's largest as well, and comes back infinite.
        room = carrier.highest - self.highest
        with np.errstate(over="ignore", invalid="ignore"):
            if self.highest + 1 > carrier.highest - surplus:
                # Too near the carrier's own largest value, as bfloat16 is to float32's.
                out[...] = self.round(x.astype(np.float64))
                return
            np.minimum(power, 2.0 ** (self.highest + 1), out=power)
            np.multiply(power, 1.5 * 2.0**surplus, out=power)
            np.add(x, power, out=out)
            np.subtract(out, power, out=out)
            np.multiply(out, 2.0**room, out=out)
            np.multiply(out, 2.0**-room, out=out)

    def _power(self, carrier: _Carrier, x: Array) -> Array:
        """The power of two at or under each |x|, or the smallest normal number; x: one block."""
        exponents = np.bitwise_and(x.view(carrier.integer), carrier.exponent_mask)
        power: Array = exponents.view(x.dtype)
        floor = _constant(self.smallest_normal, x.dtype)
        return np.maximum(power, floor[: x.size], out=power)

    def round_stochastically(self, x: Array, noise: Array, out: Array | None = None) -> Array:
        """One of the two neighbours of each x, drawn so that the mean is x.

        x as for `round`; noise: uniform draws from [0, 1), same shape and type. The value is the
        outer neighbour where the noise is under x's share of the way to it, so what is on the grid
        stays (Croci et al. 2022, mode 1). Past `largest` as `round`, since infinity has no mean.
        """
        carrier = _carrier(x)
        result = np.empty(x.shape, x.dtype) if out is None else out
        if self.significand >= carrier.significand:
            result[...] = x
        elif not result.flags.c_contiguous:
            result[...] = self.round_stochastically(x, noise)
        else:
            for source, target, draws in _blocks(x, result, noise):
                self._draw_block(carrier, source, target, draws)
        return result

    def _draw_block(self, carrier: _Carrier, x: Array, out: Array, noise: Array) -> None:
        spacing = self._power(carrier, x)
        np.minimum(spacing, 2.0**self.highest, out=spacing)
        np.multiply(spacing, self.epsilon, out=spacing)
        beyond = np.flatnonzero(~(np.abs(x) <= self.largest))
        nearest = self.round(x[beyond])
        with np.errstate(invalid="ignore", over="ignore"):
            way = np.divide(x, spacing)
            # Towards 0, so that the rest is exact: 1 - 1e-9 would be 1 in float32.
            inner = np.trunc(way)
            np.abs(np.subtract(way, inner, out=way), out=way)
            np.add(inner, np.copysign(noise < way, x), out=inner)
            np.multiply(inner, spacing, out=out)
        out[beyond] = nearest

    def absorbed(self, w: Array, update: Array) -> NDArray[np.bool_]:
        """Where an update is lost: fl(w + Δ) = w although Δ ≠ 0.

        w: values of this format; update: same shape and type, not rounded.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            moved = self.round(np.add(w, update))
        lost: NDArray[np.bool_] = moved == w
        lost &= update != 0
        return lost


def _carrier(x: Array) -> _Carrier:
    carrier = _CARRIERS.get(x.dtype)
    if carrier is None:
        raise Refusal("x", str(x.dtype), "must be an array of float32 or float64")
    return carrier


def _blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """The same stretches of several arrays, laid flat; the second must be contiguous."""
    flat = tuple(array.reshape(-1) for array in arrays)
    if flat[0].size > _BLOCK:
        for start in range(0, flat[0].size, _BLOCK):
            yield tuple(array[start : start + _BLOCK] for array in flat)
    elif flat[0].size:
        yield flat


@lru_cache(maxsize=8)
def _constant(value: float, dtype: np.dtype[np.floating]) -> Array:
    """A block of one value: NumPy's maximum is four times faster with an array than a scalar."""
    block = np.full(_BLOCK, value).astype(dtype)
    block.flags.writeable = False
    return block


FORMATS: dict[str, Format] = {
    format.key: format
    for format in (
        Format("float64", "float64 (double)", 64, 53, -1022, 1023),
        Format("float32", "float32 (single)", 32, 24, -126, 127),
        Format("bfloat16", "bfloat16 (emulated)", 16, 8, -126, 127),
        Format("float16", "float16 (half, emulated)", 16, 11, -14, 15),
    )
}
