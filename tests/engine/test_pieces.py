"""The pieces of a fit, against a dense scan, against what is known of them, and against curves."""

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.lanes import build_blocks
from engine.network import Network, no_look
from engine.pieces import Segment, bend, tangents
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings
from engine.workspace import Workspace

STRAIGHT = [key for key, record in ACTIVATIONS.items() if not record.curved]
SMOOTH = [
    key
    for key, record in ACTIVATIONS.items()
    if record.curved and not record.kinks(**record.defaults)
]
MODES = [
    (key, mode)
    for key in STRAIGHT
    for mode in (("fixed", "layer", "unit") if ACTIVATIONS[key].parameters else ("fixed",))
]
SEGMENT = Segment(np.array([-2.0, -1.5]), np.array([2.5, 1.0]))


def random_network(key, sizes=(2, 5, 4, 3, 1), lanes=2, seed=3, mode="fixed", dtype="float64"):
    names = [p.name for p in ACTIVATIONS[key].parameters]
    network = Network(Contestant(key, trained=dict.fromkeys(names, mode)), sizes, lanes, dtype)
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        fan_in = layer.weights.shape[2] - 1
        layer.weights[...] = rng.standard_normal(layer.weights.shape) * 1.5 / np.sqrt(fan_in)
        for one in layer.trained:
            one.raw[...] += rng.uniform(-0.1, 0.1, one.raw.shape)
    return network


def outputs(network, segment, places):
    inputs = segment.inputs(places)
    return network.forward(inputs, Workspace(network, len(places))).copy()


@pytest.mark.parametrize(("key", "mode"), MODES)
def test_a_dense_scan_finds_the_same_kinks(key, mode):
    """Between two grid points with a kink the second difference is not 0, elsewhere it is."""
    network = random_network(key, mode=mode)
    places = np.linspace(0, 1, 40001)
    for lane in range(2):
        y = outputs(network, SEGMENT, places)[lane, 0]
        scanned = places[1:-1][np.abs(np.diff(y, 2)) > 1e-10]
        exact = bend(network, lane, SEGMENT).kinks
        width = places[1]
        for kink in exact:
            assert np.abs(scanned - kink).min() <= width
        for place in scanned:
            assert np.abs(exact - place).min() <= width
        assert len(exact) > 0 or key == "identity"


@pytest.mark.parametrize("key", STRAIGHT)
def test_between_the_kinks_a_straight_line_gives_every_value(key):
    network = random_network(key)
    found = bend(network, 0, SEGMENT)
    edges = np.concatenate([[0.0], found.kinks, [1.0]])
    corners = outputs(network, SEGMENT, edges)[0, 0]
    places = np.linspace(0, 1, 501)
    y = outputs(network, SEGMENT, places)[0, 0]
    np.testing.assert_allclose(np.interp(places, edges, corners), y, atol=1e-12)
    slopes = np.diff(corners) / np.diff(edges)
    assert found.change == pytest.approx(np.abs(np.diff(slopes)).sum(), rel=1e-6, abs=1e-9)
    assert found.pieces == len(edges) - 1


@pytest.mark.parametrize("depth", [1, 3])
def test_at_initialisation_a_whole_line_has_about_one_kink_a_unit(depth):
    """Hanin & Rolnick 2019, their figure 5: whatever the depth. Random biases, 2 inputs."""
    width, lanes = 16, 64
    experiment = Experiment(
        training=TrainingSettings(loss="squared_tanh"),
        network=NetworkSettings(depth=depth, width=width, initializer="he", precision="float64"),
        population=PopulationSettings(seeds=lanes),
    )
    sizes = (2, *(width,) * depth, 1)
    rng = np.random.default_rng(0)
    kinks = []
    for block in build_blocks(experiment, sizes, 10, no_look)[:1]:
        for layer in block.network.layers:
            layer.weights[:, :, -1] = 0.1 * rng.standard_normal(layer.weights.shape[:2])
        angles = rng.uniform(0, np.pi, lanes)
        for lane, angle in enumerate(angles):
            way = 1e4 * np.array([np.cos(angle), np.sin(angle)])
            off = np.array([-np.sin(angle), np.cos(angle)])
            line = Segment(off - way, off + way)
            kinks.append(len(bend(block.network, lane, line).kinks))
    share = np.array(kinks) / (depth * width)
    error = share.std(ddof=1) / np.sqrt(len(share))
    assert error < 0.05
    assert abs(share.mean() - 1) < 0.05 + 3 * error


