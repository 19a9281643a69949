"""Laws of the activations' records: true derivatives, kinks from the left, domains, flat tails."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from activation_cases import every_activation, every_case

from engine.activations import ACTIVATIONS, Activation
from engine.settings import Refusal

IN_THE_ISSUES_ORDER = [
    "identity",
    "relu",
    "leaky_relu",
    "prelu",
    "rrelu",
    "relu6",
    "elu",
    "celu",
    "selu",
    "gelu",
    "silu",
    "swish",
    "mish",
    "softplus",
    "hardtanh",
    "hardswish",
    "tanh",
    "sigmoid",
    "softsign",
    "squared_relu",
    "two_slope_relu",
]


def away_from(kinks: tuple[float, ...], z: np.ndarray, distance: float) -> np.ndarray:
    near = np.zeros(z.shape, bool)
    for kink in kinks:
        near |= np.abs(z - kink) < distance
    return z[~near]


def test_every_activation_is_there_in_the_issues_order() -> None:
    assert list(ACTIVATIONS) == IN_THE_ISSUES_ORDER


@every_activation
def test_a_record_says_what_it_is(activation: Activation) -> None:
    assert ACTIVATIONS[activation.key] is activation
    assert activation.label
    assert re.search(r"(19|20)\d\d", activation.source), "which year?"
    names = [p.name for p in activation.parameters]
    assert list(activation.parameter_derivatives(np.zeros(1))) == names
    for parameter in activation.parameters:
        assert parameter.trained in ("fixed", "layer", "unit")
        assert parameter.help
        # The logarithm reaches all of a positive parameter's domain and nothing outside it.
        if parameter.positive:
            assert (parameter.low, parameter.open_low, parameter.high) == (0.0, True, math.inf)
    activation.check(**activation.defaults)


@every_case
def test_derivative_is_that_of_the_value(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    h = 1e-5
    z = away_from(activation.kinks(**parameters), np.linspace(-9.0, 9.0, 1001), 2 * h)
    # The second derivative may jump at 0 (ELU, squared ReLU).
    z = away_from((0.0,), z, 2 * h)
    slope = (activation.value(z + h, **parameters) - activation.value(z - h, **parameters)) / (
        2 * h
    )
    np.testing.assert_allclose(activation.derivative(z, **parameters), slope, rtol=1e-8, atol=1e-9)


@every_case
def test_parameter_derivatives_are_those_of_the_value(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    h = 1e-5
    z = away_from(activation.kinks(**parameters), np.linspace(-9.0, 9.0, 1001), 2 * h)
    settings = activation.defaults | parameters
    for name, derivative in activation.parameter_derivatives(z, **parameters).items():
        more = activation.value(z, **settings | {name: settings[name] + h})
        less = activation.value(z, **settings | {name: settings[name] - h})
        np.testing.assert_allclose(derivative, (more - less) / (2 * h), rtol=1e-6, atol=1e-8)


@every_case
def test_derivative_at_a_kink_is_the_one_from_the_left(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    h = 1e-6
    for kink in activation.kinks(**parameters):
        at = np.array([kink])
        left = activation.derivative(at - h, **parameters)
        right = activation.derivative(at + h, **parameters)
        assert abs(left - right)[0] > 1e-3, "no kink here"
        np.testing.assert_allclose(activation.derivative(at, **parameters), left, atol=1e-5)


@every_case
def test_derivative_jumps_nowhere_but_at_the_kinks(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    fine = np.linspace(-9.0, 9.0, 18001)
    jumps = np.abs(np.diff(activation.derivative(fine, **parameters))) > 0.02
    kinks = activation.kinks(**parameters)
    for place in fine[:-1][jumps]:
        assert any(abs(place - kink) < 2e-3 for kink in kinks), place


@every_case
def test_curved_means_not_made_of_straight_pieces(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    z = np.linspace(-9.0, 9.0, 18001)
    slopes = np.unique(np.round(activation.derivative(z, **parameters), 9))
    assert activation.curved == (slopes.size > 3)


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_out_is_filled_and_the_type_stays(
    activation: Activation, parameters: dict[str, Any], dtype: type
) -> None:
    z = np.random.default_rng(3).normal(0.0, 3.0, (3, 4, 5)).astype(dtype)
    before = z.copy()
    for function in (activation.value, activation.derivative):
        fresh = function(z, **parameters)
        out = np.full_like(z, np.nan)
        assert function(z, out=out, **parameters) is out
        assert fresh.dtype == dtype
        np.testing.assert_array_equal(out, fresh)
    for derivative in activation.parameter_derivatives(z, **parameters).values():
        assert derivative.dtype == dtype
        assert derivative.shape == z.shape
    np.testing.assert_array_equal(z, before)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_view_into_a_larger_buffer_is_as_good(activation: Activation, dtype: type) -> None:
    """The engine's buffers carry a row of ones below the units: what is given is not contiguous."""
    z = np.random.default_rng(10).normal(0.0, 3.0, (3, 6, 11)).astype(dtype)
    buffer = np.ones((3, 7, 11), dtype)
    buffer[:, :-1] = z
    for function in (activation.value, activation.derivative):
        out = np.ones((3, 7, 11), dtype)
        function(buffer[:, :-1], out=out[:, :-1])
        np.testing.assert_array_equal(out[:, :-1], function(z))
        np.testing.assert_array_equal(out[:, -1], 1.0)


