"""The slope of a signal over the layers, against straight lines and against theory."""

import math

import numpy as np
import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.vanishing import BACK, BAD, signal, trend
from engine.workspace import Workspace

FORWARD = "preactivation_rms"


def test_a_straight_line_has_its_slope_and_no_error():
    sizes = 10.0 ** (-0.2 * np.arange(12) - 150)
    found = trend(np.stack([sizes, sizes[::-1]]))
    np.testing.assert_allclose(found.slope, [-0.2, 0.2])
    np.testing.assert_allclose(found.error, 0, atol=1e-12)
    assert found.bad.all()
    assert not trend(10.0 ** (0.04 * np.arange(12))).flagged


def test_the_error_is_that_of_least_squares():
    heights = np.random.default_rng(0).normal(0, 0.3, (4, 9)) - 0.1 * np.arange(9)
    found = trend(10.0**heights)
    for lane in range(4):
        line, covariance = np.polyfit(np.arange(9), heights[lane], 1, cov=True)
        assert found.slope[lane] == pytest.approx(line[0])
        assert found.error[lane] == pytest.approx(math.sqrt(covariance[0, 0]))


def test_a_slope_is_flagged_only_where_the_layers_can_tell():
    assert not trend(np.array([1.0, 0.1])).flagged
    rough = 10.0 ** (-0.2 * np.arange(4) + np.array([0.3, -0.4, 0.4, -0.3]))
    assert abs(trend(rough).slope) > BAD
    assert not trend(rough).flagged
    many = 10.0 ** (-0.2 * np.arange(40) + np.resize([0.3, -0.4, 0.4, -0.3], 40))
    assert trend(many).bad
    assert trend(np.array([0.0, 1.0])).bad


def test_a_layer_that_nothing_reaches_and_too_few_layers():
    assert trend(np.array([0.0, 0.0, 1e-3, 1.0])).slope == -np.inf
    assert np.isnan(trend(np.array([1.0])).slope)
    two = trend(np.array([1.0, 0.1]))
    assert two.slope == pytest.approx(-1)
    assert np.isnan(two.error)
    assert np.isnan(trend(np.array([1.0, np.nan, 1.0])).slope)


def deep_race(initializer, key):
    return Race(
        Experiment(
            task=TaskSettings(data="gaussians", samples=200),
            network=NetworkSettings(depth=30, width=64, initializer=initializer),
            training=TrainingSettings(steps=2, learning_rate=1e-6),
            population=PopulationSettings(seeds=8, memory=64, record_every=1),
            contestants=(Contestant(key),),
        )
    )


def deep(initializer, key="relu"):
    race = deep_race(initializer, key)
    race.advance(2)
    return race.recording


def test_relu_with_gain_1_loses_half_of_the_power_a_layer_both_ways():
    """log₁₀ √½ = −0.1505 (He et al. 2015), and a little more in the typical network, whose power
    is spread by 5/n a layer (Hanin 2018); the weights' own gradient shows nothing of it."""
    recording = deep("lecun")
    expected = math.log10(math.sqrt(0.5)) - 5 / 64 / 4 / math.log(10)
    for measure in (FORWARD, BACK):
        found = signal(recording, measure, 0)
        error = found.slope.std(ddof=1) / math.sqrt(found.slope.size)
        assert abs(found.slope.mean() - expected) < 4 * error < 0.02
        assert found.bad.any()
        assert found.flagged.all()
    weights = trend(recording.layers.values("weight_gradient_rms")[0][..., 29:0:-1])
    assert np.abs(weights.slope).max() < 0.05


def test_matched_gains_keep_the_signal():
    for key in ("relu", "tanh", "selu"):
        assert not signal(deep("forward", key), FORWARD, 0).flagged.any()
        assert not signal(deep("backward", key), BACK, 0).flagged.any()


def test_forward_matched_softplus_loses_its_gradient_as_its_moments_say():
    """E f′² / E f² a layer: half its log₁₀ is the slope of the root mean square."""
    found = signal(deep("forward", "softplus"), BACK, 0)
    assert found.slope.mean() == pytest.approx(0.5 * math.log10(0.293379 / 0.921246), abs=0.02)
    assert (found.slope < -BAD).all()


@pytest.mark.parametrize(("initializer", "key"), [("lecun", "relu"), ("xavier", "tanh")])
def test_without_biases_pre_activations_tell_the_slope_of_the_activations(initializer, key):
    """z = W a with independent weights: as large as the activations before, times one factor."""
    network = deep_race(initializer, key)._blocks[0].network
    assert not any(layer.weights[:, :, -1].any() for layer in network.layers)
    features = network.layers[0].weights.shape[2] - 1
    inputs = np.ones((1, features + 1, 100))
    inputs[:, :-1] = np.random.default_rng(0).normal(size=(features, 100))
    workspace = Workspace(network, 100)
    network.forward(inputs.astype(network.parameters.dtype), workspace)
    z = np.stack([np.asarray(one, float) for one in workspace.z[:-1]])
    sizes, passed_on = (
        np.sqrt(np.square(values).mean(axis=(2, 3)))
        for values in (z[1:], network.activation.value(z[:-1]))
    )
    slopes, expected = trend(sizes.T).slope, trend(passed_on.T).slope
    np.testing.assert_allclose(slopes, expected, atol=0.02)
    assert abs(np.median(slopes - expected)) < 0.005