def test_units_that_bend_at_one_place_make_one_kink():
    """With zero biases and a line through the origin everything bends there."""
    network = random_network("relu", sizes=(2, 30, 30, 1), lanes=1)
    for layer in network.layers:
        layer.weights[:, :, -1] = 0
    found = bend(network, 0, Segment(np.array([-1.0, -2.0]), np.array([2.0, 4.0])))
    np.testing.assert_allclose(found.kinks, [1 / 3], atol=1e-12)


def test_a_kink_that_nothing_reads_is_none():
    network = random_network("relu", sizes=(2, 6, 1), lanes=1)
    before = bend(network, 0, SEGMENT).kinks
    assert len(before) > 1
    for unit in range(6):
        network.layers[1].weights[0, 0, unit] = 0
    found = bend(network, 0, SEGMENT)
    assert found.pieces == 1
    assert found.change == 0


def test_without_a_hidden_layer_or_a_kink_the_fit_is_one_piece():
    for key, sizes in (("relu", (2, 1)), ("identity", (2, 4, 4, 3))):
        found = bend(random_network(key, sizes=sizes), 1, SEGMENT)
        assert found.pieces == 1
        assert found.change == pytest.approx(0, abs=1e-10)


def test_kinks_of_a_float32_network_are_those_of_its_weights():
    narrow = random_network("relu", dtype="float32")
    wide = random_network("relu")
    for from_layer, to_layer in zip(narrow.layers, wide.layers, strict=True):
        to_layer.weights[...] = from_layer.weights
    np.testing.assert_array_equal(bend(narrow, 0, SEGMENT).kinks, bend(wide, 0, SEGMENT).kinks)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_slopes_are_those_of_the_outputs(key):
    network, h = random_network(key), 1e-6
    places = np.linspace(0.013, 0.987, 37)
    rise = outputs(network, SEGMENT, places + h) - outputs(network, SEGMENT, places - h)
    np.testing.assert_allclose(
        tangents(network, SEGMENT, places), rise / (2 * h), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("key", SMOOTH)
def test_a_curved_slope_is_looked_at_closely_enough(key):
    network = random_network(key)
    closer = tangents(network, SEGMENT, np.linspace(0, 1, 20001))[0, 0]
    found = bend(network, 0, SEGMENT)
    assert found.pieces is None
    assert found.change == pytest.approx(np.abs(np.diff(closer)).sum(), rel=0.01)


def test_the_change_of_slope_of_one_tanh_unit_is_its_second_derivative_summed_up():
    network = Network(Contestant("tanh"), (1, 1, 1), 1, "float64")
    network.layers[0].weights[0, 0] = [2.0, 0.3]
    network.layers[1].weights[0, 0] = [1.5, 0.0]
    places = np.linspace(0, 1, 20001)
    t = np.tanh(2 * places + 0.3)
    second_derivative = 1.5 * 4 * -2 * t * (1 - t**2)
    found = bend(network, 0, Segment(np.zeros(1), np.ones(1)))
    assert found.change == pytest.approx(np.trapezoid(np.abs(second_derivative), places), rel=1e-6)


def test_a_segment_spans_the_points():
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, (200, 1))
    ends = Segment.across(points)
    assert {ends.start[0], ends.end[0]} == {points.min(), points.max()}
    middle = (points.min() + points.max()) / 2
    np.testing.assert_allclose(ends.inputs(np.array([0.5])), [[[middle], [1.0]]])
