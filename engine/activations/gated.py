"""Self-gated activations: z times a gate that opens smoothly from 0 to 1 (SiLU, Swish, Mish)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .distributions import LOGISTIC
from .elementary import (
    FAR,
    exponentials,
    in_float64,
    in_pieces,
    is_narrow,
    product_error,
    together_in_float64,
    together_in_pieces,
)
from .record import Activation, Array, Intervals, Parameter, Rescaling, flat_tails_of

Exponentials = tuple[Array, Array | None, Array]


def gate(x: Array, w: Array, out: Array, error: Array | None = None) -> None:
    """x·σ(w + error), where `error` is what rounding took from w; x must not be −∞."""
    _gate(x, exponentials(w, is_narrow(w, out)), out, error)


def gate_derivative(w: Array, rise: Array, out: Array, error: Array | None = None) -> None:
    """σ(w)·(1 + x·w′·σ(−w)), the derivative of x·σ(w(x)); `rise` is x·w′(x), both are finite."""
    _gate_derivative(exponentials(w, is_narrow(w, out)), rise, out, error)


# Both leave the exponentials as they were.


def _gate(x: Array, of_w: Exponentials, out: Array, error: Array | None = None) -> None:
    m, tail, p = of_w
    both = m * p
    both += 1.0
    gated = m * x
    gated /= both
    if error is not None:
        shift = p / both
        shift *= error
        shift += 1.0
        gated *= shift
    np.multiply(gated, 1.0 if tail is None else tail, out=out)


def _gate_derivative(
    of_w: Exponentials, rise: Array, out: Array, error: Array | None = None
) -> None:
    m, tail, p = of_w
    # As one fraction, m·(1 + x·w′·p + q)/(1 + q)² with q = m·p, it is rounded least.
    q = m * p
    top = rise * p
    top += 1.0
    top += q
    top *= m
    if error is not None:
        shift = p * error
        shift /= 1.0 + q
        shift += 1.0
        top *= shift
    square = q + 2.0
    square *= q
    square += 1.0
    top /= square
    np.multiply(top, 1.0 if tail is None else tail, out=out)


@in_pieces
def silu(x: Array, out: Array) -> None:
    """z·σ(z)."""
    if x.dtype == np.float32:
        LOGISTIC.value(x, out)
        return
    x = np.maximum(x, -FAR)
    gate(x, x, out)


@in_pieces
def silu_derivative(x: Array, out: Array) -> None:
    """σ(z)·(1 + z·σ(−z))."""
    if x.dtype == np.float32:
        LOGISTIC.derivative(x, out)
        return
    x = x.clip(-FAR, FAR)
    gate_derivative(x, x, out)


@together_in_pieces
def silu_together(x: Array, value: Array, slope: Array) -> None:
    """`silu` and `silu_derivative` at once."""
    if x.dtype == np.float32:
        LOGISTIC.together(x, value, slope)
        return
    near = x.clip(-FAR, FAR)
    of_z = exponentials(near, narrow=False)
    _gate(np.maximum(x, near), of_z, value)
    _gate_derivative(of_z, near, slope)


def _scaled(x: Array, beta: Array | float, narrow: bool) -> tuple[Array, Array, Array | None]:
    """z where σ(βz) still moves, βz there, and what rounding took from it."""
    near = x.clip(-FAR / beta, FAR / beta)
    w = near * beta
    return near, w, None if narrow else product_error(near, beta, w)


@in_float64
def swish(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    """z·σ(βz)."""
    near, w, error = _scaled(x, beta, is_narrow(x, out))
    gate(np.maximum(x, near), w, out, error)


@in_float64
def swish_derivative(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    """σ(βz)·(1 + βz·σ(−βz))."""
    _, w, error = _scaled(x, beta, is_narrow(x, out))
    gate_derivative(w, w, out, error)


@together_in_float64
def swish_together(x: Array, value: Array, slope: Array, *, beta: Array | float = 1.0) -> None:
    """`swish` and `swish_derivative` at once."""
    narrow = is_narrow(x, value)
    near, w, error = _scaled(x, beta, narrow)
    of_w = exponentials(w, narrow)
    _gate(np.maximum(x, near), of_w, value, error)
    _gate_derivative(of_w, w, slope, error)


@in_float64
def _swish_by_beta(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    near, w, _ = _scaled(x, beta, True)
    np.abs(w, out=w)
    # σ(w)·σ(−w) = e^−|w|/(1 + e^−|w|)², the exponential halved to keep z²·e^−|w| from underflow.
    root = np.exp(np.multiply(w, -0.5, out=w), out=w)
    near *= root
    near /= 1.0 + root * root
    np.multiply(near, near, out=out)


def swish_by_parameters(z: Any, *, beta: Array | float = 1.0) -> dict[str, Array]:
    """z²·σ(βz)·σ(−βz)."""
    return {"beta": _swish_by_beta(z, beta=beta)}


_silu_tails = flat_tails_of(silu_derivative)


def _swish_tails(beta: float = 1.0) -> Intervals:
    # Swish is SiLU with its axis divided by β.
    return tuple((low / beta, high / beta) for low, high in _silu_tails())


def _unit_swish(beta: Array | float = 1.0) -> Rescaling:
    return Rescaling(beta, 1.0 / beta, {"beta": 1.0})


MishParts = tuple[Array, Array | None, Array, Array, Array, Array]


def _mish_parts(x: Array, narrow: bool) -> MishParts:
    """m, its tail, p, n = m + 2p, m·n, r = 2p²: tanh(softplus(z)) is m·n·tail/(m·n + r)."""
    m, tail, p = exponentials(x, narrow)
    n = p + p
    r = n * p
    n += m
    return m, tail, p, n, m * n, r


def _fill_mish(x: Array, parts: MishParts, out: Array) -> None:
    _, tail, _, _, mn, r = parts
    value = mn / (r + mn)
    value *= x
    np.multiply(value, 1.0 if tail is None else tail, out=out)


def _fill_mish_derivative(x: Array, parts: MishParts, out: Array) -> None:
    m, tail, p, n, mn, r = parts
    # 1 − tanh²(s) = 2r(m + p)²/d² and σ(z) = m/(m + p), d = m·n + r: over d², with m taken out,
    # the numerator is m·n² + r·(2·(p + z·p + z·m) + m).
    rise = x * p
    rise += p
    rise += x * m
    rise += rise
    rise += m
    rise *= r
    rise += n * mn
    rise *= m
    square = r + r
    square += mn
    square *= mn
    square += r * r
    rise /= square
    np.multiply(rise, 1.0 if tail is None else tail, out=out)


@in_float64
def mish(x: Array, out: Array) -> None:
    """z·tanh(softplus(z)) = z·n/(n + 2), n = eᶻ(eᶻ + 2)."""
    x = np.maximum(x, -FAR)
    _fill_mish(x, _mish_parts(x, is_narrow(x, out)), out)


@in_float64
def mish_derivative(x: Array, out: Array) -> None:
    """tanh(s) + z·(1 − tanh²(s))·σ(z), s = softplus(z)."""
    x = x.clip(-FAR, FAR)
    _fill_mish_derivative(x, _mish_parts(x, is_narrow(x, out)), out)


@together_in_float64
def mish_together(x: Array, value: Array, slope: Array) -> None:
    """`mish` and `mish_derivative` at once."""
    near = x.clip(-FAR, FAR)
    parts = _mish_parts(near, is_narrow(x, value))
    _fill_mish(np.maximum(x, near), parts, value)
    _fill_mish_derivative(near, parts, slope)


SILU = Activation(
    key="silu",
    label="SiLU",
    source="Hendrycks & Gimpel, Gaussian Error Linear Units, 2016; Elfwing, Uchibe & Doya, 2017",
    value=silu,
    derivative=silu_derivative,
    curved=True,
    saturation=_silu_tails,
    together=silu_together,
)
SWISH = Activation(
    key="swish",
    label="Swish",
    source="Ramachandran, Zoph & Le, Searching for Activation Functions, 2017",
    value=swish,
    derivative=swish_derivative,
    parameter_derivatives=swish_by_parameters,
    parameters=(
        Parameter(
            "beta",
            "sharpness β",
            1.0,
            low=0.0,
            open_low=True,
            positive=True,
            help="how fast the gate opens: 1 is SiLU, near 0 it is z/2, large values approach ReLU",
        ),
    ),
    curved=True,
    saturation=_swish_tails,
    together=swish_together,
    rescaling=_unit_swish,
)
MISH = Activation(
    key="mish",
    label="Mish",
    source="Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019",
    value=mish,
    derivative=mish_derivative,
    curved=True,
    saturation=flat_tails_of(mish_derivative),
    together=mish_together,
)
