"""GELU: z times the normal distribution's Φ(z), exact or through the tanh approximation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .distributions import NORMAL
from .elementary import (
    above_zero,
    falling_in_two,
    in_float64,
    in_pieces,
    is_narrow,
    step,
    together_in_pieces,
    top_bits,
)
from .gated import gate, gate_derivative
from .record import Activation, Array, Choice, Intervals, flat_tails_of

# R(x) = Φ(−x)·e^(x²/2), the scaled tail of the normal distribution: a polynomial in t =
# (x − 5)/(x + 5) for (x + 1)·R(x), one expression good to 2e-17 for every x ≥ 0, from the Chebyshev
# series of erfcx (Shepherd & Laframboise 1981). scipy.special's erfcx is slower, off by up to 6
# ulp, and costs 0.25 s to import.
_TAIL = (
    0.46151582985003775,
    -0.09155228183400904,
    0.031030368425963708,
    0.010002352385229382,
    -0.026401042966308307,
    0.024536963243678652,
    -0.015170415402514863,
    0.006522000667783896,
    -0.00167607234455447,
    7.791597409338999e-06,
    0.00018233414511643843,
    -5.36075811148722e-05,
    -9.896097759279782e-06,
    9.05982468125664e-06,
    -7.034644683537101e-08,
    -1.3074486019237587e-06,
    1.27878221820937e-07,
    1.9627809920091187e-07,
    -2.6286205089898754e-08,
    -3.095201755804207e-08,
    3.627373163401201e-09,
    4.4011596227599254e-09,
    -2.8220772290629865e-10,
    -3.815816262632953e-10,
)
# Φ(−39) is 0 in float64; clamping keeps 0·∞ from turning into NaN.
_FAR = 40.0
_PEAK = 1.0 / math.sqrt(2.0 * math.pi)


def _scaled_tail(x: Array) -> Array:
    """R(x) = Φ(−x)·e^(x²/2) for x ≥ 0."""
    t = x + 5.0
    np.divide(x - 5.0, t, out=t)
    highest, *rest = reversed(_TAIL)
    total = t * highest
    for coefficient in rest[:-1]:
        total += coefficient
        total *= t
    total += rest[-1]
    total /= x + 1.0
    return total


def _bell(x: Array) -> tuple[Array, Array]:
    """e^(−x²/2) as a product of two; the second is to be multiplied by last.

    The square is taken of x cut short, exactly, and the rest of it put right by a factor of its
    own.
    """
    head = top_bits(x, 26)
    square = head * head
    square *= -0.5
    bell, tail = falling_in_two(square)
    rest = x - head
    rest *= -0.5 * (x + head)
    bell *= np.exp(rest, out=rest)
    return bell, tail


Parts = tuple[Array, Array, Array, Array]


def _parts(x: Array) -> Parts:
    """|z| as far as it matters, the bell there in two factors, and the scaled tail."""
    far = np.abs(x)
    np.minimum(far, _FAR, out=far)
    return far, *_bell(far), _scaled_tail(far)


def _fill_value(x: Array, parts: Parts, out: Array) -> None:
    far, bell, tail, scaled = parts
    below = bell * scaled
    below *= far
    below *= tail
    np.subtract(above_zero(x), below, out=out)


def _fill_derivative(x: Array, parts: Parts, out: Array) -> None:
    far, bell, tail, scaled = parts
    left = far * _PEAK
    np.subtract(scaled, left, out=left)
    left *= bell
    left *= tail
    # `left` is the derivative at −|z|; at +|z| it is 1 − left.
    right = step(x)
    left *= 1.0 - 2.0 * right
    np.add(right, left, out=out)


@in_pieces
def exact_gelu(x: Array, out: Array) -> None:
    """z·Φ(z) = max(z, 0) − |z|·Φ(−|z|)."""
    if x.dtype == np.float32:
        NORMAL.value(x, out)
    else:
        _fill_value(x, _parts(x), out)


@in_pieces
def exact_gelu_derivative(x: Array, out: Array) -> None:
    """Φ(z) + z·φ(z)."""
    if x.dtype == np.float32:
        NORMAL.derivative(x, out)
    else:
        _fill_derivative(x, _parts(x), out)


@together_in_pieces
def _exact_gelu_together(x: Array, value: Array, slope: Array) -> None:
    if x.dtype == np.float32:
        NORMAL.together(x, value, slope)
    else:
        parts = _parts(x)
        _fill_value(x, parts, value)
        _fill_derivative(x, parts, slope)


# The gate's argument is 2√(2/π)·(z + 0.044715 z³) = _LINEAR·z + _CUBIC·z³. The leading bits of both
# factors are split off, so that their products with a shortened z are exact.
_LINEAR = 1.5957691216057308
_LINEAR_TOP, _LINEAR_REST = 1.5957691216044623, 1.2684411348486127e-12
_CUBIC = 0.07135481627260025
_CUBIC_TOP, _CUBIC_REST = 0.07135391235351562, 9.039190846237764e-07
# The gate is 0 in float64 below −21.5 and 1 above 8.
_GATE_FAR = 30.0


def _gate_argument(x: Array) -> Array:
    w = x * x
    w *= _CUBIC
    w += _LINEAR
    w *= x
    return w


def _gate_argument_in_two(x: Array) -> tuple[Array, Array, Array]:
    """The gate's argument as a rounded sum, what rounding took from it, and its cubic part."""
    head = top_bits(x, 12)
    rest = x - head
    cube = head * head * head
    linear = _LINEAR_TOP * head
    cubic = _CUBIC_TOP * cube
    w = cubic + linear
    # Knuth's exact sum of two numbers.
    of_linear = w - cubic
    error = (cubic - (w - of_linear)) + (linear - of_linear)
    more_cubic = _CUBIC_REST * cube
    more_cubic += _CUBIC * rest * (3.0 * head * x + rest * rest)
    error += _LINEAR_REST * head
    error += _LINEAR * rest
    error += more_cubic
    total = w + error
    error -= total - w
    cubic += more_cubic
    return total, error, cubic