@every_activation
def test_numbers_and_lists_are_taken_too(activation: Activation) -> None:
    for function in (activation.value, activation.derivative):
        assert float(function(0.5)) == function(np.array([0.5]))[0]
        np.testing.assert_array_equal(function([-2, 3]), function(np.array([-2.0, 3.0])))
    for name, derivative in activation.parameter_derivatives(0.5).items():
        assert float(derivative) == activation.parameter_derivatives(np.array([0.5]))[name][0]


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameter_arrays_act_lane_by_lane(activation: Activation, dtype: type) -> None:
    """Arrays `(lanes, 1, 1)` and `(lanes, units, 1)` give what floats give one at a time."""
    z = np.random.default_rng(4).normal(0.0, 3.0, (4, 3, 6)).astype(dtype)
    for shape in ((4, 1, 1), (4, 3, 1)):
        arrays = {
            p.name: np.broadcast_to(np.linspace(0.5, 1.6, 4).reshape(4, 1, 1) * p.default, shape)
            .astype(dtype)
            .copy()
            for p in activation.parameters
        }
        for function in (
            activation.value,
            activation.derivative,
            lambda z, **p: np.array([*activation.parameter_derivatives(z, **p).values(), z]),
        ):
            stacked = function(z, **arrays)
            for lane in range(4):
                floats = {name: float(array[lane].flat[0]) for name, array in arrays.items()}
                single = function(z[lane], **floats)
                np.testing.assert_allclose(
                    stacked[..., lane, :, :], single, rtol=8 * np.finfo(dtype).eps, atol=1e-12
                )


@every_activation
def test_a_lane_does_not_feel_its_company(activation: Activation) -> None:
    rng = np.random.default_rng(5)
    for lanes, units, batch in ((64, 1, 1), (33, 3, 7), (5, 17, 10)):
        z = rng.normal(0.0, 4.0, (lanes, units, batch))
        arrays = {
            p.name: p.default * rng.uniform(0.5, 1.5, (lanes, 1, 1)) for p in activation.parameters
        }
        for function in (activation.value, activation.derivative):
            stacked = function(z, **arrays)
            for lane in range(lanes):
                own = {name: array[lane : lane + 1] for name, array in arrays.items()}
                np.testing.assert_array_equal(
                    stacked[lane : lane + 1], function(z[lane : lane + 1].copy(), **own)
                )


@every_case
def test_saturation_regions_are_the_flat_tails(
    activation: Activation, parameters: dict[str, Any]
) -> None:
    """Inside, |f'| is under 1 % of its largest value and not 0 by definition; just outside, not."""
    regions = activation.saturation(**parameters)
    z = np.linspace(-60.0, 60.0, 120_001)
    slope = np.abs(activation.derivative(z, **parameters))
    if not regions:
        # Made of straight pieces; or exactly 0, or steep, at either end of the line.
        assert not activation.curved or all(end == 0.0 or end >= 0.01 for end in slope[[0, -1]])
        return
    assert activation.curved
    limit = 0.01 * slope.max()
    for low, high in regions:
        inside = (z > low) & (z < high)
        assert np.isinf(low) != np.isinf(high)
        assert inside.any()
        assert np.all(slope[inside] < limit * (1 + 1e-3))
        edge, outward = (high, -1.0) if np.isinf(low) else (low, 1.0)
        assert np.abs(activation.derivative(edge - 0.01 * outward, **parameters)) > limit * (
            1 - 1e-3
        )
        assert np.abs(activation.derivative(edge + outward, **parameters)) > 0.0


