"""Activations that clip or squash: ReLU6, Hardtanh, Hardswish, tanh, sigmoid and softsign."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..settings import Refusal
from .elementary import below_zero, in_pieces, prepare, step
from .projection import keep_order
from .record import Activation, Array, Parameter, flat_tails_of


def hardtanh(
    z: Any,
    *,
    out: Array | None = None,
    min_val: Array | float = -1.0,
    max_val: Array | float = 1.0,
) -> Array:
    """z, no less than min_val and no more than max_val."""
    z, out = prepare(z, out)
    z.clip(min_val, max_val, out=out)
    return out


def hardtanh_derivative(
    z: Any,
    *,
    out: Array | None = None,
    min_val: Array | float = -1.0,
    max_val: Array | float = 1.0,
) -> Array:
    """1 above min_val and up to max_val, otherwise 0."""
    z, out = prepare(z, out)
    np.subtract(z, min_val, out=out)
    step(out, out)
    above_max = np.subtract(z, max_val, out=np.empty_like(z))
    # A product, not a difference: bounds in arrays may cross; the value is then flat everywhere.
    out *= np.subtract(1.0, step(above_max, above_max), out=above_max)
    return out


def hardtanh_by_parameters(
    z: Any, *, min_val: Array | float = -1.0, max_val: Array | float = 1.0
) -> dict[str, Array]:
    """1 where the bound holds the value, otherwise 0; where they have crossed, max_val holds it."""
    z, at_min = prepare(z, None)
    at_max = np.maximum(z, min_val, out=np.empty_like(z))
    at_max -= max_val
    step(at_max, at_max)
    np.subtract(z, min_val, out=at_min)
    step(at_min, at_min)
    np.subtract(1.0, at_min, out=at_min)
    at_min *= np.less_equal(min_val, max_val)
    return {"min_val": at_min, "max_val": at_max}


def _apart(min_val: float, max_val: float) -> None:
    if min_val >= max_val:
        raise Refusal("min_val", min_val, f"must be below max_val ({max_val:g})")


# A trained window stays at least so wide: a unit whose bounds have met is dead for good.
NARROWEST = 1 / 16


def _keep_apart(min_val: Array | float, max_val: Array | float) -> None:
    keep_order(min_val, max_val, NARROWEST)


def _bounds(min_val: float = -1.0, max_val: float = 1.0) -> tuple[float, ...]:
    return (min_val, max_val)


def relu6(z: Any, *, out: Array | None = None) -> Array:
    """min(max(z, 0), 6)."""
    return hardtanh(z, out=out, min_val=0.0, max_val=6.0)


def relu6_derivative(z: Any, *, out: Array | None = None) -> Array:
    """1 above 0 and up to 6, otherwise 0."""
    return hardtanh_derivative(z, out=out, min_val=0.0, max_val=6.0)


def hardswish(z: Any, *, out: Array | None = None) -> Array:
    """z·min(max(z + 3, 0), 6)/6."""
    z, out = prepare(z, out)
    np.add(z, 3.0, out=out)
    out.clip(0.0, 6.0, out=out)
    out /= 6.0
    out *= np.maximum(z, -3.0)
    return out


def hardswish_derivative(z: Any, *, out: Array | None = None) -> Array:
    """0 up to −3, (2z + 3)/6 up to 3, then 1."""
    z, out = prepare(z, out)
    z.clip(-3.0, 3.0, out=out)
    out += out
    out += 3.0
    out /= 6.0
    edge = np.add(z, 3.0, out=np.empty_like(z))
    out *= step(edge, edge)
    np.subtract(z, 3.0, out=edge)
    step(edge, edge)
    # The parabola arrives at 3 with slope 1½ and goes on with 1.
    edge *= 0.5
    out -= edge
    return out


def tanh(z: Any, *, out: Array | None = None) -> Array:
    """tanh z."""
    z, out = prepare(z, out)
    np.tanh(z, out=out)
    return out


@in_pieces
def tanh_derivative(x: Array, out: Array) -> None:
    """1 − tanh² z = 4e/(1 + e)², e = e^−2|z|."""
    np.abs(x, out=out)
    out *= -2.0
    np.exp(out, out=out)
    square = _square_from_1(out)
    out *= 4.0
    out /= square


def _square_from_1(e: Array) -> Array:
    """(1 + e)² for e ≤ 1, in float32 as 1 + e·(2 + e), which is rounded less.

    With NumPy's float32 exponential, up to 2.5 ulp off, e/(1 + e)² is then good to 3.9.
    """
    if e.dtype == np.float32:
        square = e + 2.0
        square *= e
        square += 1.0
        return square
    square = e + 1.0
    square *= square
    return square


@in_pieces
def sigmoid(x: Array, out: Array) -> None:
    """σ(z) = e^min(z, 0)/(1 + e^−|z|)."""
    both = np.abs(x)
    np.negative(both, out=both)
    np.exp(both, out=both)
    both += 1.0
    left = below_zero(x)
    np.divide(np.exp(left, out=left), both, out=out)


@in_pieces
def sigmoid_derivative(x: Array, out: Array) -> None:
    """σ(z)·σ(−z)."""
    e = np.abs(x)
    np.negative(e, out=e)
    np.exp(e, out=e)
    np.divide(e, _square_from_1(e), out=out)


# Past it z/(1 + |z|) rounds to ±1 in either precision.
_ONE = 2.0**60


def softsign(z: Any, *, out: Array | None = None) -> Array:
    """z/(1 + |z|)."""
    z, out = prepare(z, out)
    near = z.clip(-_ONE, _ONE)
    np.abs(near, out=out)
    out += 1.0
    np.divide(near, out, out=out)
    return out


def softsign_derivative(z: Any, *, out: Array | None = None) -> Array:
    """1/(1 + |z|)²."""
    z, out = prepare(z, out)
    np.abs(z, out=out)
    out += 1.0
    np.divide(1.0, out, out=out)
    out *= out
    return out


RELU6 = Activation(
    key="relu6",
    label="ReLU6",
    source="Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010",
    value=relu6,
    derivative=relu6_derivative,
    kinks=lambda: (0.0, 6.0),
)
HARDTANH = Activation(
    key="hardtanh",
    label="Hardtanh",
    source="Collobert, Large Scale Machine Learning (thesis), 2004",
    value=hardtanh,
    derivative=hardtanh_derivative,
    parameter_derivatives=hardtanh_by_parameters,
    parameters=(
        Parameter(
            "min_val",
            "lower bound",
            -1.0,
            help="smallest value it returns; when trained, the two stay 1/16 apart",
        ),
        Parameter(
            "max_val",
            "upper bound",
            1.0,
            help="largest value it returns; when trained, the two stay 1/16 apart",
        ),
    ),
    kinks=_bounds,
    constraint=_apart,
    project=_keep_apart,
)
HARDSWISH = Activation(
    key="hardswish",
    label="Hardswish",
    source="Howard et al., Searching for MobileNetV3, 2019",
    value=hardswish,
    derivative=hardswish_derivative,
    curved=True,
    kinks=lambda: (-3.0, 3.0),
)
TANH = Activation(
    key="tanh",
    label="tanh",
    source="LeCun, Bottou, Orr & Müller, Efficient BackProp, 1998",
    value=tanh,
    derivative=tanh_derivative,
    curved=True,
    saturation=flat_tails_of(tanh_derivative),
)
SIGMOID = Activation(
    key="sigmoid",
    label="Sigmoid",
    source="Rumelhart, Hinton & Williams, Learning Representations by Back-Propagation, 1986",
    value=sigmoid,
    derivative=sigmoid_derivative,
    curved=True,
    saturation=flat_tails_of(sigmoid_derivative),
)
SOFTSIGN = Activation(
    key="softsign",
    label="Softsign",
    source="Glorot & Bengio, Understanding the Difficulty of Training Deep Networks, 2010",
    value=softsign,
    derivative=softsign_derivative,
    curved=True,
    saturation=flat_tails_of(softsign_derivative),
)
