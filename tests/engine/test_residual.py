"""Residual networks: z + W f(z) + b, its gradients, its start, and all that follows the passes."""

import dataclasses

import numpy as np
import pytest

from engine import ACTIVATIONS, Contestant, Experiment, Race, Refusal
from engine.lanes import build_blocks
from engine.losses import LOSSES
from engine.network import Network, no_look
from engine.novelty import novelty
from engine.pieces import Segment, bend, tangents
from engine.precision import FORMATS
from engine.rescaling import rescaled
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings
from engine.workspace import Workspace

SIZES = (3, 4, 4, 4, 2)
every_activation = pytest.mark.parametrize("key", ACTIVATIONS)


def random_network(key, sizes=SIZES, lanes=2, dtype="float64", residual=True):
    modes = {p.name: "unit" for p in ACTIVATIONS[key].parameters}
    network = Network(Contestant(key, trained=modes), sizes, lanes, dtype, residual=residual)
    rng = np.random.default_rng(5)
    for layer in network.layers:
        layer.weights[...] = 0.7 * rng.standard_normal(layer.weights.shape)
        for one in layer.trained:
            one.raw[...] += rng.uniform(-0.1, 0.1, one.raw.shape)
    return network


def points(network, count=6):
    rng = np.random.default_rng(8)
    inputs = rng.standard_normal((network.lanes, network.layers[0].weights.shape[2], count))
    inputs[:, -1] = 1
    return inputs.astype(network.parameters.dtype)


def experiment(*contestants, **network):
    about = {"depth": 4, "width": 6, "residual": True, "precision": "float64"} | network
    return Experiment(
        network=NetworkSettings(**about),
        training=TrainingSettings(steps=40, batch_size=7),
        population=PopulationSettings(seeds=3, evaluate_every=10, record_every=10, twin_every=1),
        contestants=tuple(map(Contestant, contestants)),
    )


def raced(asked):
    race = Race(asked)
    race.advance(asked.training.steps)
    return race


def test_hidden_layers_after_the_first_add_to_their_inputs_preactivation():
    network = random_network("tanh")

    def read(z):
        return np.vstack([np.tanh(z), np.ones(6)])

    inputs = points(network)
    outputs = network.forward(inputs, Workspace(network, 6))
    for lane in range(2):
        first, second, third, last = (layer.weights[lane] for layer in network.layers)
        z = first @ inputs[lane]
        for weights in (second, third):
            z = z + weights @ read(z)
        expected = last @ read(z)
        np.testing.assert_allclose(outputs[lane], expected, rtol=1e-12)


@every_activation
def test_gradients_agree_with_central_differences(key):
    network, loss = random_network(key), LOSSES["mse"]
    inputs, workspace = points(network), Workspace(network, 6)
    targets = np.random.default_rng(1).standard_normal((2, 2, 6))
    loss.gradient(network.forward(inputs, workspace), targets, out=workspace.delta[-1])
    network.backward(workspace)
    analytic, h = network.gradients.copy(), 1e-6
    numeric = np.empty_like(analytic)
    for place in range(analytic.shape[1]):
        ends = []
        for step in (h, -2 * h):
            network.parameters[:, place] += step
            ends.append(loss.value(network.forward(inputs, workspace), targets))
        network.parameters[:, place] += h
        numeric[:, place] = (ends[0] - ends[1]) / (2 * h)
    scale = max(np.abs(analytic).max(), 1)
    np.testing.assert_allclose(numeric, analytic, atol=2e-7 * scale, rtol=2e-5)


