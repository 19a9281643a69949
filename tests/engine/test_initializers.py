"""Laws of initialisation: moments by quadrature, gains, the same draws for all, variances kept."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.initializers import (
    INITIALIZERS,
    Initializer,
    Moments,
    Place,
    backward_gain,
    critical_bias,
    forward_gain,
    initialize,
    moments,
)
from engine.settings import Refusal

every_initializer = pytest.mark.parametrize(
    "initializer", [i for i in INITIALIZERS.values() if not i.construct], ids=lambda i: i.key
)
DRAWN = ["forward", "backward", "critical", "he", "xavier", "lecun", "orthogonal", "playground"]
KEYS = [*DRAWN, "squares"]


def moments_of(key: str, **parameters: Any) -> Moments:
    activation = ACTIVATIONS[key]
    return moments(
        partial(activation.value, **parameters),
        partial(activation.derivative, **parameters),
        activation.kinks(**parameters),
    )


def draws_of(fan_out: int, fan_in: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((fan_out, fan_in + 1))


def test_every_initialiser_is_there() -> None:
    assert list(INITIALIZERS) == KEYS


@pytest.mark.parametrize(
    ("key", "value", "derivative"),
    [
        ("relu", 0.5, 0.5),
        ("elu", 0.644945, 0.668102),
        ("selu", 1.0, 1.07157),
        ("gelu", 0.425221, 0.455851),
        ("silu", 0.355776, 0.379482),
        ("mish", 0.452342, 0.479084),
        ("softplus", 0.921246, 0.293379),
        ("tanh", 0.394294, 0.464403),
        ("sigmoid", 0.293379, 0.044836),
        ("softsign", 0.183014, 0.227671),
        ("squared_relu", 1.5, 2.0),
    ],
)
def test_moments_of_the_known_activations(key: str, value: float, derivative: float) -> None:
    found = moments_of(key)
    assert found.value == pytest.approx(value, abs=1e-6)
    assert found.derivative == pytest.approx(derivative, abs=5e-6)
    assert forward_gain(found) == pytest.approx(1 / math.sqrt(value), rel=2e-6)
    assert backward_gain(found) == pytest.approx(1 / math.sqrt(derivative), rel=2e-5)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.25, -0.4, 1.3])
def test_a_slopes_gain_is_exact(slope: float) -> None:
    found = moments_of("leaky_relu", negative_slope=slope)
    for gain in (forward_gain(found), backward_gain(found)):
        assert gain == pytest.approx(math.sqrt(2 / (1 + slope * slope)), rel=1e-13)


@pytest.mark.parametrize(
    ("key", "parameters"),
    [
        ("hardtanh", {"min_val": -0.37, "max_val": 1.61803}),
        ("elu", {"alpha": 2.718}),
        ("celu", {"alpha": 0.0137}),
        ("swish", {"beta": 41.3}),
        ("softplus", {"beta": 17.9}),
        ("two_slope_relu", {"negative_slope": -0.3, "positive_slope": 2.1}),
        ("gelu", {"approximate": "tanh"}),
    ],
)
def test_moments_hold_to_1e_10_for_any_parameter(key: str, parameters: dict[str, Any]) -> None:
    """Against mpmath's quadrature of the same functions."""
    activation = ACTIVATIONS[key]
    found = moments_of(key, **parameters)
    breaks = sorted({*np.arange(-12.0, 12.5, 0.5), *np.linspace(-0.5, 0.5, 41)})
    breaks = sorted({*breaks, *activation.kinks(**parameters)})
    for function, moment in (
        (activation.value, found.value),
        (activation.derivative, found.derivative),
    ):
        exact = mpmath.quad(
            lambda x, f=function: float(f(float(x), **parameters)) ** 2 * mpmath.npdf(x),
            breaks,
            method="gauss-legendre",
            maxdegree=4,
        )
        assert moment == pytest.approx(float(exact), rel=1e-10)


