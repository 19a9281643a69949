"""The pieces activations are made of: steps, half-lines, exponentials that do not overflow.

Branches on the sign of `z` cost ten times an arithmetic pass, so both sides are written as one
expression of max(z, 0) and min(z, 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any, cast

import numpy as np

from ..tracing import Traced, noted_whole
from .record import Array

# e^−x is 0 in float64 from x = 746 on; clamping here keeps 0·∞ from turning into NaN.
FAR = 800.0

# Numbers that are worked on at once.
PIECE = 2**13


def prepare(z: Any, out: Array | None) -> tuple[Array, Array]:
    """`z` as a floating-point array, and an array for the result."""
    if not isinstance(z, Traced):
        z = np.asarray(z)
    if z.dtype.kind != "f":
        z = z.astype(np.float64)
    return z, np.empty_like(z) if out is None else out


def in_pieces(function: Callable[..., Any]) -> Callable[..., Array]:
    """Make `function(x, out, **parameters)`, where `x` has an axis, an activation's function.

    It is called with pieces that fit the cache: intermediate results of a larger array would each
    be memory that the system hands out anew, which costs more than the arithmetic.
    """

    @wraps(function)
    def of_z(z: Any, *, out: Array | None = None, **parameters: Any) -> Array:
        z, out = prepare(z, out)
        _fill(function, z, (out,), parameters)
        return out

    return of_z


def together_in_pieces(function: Callable[..., Any]) -> Callable[..., None]:
    """Likewise `function(x, value, slope, **parameters)`, which fills both."""

    @wraps(function)
    def of_z(z: Array, *, value: Array, slope: Array, **parameters: Any) -> None:
        _fill(function, z, (value, slope), parameters)

    return of_z


def in_float64(function: Callable[..., Any]) -> Callable[..., Array]:
    """Make `function(x, out, **parameters)`, with float64 `x`, an activation's function, in pieces.

    NumPy's float32 exponential is up to 2.5 ulp off, which leaves no room for more than two or
    three operations after it: so float32 is computed in float64 here and rounded once, by the last
    operation as it fills `out`.
    """
    return in_pieces(_widened(function))


def together_in_float64(function: Callable[..., Any]) -> Callable[..., None]:
    """Likewise `function(x, value, slope, **parameters)`, which fills both."""
    return together_in_pieces(_widened(function))


def _widened(function: Callable[..., Any]) -> Callable[..., None]:
    @wraps(function)
    def of_x(x: Array, *outs: Array, **parameters: Any) -> None:
        function(x.astype(np.float64, copy=False), *outs, **parameters)

    return of_x


def _fill(
    function: Callable[..., Any], z: Array, outs: tuple[Array, ...], parameters: dict[str, Any]
) -> None:
    """Call `function(x, *outs, **parameters)` on pieces of `z` that fit the cache."""
    if z.size > PIECE:
        for cut in _cuts(z):
            of_piece = {
                name: np.broadcast_to(value, z.shape)[cut] if np.ndim(value) else value
                for name, value in parameters.items()
            }
            _fill(function, z[cut], tuple(out[cut] for out in outs), of_piece)
        return
    if not z.ndim:
        # Arithmetic on arrays without an axis returns scalars, which `out=` does not take.
        z, outs = z.reshape(1), tuple(out.reshape(1) for out in outs)
    function(z, *outs, **parameters)


def _cuts(z: Array) -> Iterator[tuple[slice, ...]]:
    """The first axis along which it can be cut, in pieces near the size wanted."""
    axis = next(axis for axis, length in enumerate(z.shape) if length > 1)
    rows = max(1, PIECE * z.shape[axis] // z.size)
    for start in range(0, z.shape[axis], rows):
        yield (slice(None),) * axis + (slice(start, start + rows),)


def is_narrow(x: Array, out: Array) -> bool:
    """Whether float64 is wide enough here to hold products of float32 numbers exactly."""
    return out.dtype != x.dtype


def above_zero(z: Array, out: Array | None = None) -> Array:
    """max(z, 0)."""
    out = np.empty_like(z) if out is None else out
    return np.maximum(z, _zeros(z, out), out=out)


def below_zero(z: Array, out: Array | None = None) -> Array:
    """min(z, 0)."""
    out = np.empty_like(z) if out is None else out
    return np.minimum(z, _zeros(z, out), out=out)


def _zeros(z: Array, out: Array) -> Array:
    """Zeros as an array of the shape of `z`: against a scalar, maximum is twice as slow.

    Those for a piece lie ready; larger arrays get them in `out`.
    """
    if z.size <= PIECE:
        return _piece_of_zeros(z.dtype)[: z.size].reshape(z.shape)
    out.fill(0.0)
    return out


@cache
def _piece_of_zeros(dtype: np.dtype[Any]) -> Array:
    return np.zeros(PIECE, dtype)


def step(z: Array, out: Array | None = None) -> Array:
    """1 where z > 0, 0 where z ≤ 0, NaN where z is NaN."""
    out = np.empty_like(z) if out is None else out
    z.clip(0.0, 1.0, out=out)
    return np.ceil(out, out=out)


def falling(w: Array, narrow: bool) -> tuple[Array, Array | None]:
    """m and tail with m·tail = e^w for w ≤ 0, as in `falling_in_two`; `w` is overwritten.

    What becomes float32 vanishes long before e^w nears the smallest number, and has no tail.
    """
    return (np.exp(w, out=w), None) if narrow else falling_in_two(w)


def falling_in_two(w: Array, deepest: float = -600.0) -> tuple[Array, Array]:
    """m and tail with m·tail = e^w for w ≤ 0; `w` is overwritten, and m is e^`deepest` at least.

    The tail is 1 down to where e^w nears the smallest number: a product like z·e^w that multiplies
    by it last keeps the bits that e^w has lost to underflow.
    """
    tail = below_zero(w - deepest)
    np.exp(tail, out=tail)
    np.maximum(w, deepest, out=w)
    return np.exp(w, out=w), tail


@noted_whole
def times_falling(w: Array, factor: Array | float) -> None:
    """factor·e^w for w ≤ 0, in place of `w`, with the bits that a large factor brings back.

    Two exponentials are worked out only where any number reaches so far; elsewhere the second is 1,
    so that no number's bits depend on its neighbours. A factor up to 2 brings nothing back.
    """
    deepest = -80.0 if w.dtype == np.float32 else -600.0
    small = isinstance(factor, float) and factor <= 2.0
    # Written so that a NaN, whose comparisons are all false, counts as far.
    if small or w.min(initial=0.0) >= deepest:
        np.exp(w, out=w)
        w *= factor
    else:
        _, tail = falling_in_two(w, deepest)
        w *= factor
        w *= tail


def exponentials(w: Array, narrow: bool) -> tuple[Array, Array | None, Array]:
    """m, tail and p with m·tail = e^min(w, 0), as in `falling`, and p = e^−max(w, 0).

    Every logistic form follows: since m or p is 1, σ(w) = m/(1 + m·p) and σ(−w) = p/(1 + m·p).
    """
    p = above_zero(w)
    np.negative(p, out=p)
    np.exp(p, out=p)
    m, tail = falling(below_zero(w), narrow)
    return m, tail, p


def top_bits(x: Array | float, kept: int) -> Array:
    """`x` cut to its `kept` leading bits, so that products of such numbers are exact."""
    return (_wide(x).view(np.int64) & -(1 << (53 - kept))).view(np.float64)


def product_error(x: Array, factor: Array | float, product: Array) -> Array:
    """x·factor − product, where `product` is the rounded x·factor (Veltkamp 1968, Dekker 1971).

    e^w is as wrong as w·(relative error of w): one rounding of w = βz costs up to 370 ulp at the
    far end of the exponential.
    """
    x_top = top_bits(x, 26)
    factor = _wide(factor)
    factor_top = top_bits(factor, 26)
    error = x_top * factor_top
    error -= product
    error += x_top * (factor - factor_top)
    error += (x - x_top) * factor
    return error


def _wide(x: Array | float) -> Array:
    return cast(Array, x) if isinstance(x, Traced) else np.asarray(x, np.float64)
