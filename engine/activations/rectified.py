"""Rectified activations: piecewise linear ones that bend at zero, and the square of ReLU."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..settings import Refusal
from ..tracing import noted_whole
from .elementary import above_zero, below_zero, in_pieces, prepare, step
from .projection import keep_order
from .record import Activation, Array, Parameter, Rescaling, at_zero


def identity(z: Any, *, out: Array | None = None) -> Array:
    """z."""
    z, out = prepare(z, out)
    np.copyto(out, z, casting="same_kind")
    return out


def identity_derivative(z: Any, *, out: Array | None = None) -> Array:
    """1."""
    z, out = prepare(z, out)
    # Zero, or NaN where z is NaN.
    z.clip(0.0, 0.0, out=out)
    out += 1.0
    return out


@in_pieces
def relu(x: Array, out: Array) -> None:
    """max(z, 0)."""
    above_zero(x, out)


def relu_derivative(z: Any, *, out: Array | None = None) -> Array:
    """1 above 0, otherwise 0."""
    z, out = prepare(z, out)
    return step(z, out)


def _straight(z: Array, slope: Array | float, out: Array, *sides: Array | float) -> Array:
    """z·slope, with 0·∞ = 0: of the `sides` one whose slope is exactly 0 is flat."""
    with np.errstate(invalid="ignore"):
        np.multiply(z, slope, out=out)
    return _flat_sides(out, z, *sides)


@noted_whole
def _flat_sides(value: Array, z: Array, *sides: Array | float) -> None:
    if any(np.count_nonzero(side) < np.size(side) for side in sides):
        value[np.isnan(value) & ~np.isnan(z)] = 0.0


def leaky_relu(z: Any, *, out: Array | None = None, negative_slope: Array | float = 0.01) -> Array:
    """max(z, 0) + negative_slope·min(z, 0)."""
    z, out = prepare(z, out)
    if isinstance(negative_slope, float) and 0.0 < negative_slope <= 1.0:
        np.multiply(z, negative_slope, out=out)
        np.maximum(z, out, out=out)
        return out
    leaky_relu_together(z, value=out, slope=out, negative_slope=negative_slope)
    return out


def leaky_relu_derivative(
    z: Any, *, out: Array | None = None, negative_slope: Array | float = 0.01
) -> Array:
    """1 above 0, otherwise negative_slope."""
    z, out = prepare(z, out)
    step(z, out)
    if isinstance(negative_slope, float) and 0.0 <= negative_slope <= 1.0:
        # What maximum would do, which is slower against a scalar.
        out.clip(negative_slope, 1.0, out=out)
        return out
    flat = np.subtract(1.0, out)
    flat *= negative_slope
    out += flat
    return out


def leaky_relu_together(
    z: Array, *, value: Array, slope: Array, negative_slope: Array | float = 0.01
) -> None:
    """`leaky_relu` and `leaky_relu_derivative` at once; both places may be one, for the value."""
    leaky_relu_derivative(z, out=slope, negative_slope=negative_slope)
    _straight(z, slope, value, negative_slope)


def leaky_relu_by_parameters(z: Any, *, negative_slope: Array | float = 0.01) -> dict[str, Array]:
    """min(z, 0)."""
    return {"negative_slope": below_zero(prepare(z, None)[0])}


def two_slope_relu(
    z: Any,
    *,
    out: Array | None = None,
    negative_slope: Array | float = 0.25,
    positive_slope: Array | float = 1.0,
) -> Array:
    """positive_slope·max(z, 0) + negative_slope·min(z, 0)."""
    z, out = prepare(z, out)
    sides = {"negative_slope": negative_slope, "positive_slope": positive_slope}
    two_slope_relu_together(z, value=out, slope=out, **sides)
    return out


def two_slope_relu_derivative(
    z: Any,
    *,
    out: Array | None = None,
    negative_slope: Array | float = 0.25,
    positive_slope: Array | float = 1.0,
) -> Array:
    """positive_slope above 0, otherwise negative_slope."""
    z, out = prepare(z, out)
    step(z, out)
    left = np.subtract(1.0, out)
    left *= negative_slope
    out *= positive_slope
    out += left
    return out


def two_slope_relu_together(
    z: Array,
    *,
    value: Array,
    slope: Array,
    negative_slope: Array | float = 0.25,
    positive_slope: Array | float = 1.0,
) -> None:
    """`two_slope_relu` and `two_slope_relu_derivative` at once, likewise."""
    sides = {"negative_slope": negative_slope, "positive_slope": positive_slope}
    two_slope_relu_derivative(z, out=slope, **sides)
    _straight(z, slope, value, *sides.values())


def two_slope_relu_by_parameters(
    z: Any, *, negative_slope: Array | float = 0.25, positive_slope: Array | float = 1.0
) -> dict[str, Array]:
    """min(z, 0) and max(z, 0)."""
    z = prepare(z, None)[0]
    return {"negative_slope": below_zero(z), "positive_slope": above_zero(z)}


def _unit_positive_slope(
    negative_slope: Array | float = 0.25, positive_slope: Array | float = 1.0
) -> Rescaling:
    plain = {"negative_slope": negative_slope / positive_slope, "positive_slope": 1.0}
    return Rescaling(1.0, positive_slope, plain)


def _drawn_slope(lower: Any, upper: Any, noise: Any) -> Any:
    return lower + (upper - lower) * noise


def rrelu(
    z: Any,
    *,
    out: Array | None = None,
    lower: Array | float = 1 / 8,
    upper: Array | float = 1 / 3,
    noise: Array | float = 0.5,
) -> Array:
    """Leaky ReLU with the slope lower + (upper − lower)·noise."""
    return leaky_relu(z, out=out, negative_slope=_drawn_slope(lower, upper, noise))


def rrelu_derivative(
    z: Any,
    *,
    out: Array | None = None,
    lower: Array | float = 1 / 8,
    upper: Array | float = 1 / 3,
    noise: Array | float = 0.5,
) -> Array:
    """1 above 0, otherwise the drawn slope."""
    return leaky_relu_derivative(z, out=out, negative_slope=_drawn_slope(lower, upper, noise))


def rrelu_together(
    z: Array,
    *,
    value: Array,
    slope: Array,
    lower: Array | float = 1 / 8,
    upper: Array | float = 1 / 3,
    noise: Array | float = 0.5,
) -> None:
    """`rrelu` and `rrelu_derivative` at once."""
    drawn = _drawn_slope(lower, upper, noise)
    leaky_relu_together(z, value=value, slope=slope, negative_slope=drawn)


def rrelu_by_parameters(
    z: Any,
    *,
    lower: Array | float = 1 / 8,
    upper: Array | float = 1 / 3,
    noise: Array | float = 0.5,
) -> dict[str, Array]:
    """min(z, 0), shared between the two ends of the range as the draw divides it."""
    negative = below_zero(prepare(z, None)[0])
    shares = {"lower": 1.0 - noise, "upper": noise}
    return {
        name: _straight(negative, share, np.empty_like(negative), share)
        for name, share in shares.items()
    }


def _ordered(lower: float, upper: float) -> None:
    if lower > upper:
        raise Refusal("lower", lower, f"must not be above upper ({upper:g})")


def _keep_ordered(lower: Array | float, upper: Array | float) -> None:
    keep_order(lower, upper)


def squared_relu(z: Any, *, out: Array | None = None) -> Array:
    """max(z, 0)²."""
    z, out = prepare(z, out)
    above_zero(z, out)
    # Past the root of the largest number the right result is infinity.
    with np.errstate(over="ignore"):
        return np.multiply(out, out, out=out)


def squared_relu_derivative(z: Any, *, out: Array | None = None) -> Array:
    """2·max(z, 0)."""
    z, out = prepare(z, out)
    above_zero(z, out)
    with np.errstate(over="ignore"):
        return np.add(out, out, out=out)


def _bends(negative_slope: float = 0.01, positive_slope: float = 1.0) -> tuple[float, ...]:
    return () if negative_slope == positive_slope else (0.0,)


def _rrelu_bends(lower: float = 1 / 8, upper: float = 1 / 3) -> tuple[float, ...]:
    return () if lower == upper == 1.0 else (0.0,)


def _slope(default: float, trained: str = "fixed") -> Parameter:
    return Parameter(
        "negative_slope",
        "negative slope",
        default,
        trained=trained,
        help="slope below 0; 0 is ReLU, 1 a straight line",
    )


IDENTITY = Activation(
    key="identity",
    label="Identity",
    source="Saxe, McClelland & Ganguli, Learning Dynamics of Deep Linear Networks, 2014",
    value=identity,
    derivative=identity_derivative,
)
RELU = Activation(
    key="relu",
    label="ReLU",
    source="Nair & Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010",
    value=relu,
    derivative=relu_derivative,
    kinks=at_zero,
)
LEAKY_RELU = Activation(
    key="leaky_relu",
    label="Leaky ReLU",
    source="Maas, Hannun & Ng, Rectifier Nonlinearities Improve Acoustic Models, 2013",
    value=leaky_relu,
    derivative=leaky_relu_derivative,
    parameter_derivatives=leaky_relu_by_parameters,
    parameters=(_slope(0.01),),
    kinks=_bends,
)
PRELU = Activation(
    key="prelu",
    label="PReLU",
    source="He, Zhang, Ren & Sun, Delving Deep into Rectifiers, 2015",
    value=partial(leaky_relu, negative_slope=0.25),
    derivative=partial(leaky_relu_derivative, negative_slope=0.25),
    parameter_derivatives=partial(leaky_relu_by_parameters, negative_slope=0.25),
    parameters=(_slope(0.25, trained="layer"),),
    kinks=partial(_bends, negative_slope=0.25),
    together=partial(leaky_relu_together, negative_slope=0.25),
)
RRELU = Activation(
    key="rrelu",
    label="RReLU",
    source="Xu, Wang, Chen & Li, Empirical Evaluation of Rectified Activations, 2015",
    value=rrelu,
    derivative=rrelu_derivative,
    parameter_derivatives=rrelu_by_parameters,
    parameters=(
        Parameter("lower", "lower slope", 1 / 8, help="smallest slope drawn below 0"),
        Parameter("upper", "upper slope", 1 / 3, help="largest slope drawn below 0"),
    ),
    kinks=_rrelu_bends,
    stochastic=True,
    together=rrelu_together,
    constraint=_ordered,
    project=_keep_ordered,
)
SQUARED_RELU = Activation(
    key="squared_relu",
    label="Squared ReLU",
    source="So, Mańke, Liu, Dai, Shazeer & Le, Primer: Searching for Efficient Transformers, 2021",
    value=squared_relu,
    derivative=squared_relu_derivative,
    curved=True,
)
TWO_SLOPE_RELU = Activation(
    key="two_slope_relu",
    label="Two-slope ReLU",
    source="PReLU (He et al., 2015) with the positive slope, which is redundant, trained too",
    value=two_slope_relu,
    derivative=two_slope_relu_derivative,
    parameter_derivatives=two_slope_relu_by_parameters,
    parameters=(
        _slope(0.25, trained="layer"),
        Parameter(
            "positive_slope",
            "positive slope",
            1.0,
            trained="layer",
            help="slope above 0; only rescales the next layer's weights",
        ),
    ),
    kinks=partial(_bends, negative_slope=0.25),
    together=two_slope_relu_together,
    rescaling=_unit_positive_slope,
)