def test_two_hidden_layers_are_needed_for_anything_to_be_skipped():
    plain, residual = (random_network("elu", (3, 4, 2), residual=on) for on in (False, True))
    inputs = points(plain)
    np.testing.assert_array_equal(
        plain.forward(inputs, Workspace(plain, 6)), residual.forward(inputs, Workspace(plain, 6))
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_lone_lane_has_bit_for_bit_the_sums_that_it_has_in_a_stack(dtype):
    stacked, alone = random_network("gelu", lanes=3, dtype=dtype), random_network("gelu", lanes=1)
    alone = Network(Contestant("gelu"), SIZES, 1, dtype, residual=True)
    alone.parameters[...] = stacked.parameters[1]
    found = []
    for network, inputs in ((stacked, points(stacked)), (alone, points(stacked)[1:2])):
        workspace = Workspace(network, 6)
        found.append(network.forward(inputs, workspace))
        workspace.delta[-1][...] = 1
        network.backward(workspace)
    np.testing.assert_array_equal(found[0][1], found[1][0])
    np.testing.assert_array_equal(stacked.gradients[1], alone.gradients[0])


def test_a_lane_does_not_feel_its_company():
    alone = experiment("prelu").with_value("population.seeds", 1)
    races = raced(experiment("relu", "prelu")), raced(alone.with_value("population.first_seed", 2))
    beside, alone = (race.recording.curves for race in races)
    for name in ("train_loss", "test_loss", "gradient_norm"):
        np.testing.assert_array_equal(beside.values(name)[:, 1, 2], alone.values(name)[:, 0, 0])


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_what_is_added_up_is_rounded_as_all_else(precision):
    race = raced(experiment("tanh", precision=precision))
    block = race._blocks[0]
    workspace = block.trainer.gradients(race._batches.peek().of(block.seeds))
    for array in (*workspace.z, *workspace.delta):
        np.testing.assert_array_equal(array, FORMATS[precision].round(array))


@pytest.mark.parametrize("key", ["relu", "gelu", "rrelu"])
def test_the_twin_skips_the_same_layers(key):
    race = raced(experiment(key, precision="float32"))
    noise = race.recording.layers.values("gradient_noise")
    assert (noise < 300 * np.finfo(np.float32).eps).all()


@pytest.mark.parametrize("key", [key for key, record in ACTIVATIONS.items() if not record.curved])
def test_the_pieces_are_those_of_a_dense_scan(key):
    network = random_network(key, (2, 4, 4, 4, 1))
    segment = Segment(np.array([-2.0, -1.5]), np.array([2.5, 1.0]))
    places = np.linspace(0, 1, 40001)
    y = network.forward(segment.inputs(places), Workspace(network, len(places)))[0, 0]
    scanned = places[1:-1][np.abs(np.diff(y, 2)) > 1e-10]
    exact = bend(network, 0, segment).kinks
    for kink in exact:
        assert np.abs(scanned - kink).min() <= places[1]
    for place in scanned:
        assert np.abs(exact - place).min() <= places[1]
    assert len(exact) > 0 or key == "identity"


@every_activation
def test_slopes_along_a_line_are_those_of_the_outputs(key):
    network, h = random_network(key, (2, 4, 4, 4, 1)), 1e-6
    segment = Segment(np.array([-2.0, -1.5]), np.array([2.5, 1.0]))
    places = np.linspace(0.013, 0.987, 37)

    def outputs(at):
        return network.forward(segment.inputs(at), Workspace(network, len(at))).copy()

    rise = (outputs(places + h) - outputs(places - h)) / (2 * h)
    np.testing.assert_allclose(tangents(network, segment, places), rise, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("depth", [3, 20])
@pytest.mark.parametrize("key", ["relu", "leaky_relu"])
def test_the_signal_grows_by_less_than_e_at_any_depth(key, depth):
    """Each of B branches adds 1/B of the variance that it finds: (1 + 1/B)^B in all."""
    width, lanes = 64, 32
    asked = dataclasses.replace(
        experiment(key, depth=depth, width=width),
        population=PopulationSettings(seeds=lanes),
        training=TrainingSettings(loss="squared_tanh"),
    )
    growths = []
    for block in build_blocks(asked, (width, *(width,) * depth, 1), 100, no_look):
        workspace = Workspace(block.network, 50)
        block.network.forward(points(block.network, 50), workspace)
        first, last = (np.square(workspace.z[at]).mean(axis=(1, 2)) for at in (0, depth - 1))
        growths.append(last / first)
    growth = np.concatenate(growths)
    error = growth.std(ddof=1) / np.sqrt(lanes)
    assert abs(growth.mean() - (1 + 1 / (depth - 1)) ** (depth - 1)) < 4 * error < 1


def test_weights_cannot_take_over_a_scale_that_is_skipped():
    assert rescaled(random_network("swish")) is None
    assert rescaled(random_network("swish", residual=False)) is not None
    plain, residual = (novelty(Contestant("swish"), 2, on)[0] for on in (False, True))
    assert plain.redundant
    assert not residual.redundant


def test_layers_of_different_widths_are_refused():
    with pytest.raises(Refusal, match="residual = True: must be false where hidden layers differ"):
        NetworkSettings(widths=(8, 8, 4), residual=True)
    assert NetworkSettings(widths=(8, 8), residual=True).hidden == (8, 8)
