"""Activations against mpmath, to 4 ulp in both precisions, from infinity to subnormals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from engine.activations import ACTIVATIONS

ULPS = 4.0
Real = Any
Functions = tuple[Callable[..., Real], Callable[..., Real]]


def sigma(x: Real) -> Real:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Real) -> Real:
    return mp.log1p(mp.exp(-abs(x))) + max(x, 0)


def phi(x: Real) -> Real:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def leaky(x: Real, negative_slope: Real) -> Real:
    return x if x > 0 else negative_slope * x


def leaky_derivative(x: Real, negative_slope: Real) -> Real:
    return mpf(1) if x > 0 else negative_slope


def between(x: Real, low: Real, high: Real) -> Real:
    return mpf(1 if low < x <= high else 0)


def gelu(x: Real, approximate: str) -> Real:
    if approximate == "none":
        return x * phi(x)
    return x * sigma(mp.sqrt(8 / mp.pi) * (x + mpf("0.044715") * x**3))


def gelu_derivative(x: Real, approximate: str) -> Real:
    if approximate == "none":
        return phi(x) + x * mp.npdf(x)
    w = mp.sqrt(8 / mp.pi) * (x + mpf("0.044715") * x**3)
    slope = mp.sqrt(8 / mp.pi) * (1 + 3 * mpf("0.044715") * x**2)
    return sigma(w) * (1 + x * slope * sigma(-w))


def mish_derivative(x: Real) -> Real:
    s = softplus(x)
    return mp.tanh(s) + x * mp.sech(s) ** 2 * sigma(x)


SELU_ALPHA = mpf("1.6732632423543772848170429916717")
SELU_SCALE = mpf("1.0507009873554804934193349852946")

TRUTH: dict[str, Functions] = {
    "identity": (lambda x: x, lambda x: mpf(1)),
    "relu": (lambda x: max(x, 0), lambda x: between(x, 0, mp.inf)),
    "leaky_relu": (leaky, leaky_derivative),
    "prelu": (leaky, leaky_derivative),
    "rrelu": (
        lambda x, lower, upper: leaky(x, (lower + upper) / 2),
        lambda x, lower, upper: leaky_derivative(x, (lower + upper) / 2),
    ),
    "relu6": (lambda x: min(max(x, 0), 6), lambda x: between(x, 0, 6)),
    "elu": (
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
        lambda x, alpha: mpf(1) if x > 0 else alpha * mp.exp(x),
    ),
    "celu": (
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x / alpha),
        lambda x, alpha: mpf(1) if x > 0 else mp.exp(x / alpha),
    ),
    "selu": (
        lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
        lambda x: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * mp.exp(x)),
    ),
    "gelu": (gelu, gelu_derivative),
    "silu": (lambda x: x * sigma(x), lambda x: sigma(x) * (1 + x * sigma(-x))),
    "swish": (
        lambda x, beta: x * sigma(beta * x),
        lambda x, beta: sigma(beta * x) * (1 + beta * x * sigma(-beta * x)),
    ),
    "mish": (lambda x: x * mp.tanh(softplus(x)), mish_derivative),
    "softplus": (lambda x, beta: softplus(beta * x) / beta, lambda x, beta: sigma(beta * x)),
    "hardtanh": (
        lambda x, min_val, max_val: min(max(x, min_val), max_val),
        lambda x, min_val, max_val: between(x, min_val, max_val),
    ),
    "hardswish": (
        lambda x: x * min(max(x + 3, 0), 6) / 6,
        lambda x: mpf(1) if x > 3 else (2 * x + 3) / 6 * between(x, -3, 3),
    ),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "sigmoid": (sigma, lambda x: sigma(x) * sigma(-x)),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "squared_relu": (lambda x: max(x, 0) ** 2, lambda x: 2 * max(x, 0)),
    "two_slope_relu": (
        lambda x, negative_slope, positive_slope: (
            max(x, 0) * positive_slope + min(x, 0) * negative_slope
        ),
        lambda x, negative_slope, positive_slope: positive_slope if x > 0 else negative_slope,
    ),
}
OTHER_PARAMETERS = [
    ("leaky_relu", {"negative_slope": 0.3}),
    ("leaky_relu", {"negative_slope": 1.7}),
    ("leaky_relu", {"negative_slope": -0.4}),
    ("leaky_relu", {"negative_slope": 1e3}),
    ("rrelu", {"lower": -100.0, "upper": 1e-3}),
    ("hardtanh", {"min_val": -100.0, "max_val": 2.0**-10}),
    ("elu", {"alpha": 1.7}),
    ("elu", {"alpha": 1e-3}),
    ("elu", {"alpha": 100.0}),
    ("celu", {"alpha": 1e-3}),
    ("celu", {"alpha": 100.0}),
    ("celu", {"alpha": 0.3}),
    ("celu", {"alpha": 1.7}),
    ("gelu", {"approximate": "tanh"}),
    ("swish", {"beta": 0.3}),
    ("swish", {"beta": 1.7}),
    ("swish", {"beta": 1e-3}),
    ("swish", {"beta": 10.0}),
    ("softplus", {"beta": 0.3}),
    ("softplus", {"beta": 2.3}),
    ("softplus", {"beta": 1e-3}),
    ("softplus", {"beta": 100.0}),
    ("two_slope_relu", {"negative_slope": -0.2, "positive_slope": 1.3}),
    ("two_slope_relu", {"negative_slope": 100.0, "positive_slope": 0.01}),
]
CASES = [(key, a.defaults) for key, a in ACTIVATIONS.items()] + OTHER_PARAMETERS
every_case = pytest.mark.parametrize(
    ("key", "parameters"), CASES, ids=[f"{key} {parameters}" for key, parameters in CASES]
)
both_precisions = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def sweep(dtype: Any) -> np.ndarray:
    """Dense where activations bend, sparse out to ±1e30 and down to subnormals, and both zeros."""
    rng = np.random.default_rng(8)
    about = np.finfo(dtype)
    far = 115.0 if dtype == np.float32 else 760.0
    tiny = [float(about.smallest_subnormal), float(about.tiny) * 0.37, float(about.tiny)]
    magnitudes = [*tiny, *(10.0 ** rng.uniform(np.log10(tiny[-1]), 30.0, 30)), 1e3, 1e30]
    z = [
        rng.uniform(-far, 0.0, 80),
        rng.uniform(-8.0, 8.0, 160),
        rng.uniform(-30.0, 30.0, 60),
        np.array(magnitudes),
        -np.array(magnitudes),
        np.array([0.0, -0.0]),
        # Where an exponential is subnormal, and a factor beside it can bring it back.
        rng.uniform(-far, -0.75 * far, 60),
    ]
    return np.sort(np.concatenate(z).astype(dtype))


def rounded(exact: Real, dtype: Any) -> float:
    """The number of the type next to the exact one, infinity where it overflows."""
    with np.errstate(over="ignore", under="ignore"):
        return float(dtype(float(exact)))


def check(got: np.ndarray, exact: list[Real], z: np.ndarray, dtype: Any) -> None:
    eps = float(np.finfo(dtype).eps)
    signs = np.array([int(mp.sign(e)) for e in exact])
    # Where the function crosses zero away from z = 0 the bound is absolute.
    crossings = [
        (1.5 * float(z[i - 1]), 0.5 * float(z[i]))
        for i in range(1, z.size)
        if signs[i - 1] * signs[i] < 0 and -float(z[i]) > 0.02
    ]
    for place, value, truth in zip(z.tolist(), got.tolist(), exact, strict=True):
        near = rounded(truth, dtype)
        if np.isinf(near):
            assert value == near, place
            continue
        unit = float(np.spacing(dtype(abs(near))))
        if any(far < place < near for far, near in crossings):
            unit = max(unit, eps / 4)
        assert abs(mpf(value) - truth) <= ULPS * unit, (place, value, near)


@every_case
@both_precisions
def test_value_and_derivative_to_four_ulp(key: str, parameters: dict[str, Any], dtype: Any) -> None:
    z = sweep(dtype)
    activation = ACTIVATIONS[key]
    # Underflow to zero is the right value; anything else would be a warning too many.
    with np.errstate(all="raise", under="ignore"):
        got = activation.value(z, **parameters), activation.derivative(z, **parameters)
    with mpmath.workprec(160):
        # Parameters are what the precision makes of them.
        exact_parameters = {
            name: value if isinstance(value, str) else mpf(float(value))
            for name, value in parameters.items()
        }
        for values, truth in zip(got, TRUTH[key], strict=True):
            exact = [truth(mpf(float(x)), **exact_parameters) for x in z]
            check(values, exact, z, dtype)


@every_case
def test_float32_is_as_good_between_the_samples(key: str, parameters: dict[str, Any]) -> None:
    """Against float64, half a million numbers of float32: mpmath is too slow for so many."""
    about = np.finfo(np.float32)
    spread = np.random.default_rng(9).normal(0.0, 1e-3, 100_000)
    z = np.concatenate([np.linspace(-115, 115, 200_001), np.linspace(-4, 4, 200_001), spread])
    z = np.sort(z.astype(np.float32))
    activation = ACTIVATIONS[key]
    for function in (activation.value, activation.derivative):
        got, exact = function(z, **parameters), function(z.astype(np.float64), **parameters)
        unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
        for crossing in z[1:][(exact[:-1] * exact[1:] < 0) & (np.abs(z[1:]) > 0.1)]:
            near = np.abs(z - crossing) < 0.5 * abs(crossing)
            unit[near] = np.maximum(unit[near], float(about.eps) / 4)
        error = np.abs(got - exact) / unit
        assert error.max() <= ULPS, z[error.argmax()]


def limits(key: str, parameters: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Value and derivative at −∞ and +∞, from their values far out."""
    with mpmath.workprec(160):
        exact = {n: v if isinstance(v, str) else mpf(v) for n, v in parameters.items()}
        far = [[truth(sign * mpf("1e6"), **exact) for sign in (-1, 1)] for truth in TRUTH[key]]
    return tuple(  # type: ignore[return-value]
        [float(np.sign(float(v))) * np.inf if abs(v) > 1e3 else round(float(v), 5) for v in side]
        for side in far
    )