def test_critical_keeps_signal_and_gradient() -> None:
    """σ_w²·E f′² = 1 and σ_w²·E f² + σ_b² = 1, wherever it is allowed."""
    for key, activation in ACTIVATIONS.items():
        found = moments_of(key, **activation.defaults)
        layer = Place(fan_in=9, fan_out=4, moments=found)
        if found.value > found.derivative * (1 + 1e-9):
            assert key in ("sigmoid", "softplus")
            continue
        scale = INITIALIZERS["critical"].scale(layer)
        weight_variance = 9 * scale.weight_std**2
        assert weight_variance * found.derivative == pytest.approx(1.0, rel=1e-12)
        assert weight_variance * found.value + scale.bias_std**2 == pytest.approx(1.0, abs=2e-9)


@pytest.mark.parametrize("key", ["sigmoid", "softplus"])
def test_critical_is_refused_with_the_reason_where_there_is_none(key: str) -> None:
    layer = Place(fan_in=9, fan_out=4, moments=moments_of(key))
    with pytest.raises(Refusal, match="no fixed point") as refused:
        INITIALIZERS["critical"].scale(layer)
    assert refused.value.field == "initializer"
    assert "\n" not in str(refused.value)


def test_relu_needs_no_critical_bias() -> None:
    for key in ("identity", "relu", "leaky_relu", "prelu"):
        found = moments_of(key)
        assert critical_bias(found, backward_gain(found)) == 0.0


def test_no_gain_matches_what_is_zero() -> None:
    with pytest.raises(Refusal, match="gain"):
        forward_gain(Moments(0.0, 0.0))
    with pytest.raises(Refusal, match="gain"):
        backward_gain(Moments(1.0, 0.0))


@every_initializer
@pytest.mark.parametrize(("fan_out", "fan_in"), [(400, 300), (300, 400), (64, 2)])
def test_weights_have_the_stated_variance(
    initializer: Initializer, fan_out: int, fan_in: int
) -> None:
    layer = Place(fan_in, fan_out, moments=moments_of("gelu"))
    weights = initialize(initializer, draws_of(fan_out, fan_in), layer, None, 0.0)
    scale = initializer.scale(layer)
    spread = 5.0 / math.sqrt(fan_out * fan_in)
    assert weights.shape == (fan_out, fan_in + 1)
    assert np.mean(weights[:, :-1] ** 2) == pytest.approx(scale.weight_std**2, rel=spread)


@pytest.mark.parametrize(
    ("key", "variance"),
    [
        ("forward", 1 / (0.425221 * 30)),
        ("backward", 1 / (0.455851 * 30)),
        ("orthogonal", 1 / (0.425221 * 30)),
        ("he", 2 / 30),
        ("xavier", 2 / (30 + 50)),
        ("lecun", 1 / 30),
        ("playground", 1 / 12),
    ],
)
def test_scales_are_what_their_papers_say(key: str, variance: float) -> None:
    layer = Place(30, 50, moments=moments_of("gelu"))
    assert INITIALIZERS[key].scale(layer).weight_std ** 2 == pytest.approx(variance, rel=1e-5)


@every_initializer
def test_contestants_get_the_same_draws_scaled(initializer: Initializer) -> None:
    draws = draws_of(6, 9)
    one, other = (
        initialize(initializer, draws, Place(9, 6, moments=moments_of(key)), None, 0.0)[:, :-1]
        for key in ("relu", "tanh")
    )
    ratio = one / other
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-12)
    if not initializer.matched:
        np.testing.assert_array_equal(one, other)


@every_initializer
def test_draws_are_left_alone(initializer: Initializer) -> None:
    draws = draws_of(6, 9)
    before = draws.copy()
    initialize(initializer, draws, Place(9, 6, moments=moments_of("relu")), None, 0.3)
    np.testing.assert_array_equal(draws, before)


