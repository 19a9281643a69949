"""What is measured inside the networks, against its definition."""

from itertools import pairwise

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.measures import (
    GRADIENT_BINS,
    GRADIENT_EDGES,
    PREACTIVATION_BINS,
    PREACTIVATION_EDGES,
    GradientReading,
    UnitReading,
    gradient_histograms,
    preactivation_histograms,
)
from engine.network import Network
from engine.workspace import Workspace


def read(key, inputs, bias=0.0, dtype="float64", **parameters):
    network = Network(Contestant(key, parameters=parameters), (1, 4, 1), 1, dtype)
    network.layers[0].weights[0] = [[1.0, bias]] * 4
    columns = np.stack([inputs, np.ones_like(inputs)])[None].astype(dtype)
    workspace = Workspace(network, len(inputs))
    network.forward(columns, workspace)
    return UnitReading(network, workspace)


def test_a_relu_unit_is_dead_nearly_dead_or_alive_by_its_derivative():
    inputs = np.linspace(-1, 1, 400)
    assert read("relu", inputs, bias=-2.0).values["dead_share"][0, 0] == 1
    nearly = read("relu", inputs, bias=-0.995)
    assert nearly.values["dead_share"][0, 0] == 0
    assert nearly.values["nearly_dead_share"][0, 0] == 1
    assert read("relu", inputs).values["nearly_dead_share"][0, 0] == 0
    assert read("leaky_relu", inputs, bias=-2.0).values["dead_share"][0, 0] == 0


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_saturated_and_exactly_zero_are_apart(key):
    inputs = np.linspace(-30, 30, 601)
    reading = read(key, inputs)
    record = ACTIVATIONS[key]
    zero = record.derivative(inputs) == 0
    inside = np.zeros(inputs.shape, bool)
    for low, high in record.saturation(**record.defaults):
        inside |= (inputs >= low) & (inputs <= high)
    assert reading.values["saturated_share"][0, 0] == pytest.approx((inside & ~zero).mean())


def test_the_negative_share_is_that_of_the_preactivations():
    reading = read("elu", np.linspace(-1, 3, 401))
    assert reading.values["negative_share"][0, 0] == pytest.approx(100 / 401)


def test_histograms_count_every_sampled_entry_in_its_bin():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((3, 4, 5)) * 2.0 ** rng.integers(-60, 20, (3, 4, 5))
    gradients[0, 0, :2] = 0
    (by_lane,) = gradient_histograms([gradients])
    assert by_lane.shape == (3, GRADIENT_BINS)
    for lane, counts in enumerate(by_lane):
        alone = gradient_histograms([gradients[lane : lane + 1]])
        np.testing.assert_array_equal(counts, alone[0, 0])
    counts = by_lane.sum(axis=0)
    assert counts.sum() == gradients.size
    assert counts[0] == 2
    sizes = np.abs(gradients[gradients != 0])
    for bin_, (low, high) in enumerate(pairwise(GRADIENT_EDGES), start=1):
        inside = (sizes >= 2.0**low) & (sizes < 2.0**high)
        if 1 < bin_ < GRADIENT_BINS - 1:
            assert counts[bin_] == inside.sum()


def test_preactivations_are_counted_as_numpy_counts_them():
    z = np.random.default_rng(1).normal(0, 4, (2, 3, 50))
    z[1, 0, :3] = [np.nan, np.inf, -np.inf]
    with np.errstate(invalid="ignore"):  # as in a race
        (by_lane,) = preactivation_histograms([z])
    assert by_lane.shape == (2, PREACTIVATION_BINS)
    for counts, lane in zip(by_lane, z, strict=True):
        sound = lane[np.isfinite(lane)]
        expected, _ = np.histogram(sound, PREACTIVATION_EDGES)
        np.testing.assert_array_equal(counts[1:-1], expected)
        assert counts[0] == (sound < PREACTIVATION_EDGES[0]).sum()
        assert counts.sum() == sound.size


def test_the_update_ratio_is_the_change_over_the_weights():
    network = Network(Contestant("tanh"), (2, 3, 1), 2, "float64")
    rng = np.random.default_rng(2)
    network.parameters[...] = rng.standard_normal(network.parameters.shape)
    workspace = Workspace(network, 4)
    network.forward(np.ones((2, 3, 4)), workspace, training=True)
    workspace.delta[-1][...] = 1
    network.backward(workspace)
    reading = GradientReading(network)
    reading.watch(network, workspace)
    network.parameters *= 1.01
    reading.finish(network)
    np.testing.assert_allclose(reading.values["update_ratio"], 0.01, rtol=1e-10)
    flat = np.linalg.norm(network.gradients, axis=1)
    np.testing.assert_allclose(reading.norm, flat, rtol=1e-12)


def test_a_trained_shape_has_its_own_tails_in_every_lane():
    network = Network(Contestant("celu", trained={"alpha": "layer"}), (1, 3, 1), 2, "float64")
    network.hidden[0].trained[0].raw[:, 0, 0] = np.log([1.0, 10.0])
    network.layers[0].weights[...] = [1.0, 0.0]
    columns = np.stack([np.linspace(-20, 20, 81), np.ones(81)])[None]
    workspace = Workspace(network, 81)
    network.forward(columns, workspace)
    shares = UnitReading(network, workspace).values["saturated_share"][:, 0]
    assert shares[0] > 0
    assert shares[1] == 0