def test_leaky_ones_and_exact_zeros_never_count_as_saturated() -> None:
    for key in ("relu", "leaky_relu", "prelu", "rrelu", "relu6", "hardtanh", "hardswish"):
        assert ACTIVATIONS[key].saturation(**ACTIVATIONS[key].defaults) == ()


def test_prelu_is_leaky_relu_trained_from_a_quarter() -> None:
    prelu, leaky = ACTIVATIONS["prelu"], ACTIVATIONS["leaky_relu"]
    z = np.linspace(-3.0, 3.0, 13)
    np.testing.assert_array_equal(prelu.value(z), leaky.value(z, negative_slope=0.25))
    assert prelu.parameters[0].trained == "layer"
    assert leaky.parameters[0].trained == "fixed"


def test_two_slope_relu_trains_both_sides() -> None:
    assert [p.trained for p in ACTIVATIONS["two_slope_relu"].parameters] == ["layer", "layer"]


def test_rrelu_draws_between_its_slopes_and_evaluates_at_the_middle() -> None:
    rrelu, leaky = ACTIVATIONS["rrelu"], ACTIVATIONS["leaky_relu"]
    z = np.random.default_rng(6).normal(size=(2, 3, 4))
    noise = np.random.default_rng(7).random(z.shape)
    slope = 0.1 + 0.3 * noise
    drawn = {"lower": 0.1, "upper": 0.4, "noise": noise}
    assert rrelu.stochastic
    np.testing.assert_allclose(rrelu.value(z, **drawn), np.where(z > 0, z, slope * z), rtol=1e-15)
    np.testing.assert_allclose(rrelu.derivative(z, **drawn), np.where(z > 0, 1, slope), rtol=1e-15)
    by = rrelu.parameter_derivatives(z, **drawn)
    np.testing.assert_allclose(by["lower"] + by["upper"], np.minimum(z, 0.0), rtol=1e-15)
    np.testing.assert_allclose(by["upper"], noise * np.minimum(z, 0.0), rtol=1e-15)
    np.testing.assert_allclose(
        rrelu.value(z, lower=0.1, upper=0.4), leaky.value(z, negative_slope=0.25), rtol=1e-15
    )


def test_relatives_agree() -> None:
    z = np.linspace(-8.0, 8.0, 161)
    value = {key: a.value for key, a in ACTIVATIONS.items()}
    np.testing.assert_allclose(value["swish"](z, beta=1.0), value["silu"](z), rtol=1e-14)
    np.testing.assert_allclose(value["celu"](z, alpha=1.0), value["elu"](z, alpha=1.0), rtol=1e-14)
    np.testing.assert_array_equal(value["relu6"](z), value["hardtanh"](z, min_val=0.0, max_val=6.0))
    np.testing.assert_array_equal(value["leaky_relu"](z, negative_slope=0.0), value["relu"](z))
    np.testing.assert_allclose(
        ACTIVATIONS["softplus"].derivative(z), value["sigmoid"](z), rtol=1e-14
    )
    difference = value["gelu"](z) - value["gelu"](z, approximate="tanh")
    assert 1e-4 < np.abs(difference).max() < 5e-4


@pytest.mark.parametrize(
    ("key", "parameters", "field"),
    [
        ("relu", {"alpha": 1.0}, "alpha"),
        ("celu", {"alpha": 0.0}, "alpha"),
        ("swish", {"beta": -1.0}, "beta"),
        ("softplus", {"beta": math.inf}, "beta"),
        ("leaky_relu", {"negative_slope": math.nan}, "negative_slope"),
        ("hardtanh", {"min_val": 2.0}, "min_val"),
        ("rrelu", {"lower": 0.5}, "lower"),
        ("gelu", {"approximate": "erf"}, "approximate"),
    ],
)
def test_what_is_outside_the_domain_is_refused(
    key: str, parameters: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        ACTIVATIONS[key].check(**parameters)
    assert refused.value.field == field
    assert "\n" not in str(refused.value)


def test_an_unknown_form_of_gelu_is_refused_where_it_is_used() -> None:
    for function in (ACTIVATIONS["gelu"].value, ACTIVATIONS["gelu"].derivative):
        with pytest.raises(Refusal, match="approximate"):
            function(np.zeros(1), approximate="sigmoid")
