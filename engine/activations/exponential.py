"""Exponential activations: ELU, CELU and SELU, which flatten below zero, and Softplus."""

from __future__ import annotations

from typing import Any

import numpy as np

from .elementary import (
    FAR,
    above_zero,
    below_zero,
    in_float64,
    in_pieces,
    is_narrow,
    prepare,
    product_error,
    step,
    times_falling,
    together_in_float64,
)
from .record import SATURATED, Activation, Array, Intervals, Parameter, Rescaling


@in_pieces
def elu(x: Array, out: Array, *, alpha: Array | float = 1.0) -> None:
    """max(z, 0) + α·(e^min(z, 0) − 1)."""
    _add_tail(x, np.expm1(below_zero(x)), alpha, out)


def _add_tail(x: Array, tail: Array, alpha: Array | float, out: Array) -> None:
    """max(z, 0) + α·tail, where the tail is from 0 down to −1, and above z; it is overwritten."""
    if not (isinstance(alpha, float) and alpha == 1.0):
        tail *= alpha
    if isinstance(alpha, float) and alpha <= 1.0:
        np.maximum(x, tail, out=out)
    else:
        np.add(tail, above_zero(x), out=out)


def elu_derivative(z: Any, *, out: Array | None = None, alpha: Array | float = 1.0) -> Array:
    """1 above 0, otherwise α·eᶻ."""
    z, out = prepare(z, out)
    return _two_sides(z, out, alpha, 1.0)


def _two_sides(z: Array, out: Array, left: Array | float, right: float) -> Array:
    """`right` above 0, otherwise left·eᶻ."""
    below_zero(z, out)
    if isinstance(left, float) and left == right == 1.0:
        return np.exp(out, out=out)
    times_falling(out, left)
    above = step(z)
    out *= 1.0 - above
    above *= right
    out += above
    return out


def elu_by_parameters(z: Any, *, alpha: Array | float = 1.0) -> dict[str, Array]:
    """e^min(z, 0) − 1."""
    negative = below_zero(prepare(z, None)[0])
    return {"alpha": np.expm1(negative, out=negative)}


def _elu_bend(alpha: float = 1.0) -> tuple[float, ...]:
    return () if alpha == 1.0 else (0.0,)


def _elu_tail(alpha: float = 1.0) -> Intervals:
    # α·eᶻ under 1 % of max(1, α); above 0 the derivative is 1.
    return ((-np.inf, np.minimum(np.log(SATURATED * np.maximum(1.0, 1.0 / alpha)), 0.0)),)


def _quotient(x: Array, alpha: Array | float) -> Array:
    """min(z, 0)/α, no further than where its exponential is 0."""
    q = below_zero(x)
    np.maximum(q, -FAR * alpha, out=q)
    q /= alpha
    return q


@in_float64
def celu(x: Array, out: Array, *, alpha: Array | float = 1.0) -> None:
    """max(z, 0) + α·(e^(min(z, 0)/α) − 1)."""
    q = _quotient(x, alpha)
    np.expm1(q, out=q)
    q *= alpha
    np.add(q, above_zero(x), out=out)
    if not (is_narrow(x, out) or (isinstance(alpha, float) and alpha <= 1.0)):
        # A quotient that underflows has lost bits of z, and the value there is z.
        lost = (x < 0.0) & (x > -np.finfo(x.dtype).tiny * alpha)
        if lost.any():
            np.copyto(out, x, where=lost)


@in_float64
def celu_derivative(x: Array, out: Array, *, alpha: Array | float = 1.0) -> None:
    """e^(min(z, 0)/α)."""
    q = _quotient(x, alpha)
    if is_narrow(x, out):
        np.exp(q, out=out)
        return
    error = product_error(q, alpha, np.maximum(below_zero(x), -FAR * alpha))
    error /= alpha
    np.exp(q, out=q)
    np.multiply(q, 1.0 - error, out=out)


@in_float64
def _celu_by_alpha(x: Array, out: Array, *, alpha: Array | float = 1.0) -> None:
    q = _quotient(x, alpha)
    rise = np.expm1(q)
    # e^q − 1 − q·e^q with e^q written as 1 + rise.
    rest = q * rise
    rest += q
    np.subtract(rise, rest, out=out)


def celu_by_parameters(z: Any, *, alpha: Array | float = 1.0) -> dict[str, Array]:
    """e^q − 1 − q·e^q, q = min(z, 0)/α."""
    return {"alpha": _celu_by_alpha(z, alpha=alpha)}


def _celu_tail(alpha: float = 1.0) -> Intervals:
    return ((-np.inf, alpha * np.log(SATURATED)),)


def _unit_celu(alpha: Array | float = 1.0) -> Rescaling:
    return Rescaling(1.0 / alpha, alpha, {"alpha": 1.0})


# The fixed point of mean 0 and variance 1.
_SCALE = 1.0507009873554805
_SCALE_ALPHA = 1.7580993408473766


@in_pieces
def selu(x: Array, out: Array) -> None:
    """λ·(max(z, 0) + α·(e^min(z, 0) − 1)), α = 1.67326…, λ = 1.05070…"""
    tail = np.expm1(below_zero(x))
    tail *= _SCALE_ALPHA
    right = above_zero(x)
    right *= _SCALE
    np.add(tail, right, out=out)