@every_initializer
def test_a_matched_gain_is_one_on_the_data(initializer: Initializer) -> None:
    first = Place(16, 8, first=True, moments=moments_of("tanh"))
    assert initializer.scale(first).bias_std == 0.0
    if initializer.matched:
        assert initializer.scale(first).weight_std == 0.25
        assert initializer.scale(first, gain_override=3.0).weight_std == 0.25


@every_initializer
def test_a_gain_of_ones_own_replaces_it(initializer: Initializer) -> None:
    layer = Place(16, 8, moments=moments_of("tanh"))
    if initializer.gain is None:
        with pytest.raises(Refusal, match="gain"):
            initializer.scale(layer, gain_override=1.0)
        return
    half, whole = (initializer.scale(layer, gain_override=gain) for gain in (0.5, 1.0))
    assert half.weight_std == 0.5 * whole.weight_std
    assert whole.weight_std == initializer.spread(layer)


@pytest.mark.parametrize(("fan_out", "fan_in"), [(5, 12), (12, 5), (7, 7)])
def test_orthogonal_weights_are_orthogonal(fan_out: int, fan_in: int) -> None:
    layer = Place(fan_in, fan_out, moments=moments_of("identity"))
    weights = initialize(INITIALIZERS["orthogonal"], draws_of(fan_out, fan_in), layer, None, 0.0)
    weights = weights[:, :-1]
    gram = weights @ weights.T if fan_out <= fan_in else weights.T @ weights
    np.testing.assert_allclose(gram, gram[0, 0] * np.eye(min(fan_out, fan_in)), atol=1e-12)
    assert np.mean(weights**2) == pytest.approx(1 / fan_in, rel=1e-12)


def test_playground_is_uniform_between_halves_with_biases_of_a_tenth() -> None:
    draws = draws_of(300, 200)
    weights = initialize(INITIALIZERS["playground"], draws, Place(200, 300), None, 0.7)
    inner = weights[:, :-1]
    assert -0.5 < inner.min() < -0.4999
    assert 0.4999 < inner.max() < 0.5
    # Equal shares in ten equal bins, and the order of the draws kept.
    shares = np.histogram(inner, 10, (-0.5, 0.5))[0] / inner.size
    np.testing.assert_allclose(shares, 0.1, atol=0.006)
    np.testing.assert_array_equal(
        np.argsort(inner, axis=None), np.argsort(draws[:, :-1], axis=None)
    )
    np.testing.assert_array_equal(weights[:, -1], 0.1)


@every_initializer
def test_biases_start_where_the_experiment_says(initializer: Initializer) -> None:
    draws = draws_of(4000, 3)
    layer = Place(3, 4000, moments=moments_of("tanh"))
    biases = initialize(initializer, draws, layer, None, 0.7)[:, -1]
    start = 0.7 if initializer.initial_bias is None else initializer.initial_bias
    std = initializer.scale(layer).bias_std
    np.testing.assert_allclose(biases, start + std * draws[:, -1], rtol=1e-12)
    assert (std > 0.0) == (initializer.key == "critical")


def test_the_forward_gain_keeps_the_signal_and_xavier_halves_relus() -> None:
    """He et al. 2015: ReLU with Xavier weights loses half the second moment a layer."""
    rng = np.random.default_rng(9)
    width, depth, nets = 200, 6, 40
    relu = ACTIVATIONS["relu"]
    layer = Place(width, width, moments=moments_of("relu"))
    for key, kept in (("forward", 1.0), ("he", 1.0), ("xavier", 0.5)):
        growth = []
        for _ in range(nets):
            z = rng.standard_normal((width, 1))
            start = np.mean(z**2)
            for _ in range(depth):
                draws = rng.standard_normal((width, width + 1))
                weights = initialize(INITIALIZERS[key], draws, layer, None, 0.0)
                z = weights[:, :-1] @ relu.value(z)
            growth.append(np.mean(z**2) / start)
        # One net spreads by √(5·6/200) = 0.39 (Hanin 2018), forty by 0.06.
        assert np.mean(growth) == pytest.approx(kept**depth, rel=0.25)