@every_case
@both_precisions
def test_infinity_gives_the_limit(key: str, parameters: dict[str, Any], dtype: Any) -> None:
    z = np.array([-np.inf, np.inf], dtype)
    value, derivative = limits(key, parameters)
    with np.errstate(all="raise", under="ignore"):
        got = ACTIVATIONS[key].value(z, **parameters)
        slope = ACTIVATIONS[key].derivative(z, **parameters)
    np.testing.assert_allclose(got, value, atol=1.1e-5)
    np.testing.assert_allclose(slope, derivative, atol=1.1e-5)


@every_case
@both_precisions
def test_nan_stays_nan(key: str, parameters: dict[str, Any], dtype: Any) -> None:
    z = np.array([np.nan, 1.0, np.nan, -1.0], dtype)
    activation = ACTIVATIONS[key]
    with np.errstate(all="raise", under="ignore"):
        answers = [
            activation.value(z, **parameters),
            activation.derivative(z, **parameters),
            *activation.parameter_derivatives(z, **parameters).values(),
        ]
    for answer in answers:
        np.testing.assert_array_equal(np.isnan(answer), np.isnan(z))


@every_case
@both_precisions
def test_parameter_derivatives_stay_right_far_out(
    key: str, parameters: dict[str, Any], dtype: Any
) -> None:
    """No NaN and no warning anywhere, and the value's own difference at ±1e3."""
    z = np.concatenate([sweep(dtype), np.array([-np.inf, np.inf], dtype)])
    activation = ACTIVATIONS[key]
    with np.errstate(all="raise", under="ignore"):
        found = activation.parameter_derivatives(z, **parameters)
        at = activation.parameter_derivatives(np.array([-1e3, 1e3]), **parameters)
    assert all(not np.isnan(values).any() for values in found.values())
    for name, derivative in at.items():
        settings = activation.defaults | parameters
        h = 2.0**-20 * min(1.0, abs(settings[name]))
        more, less = (
            activation.value(np.array([-1e3, 1e3]), **settings | {name: settings[name] + step})
            for step in (h, -h)
        )
        np.testing.assert_allclose(derivative, (more - less) / (2 * h), rtol=1e-6, atol=1e-6)


@both_precisions
def test_a_slope_of_zero_is_flat_out_to_infinity(dtype: Any) -> None:
    z = np.array([-np.inf, -1.0, 1.0, np.inf], dtype)
    with np.errstate(all="raise"):
        for slope in (0.0, np.zeros((1,), dtype)):
            flat = ACTIVATIONS["leaky_relu"].value(z, negative_slope=slope)
            np.testing.assert_array_equal(flat, [0.0, 0.0, 1.0, np.inf])


def test_the_tails_live_as_long_as_the_numbers_do() -> None:
    """Naive forms are 0 from 37 (sigmoid) and 19 (tanh) on: saturation that is not there."""
    assert ACTIVATIONS["sigmoid"].derivative(np.array([-740.0, 740.0])).min() > 0.0
    assert ACTIVATIONS["tanh"].derivative(np.array([-370.0, 370.0])).min() > 0.0
    assert ACTIVATIONS["sigmoid"].derivative(np.array([-100, 100], np.float32)).min() > 0.0
    assert ACTIVATIONS["gelu"].value(np.array([-37.0]))[0] < 0.0