def selu_derivative(z: Any, *, out: Array | None = None) -> Array:
    """λ above 0, otherwise λα·eᶻ."""
    z, out = prepare(z, out)
    return _two_sides(z, out, _SCALE_ALPHA, _SCALE)


def _selu_tail() -> Intervals:
    return ((-np.inf, np.log(SATURATED)),)


def _scaled(x: Array, beta: Array | float) -> tuple[Array, Array]:
    """z where the exponential still moves, and −|βz| there."""
    near = x.clip(-FAR / beta, FAR / beta)
    w = near * beta
    np.abs(w, out=w)
    return near, np.negative(w, out=w)


def _exponential(x: Array, beta: Array | float, narrow: bool) -> tuple[Array, Array]:
    """z where the exponential still moves, and e^−|βz|."""
    near, w = _scaled(x, beta)
    if narrow:
        return near, np.exp(w, out=w)
    error = product_error(-np.abs(near), beta, w)
    error += 1.0
    np.exp(w, out=w)
    w *= error
    return near, w


@in_float64
def softplus(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    """log(1 + e^(βz))/β = max(z, 0) + log(1 + e^−|βz|)/β."""
    _, e = _exponential(x, beta, is_narrow(x, out))
    _fill_softplus(x, e, beta, out)


@in_float64
def softplus_derivative(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    """σ(βz)."""
    _fill_sigmoid(*_exponential(x, beta, is_narrow(x, out)), out)


@together_in_float64
def softplus_together(x: Array, value: Array, slope: Array, *, beta: Array | float = 1.0) -> None:
    """`softplus` and `softplus_derivative` at once."""
    near, e = _exponential(x, beta, is_narrow(x, value))
    _fill_softplus(x, e, beta, value)
    _fill_sigmoid(near, e, slope)


def _fill_softplus(x: Array, e: Array, beta: Array | float, out: Array) -> None:
    bend = np.log1p(e)
    bend /= beta
    np.add(bend, above_zero(x), out=out)


def _fill_sigmoid(near: Array, e: Array, out: Array) -> None:
    # σ is e/(1 + e) up to 0 and 1/(1 + e) above; since e ≤ 1, the larger of e and step is on top.
    numerator = np.maximum(e, step(near))
    np.divide(numerator, 1.0 + e, out=out)


@in_float64
def _softplus_by_beta(x: Array, out: Array, *, beta: Array | float = 1.0) -> None:
    near, e = _exponential(x, beta, True)
    bend = np.abs(near)
    bend *= e
    bend /= 1.0 + e
    bend += np.log1p(e) / beta
    bend /= beta
    np.negative(bend, out=out)


def softplus_by_parameters(z: Any, *, beta: Array | float = 1.0) -> dict[str, Array]:
    """−(log(1 + e)/β + |z|·e/(1 + e))/β, e = e^−|βz|."""
    return {"beta": _softplus_by_beta(z, beta=beta)}


def _softplus_tail(beta: float = 1.0) -> Intervals:
    # σ(βz) = 0.01.
    return ((-np.inf, -np.log(1.0 / SATURATED - 1.0) / beta),)


def _unit_softplus(beta: Array | float = 1.0) -> Rescaling:
    return Rescaling(beta, 1.0 / beta, {"beta": 1.0})


ELU = Activation(
    key="elu",
    label="ELU",
    source="Clevert, Unterthiner & Hochreiter, Exponential Linear Units, 2015",
    value=elu,
    derivative=elu_derivative,
    parameter_derivatives=elu_by_parameters,
    parameters=(
        Parameter(
            "alpha", "depth α", 1.0, low=0.0, open_low=True, positive=True, help="goes down to −α"
        ),
    ),
    curved=True,
    saturation=_elu_tail,
    kinks=_elu_bend,
)
CELU = Activation(
    key="celu",
    label="CELU",
    source="Barron, Continuously Differentiable Exponential Linear Units, 2017",
    value=celu,
    derivative=celu_derivative,
    parameter_derivatives=celu_by_parameters,
    parameters=(
        Parameter(
            "alpha",
            "depth α",
            1.0,
            low=0.0,
            open_low=True,
            positive=True,
            help="goes down to −α, without a kink for any α",
        ),
    ),
    curved=True,
    saturation=_celu_tail,
    rescaling=_unit_celu,
)
SELU = Activation(
    key="selu",
    label="SELU",
    source="Klambauer, Unterthiner, Mayr & Hochreiter, Self-Normalizing Neural Networks, 2017",
    value=selu,
    derivative=selu_derivative,
    curved=True,
    saturation=_selu_tail,
    kinks=lambda: (0.0,),
)
SOFTPLUS = Activation(
    key="softplus",
    label="Softplus",
    source="Dugas, Bengio et al., Incorporating Second-Order Functional Knowledge, 2001",
    value=softplus,
    derivative=softplus_derivative,
    parameter_derivatives=softplus_by_parameters,
    parameters=(
        Parameter(
            "beta",
            "sharpness β",
            1.0,
            low=0.0,
            open_low=True,
            positive=True,
            help="how sharply it bends; large values approach ReLU",
        ),
    ),
    curved=True,
    saturation=_softplus_tail,
    together=softplus_together,
    rescaling=_unit_softplus,
)