@in_float64
def tanh_gelu(x: Array, out: Array) -> None:
    """½z·(1 + tanh(√(2/π)·(z + 0.044715 z³)))."""
    near = x.clip(-_GATE_FAR, _GATE_FAR)
    if is_narrow(x, out):
        gate(np.maximum(x, near), _gate_argument(near), out)
    else:
        w, error, _ = _gate_argument_in_two(near)
        gate(np.maximum(x, near), w, out, error)


@in_float64
def tanh_gelu_derivative(x: Array, out: Array) -> None:
    """The derivative of the tanh form."""
    near = x.clip(-_GATE_FAR, _GATE_FAR)
    if is_narrow(x, out):
        rise = near * near
        rise *= 3.0 * _CUBIC
        rise += _LINEAR
        rise *= near
        gate_derivative(_gate_argument(near), rise, out)
    else:
        w, error, cubic = _gate_argument_in_two(near)
        # z·w′(z), the cubic part counting three times.
        cubic += cubic
        cubic += w
        gate_derivative(w, cubic, out, error)


def _tanh_gelu_together(z: Array, *, value: Array, slope: Array) -> None:
    tanh_gelu(z, out=value)
    tanh_gelu_derivative(z, out=slope)


_FORMS = {
    "none": (exact_gelu, exact_gelu_derivative, _exact_gelu_together),
    "tanh": (tanh_gelu, tanh_gelu_derivative, _tanh_gelu_together),
}
_APPROXIMATE = Choice(
    "approximate",
    "approximation",
    "none",
    tuple(_FORMS),
    help="none: with the exact normal distribution; tanh: a faster form, off by up to 5e-4",
)


def gelu(z: Any, *, out: Array | None = None, approximate: str = "none") -> Array:
    """z·Φ(z), exact or approximate; another form raises `Refusal`."""
    _APPROXIMATE.check(approximate)
    return _FORMS[approximate][0](z, out=out)


def gelu_derivative(z: Any, *, out: Array | None = None, approximate: str = "none") -> Array:
    """Φ(z) + z·φ(z), or the tanh form's own derivative; another form raises `Refusal`."""
    _APPROXIMATE.check(approximate)
    return _FORMS[approximate][1](z, out=out)


def gelu_together(z: Array, *, value: Array, slope: Array, approximate: str = "none") -> None:
    """`gelu` and `gelu_derivative` at once."""
    _FORMS[approximate][2](z, value=value, slope=slope)


_TAILS = {name: flat_tails_of(derivative) for name, (_, derivative, _) in _FORMS.items()}


def _tails(approximate: str = "none") -> Intervals:
    return _TAILS[approximate]()


def _no_continuous_parameters(z: Any, *, approximate: str = "none") -> dict[str, Array]:
    return {}


GELU = Activation(
    key="gelu",
    label="GELU",
    source="Hendrycks & Gimpel, Gaussian Error Linear Units, 2016",
    value=gelu,
    derivative=gelu_derivative,
    parameter_derivatives=_no_continuous_parameters,
    choices=(_APPROXIMATE,),
    curved=True,
    saturation=_tails,
    together=gelu_together,
)
