"""Stacked networks against central differences, a plain loop, and playground's own numbers."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.losses import LOSSES
from engine.network import Network
from engine.price import LONGEST_PASS, block_lanes
from engine.ready import replay
from engine.rounding import rounding_of
from engine.sections import TrainingSettings
from engine.seeds import Part
from engine.training import Trainer, longest_pass
from engine.workspace import Workspace

OUTPUTS = {"regression": 2, "binary": 1, "multiclass": 3}


def with_ones(inputs):
    ones = np.ones((*inputs.shape[:-2], 1, inputs.shape[-1]))
    return np.concatenate([inputs, ones], axis=-2)


def targets_for(kind, shape, rng):
    if kind == "regression":
        return rng.standard_normal(shape)
    if kind == "binary":
        return rng.integers(0, 2, shape).astype(float)
    return np.eye(shape[1])[rng.integers(0, shape[1], (shape[0], shape[2]))].transpose(0, 2, 1)


def contestant(key, mode):
    names = [p.name for p in ACTIVATIONS[key].parameters]
    return Contestant(key, trained=dict.fromkeys(names, mode))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("key", ACTIVATIONS)
@pytest.mark.parametrize("mode", ["layer", "unit"])
def test_gradients_of_a_three_layer_net_agree_with_central_differences(key, loss, mode):
    record = LOSSES[loss]
    if mode == "unit" and not ACTIVATIONS[key].parameters:
        mode = "fixed"
    rng = np.random.default_rng(5)
    outputs = OUTPUTS[record.kinds[0]]
    streams = [np.random.default_rng(8)] * 2
    network = Network(contestant(key, mode), (3, 4, 5, 3, outputs), 2, "float64", streams)
    network.parameters += 0.7 * rng.standard_normal(network.parameters.shape)
    workspace = Workspace(network, 6)
    inputs = with_ones(rng.standard_normal((2, 3, 6)))
    targets = targets_for(record.kinds[0], (2, outputs, 6), rng)

    def value():
        # The same draws each time, so that a stochastic activation stays one function.
        if network.noise:
            network.noise = [np.random.default_rng(lane) for lane in range(2)]
        return record.value(network.forward(inputs, workspace, training=True), targets)

    value()
    record.gradient(workspace.outputs, targets, out=workspace.delta[-1])
    network.backward(workspace)
    analytic = network.gradients.copy()
    numeric = np.empty_like(analytic)
    h = 1e-6
    for i in range(network.parameters.shape[1]):
        kept = network.parameters[:, i].copy()
        network.parameters[:, i] = kept + h
        above = value()
        network.parameters[:, i] = kept - h
        numeric[:, i] = (above - value()) / (2 * h)
        network.parameters[:, i] = kept
    scale = np.abs(analytic).max()
    assert scale > 0
    np.testing.assert_allclose(numeric, analytic, atol=2e-7 * max(scale, 1), rtol=2e-5)


def test_a_stacked_pass_is_a_plain_loop_over_lanes_and_layers():
    rng = np.random.default_rng(0)
    network = Network(Contestant("elu"), (2, 4, 3, 2), 3, "float64")
    network.parameters[...] = rng.standard_normal(network.parameters.shape)
    inputs = rng.standard_normal((3, 2, 7))
    outputs = network.forward(with_ones(inputs), Workspace(network, 7))
    for lane in range(3):
        a = inputs[lane]
        for place, layer in enumerate(network.layers):
            z = layer.weights[lane, :, :-1] @ a + layer.weights[lane, :, -1:]
            a = np.where(z > 0, z, np.expm1(np.minimum(z, 0))) if place < 2 else z
        np.testing.assert_allclose(outputs[lane], a, rtol=1e-13)


def test_a_workspace_takes_inputs_of_each_lane_and_shared_ones_in_turns():
    rng = np.random.default_rng(1)
    network = Network(Contestant("elu"), (2, 4, 1), 3, "float64")
    network.parameters[...] = rng.standard_normal(network.parameters.shape)
    own, shared = (with_ones(rng.standard_normal((lanes, 2, 7))) for lanes in (3, 1))
    workspace = Workspace(network, 7)
    for inputs in (own, shared, own, np.flip(own, axis=2), shared):
        outputs = network.forward(inputs, workspace)
        np.testing.assert_array_equal(outputs, network.forward(inputs, Workspace(network, 7)))


@pytest.mark.parametrize("mode", ["fixed", "layer", "unit"])
def test_weights_are_found_in_every_buffer_laid_out_as_the_parameters(mode):
    """Trained shapes stand between the layers' weights."""
    network = Network(contestant("prelu", mode), (3, 5, 4, 2), 2, "float64")
    network.parameters[...] = np.arange(network.parameters.size).reshape(2, -1)
    for layer, weights in zip(network.layers, network.weights_in(network.parameters), strict=True):
        np.testing.assert_array_equal(weights, layer.weights[:, :, :-1].swapaxes(1, 2))


TRAINABLE = [key for key, activation in ACTIVATIONS.items() if activation.parameters]


def each_way_to_train(record):
    """Each parameter fixed, one a layer or one a unit, in every mixture that trains something."""
    names = [parameter.name for parameter in record.parameters]
    for modes in itertools.product(("fixed", "layer", "unit"), repeat=len(names)):
        if set(modes) != {"fixed"}:
            yield dict(zip(names, modes, strict=True))


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("key", TRAINABLE)
def test_trained_parameters_stay_inside_their_domain_however_hard_they_are_pushed(key, precision):
    """What was learnt can be given to another contestant, to the last bit."""
    rng = np.random.default_rng(3)
    inputs, targets = rng.standard_normal((6, 2, 8)), rng.standard_normal((6, 1, 8))
    for trained in each_way_to_train(ACTIVATIONS[key]):
        contestant = Contestant(key, trained=trained)
        for optimizer, rate in (("adam", 0.3), ("adam", 3.0), ("sgd", 0.5)):
            training = TrainingSettings(optimizer=optimizer, learning_rate=rate, steps=0)
            trainer = pushed(contestant, training, precision, Part(with_ones(inputs), targets))
            for learnt in learnt_values(trainer):
                Contestant(key, dict(contestant.parameters) | learnt)


def pushed(contestant, training, precision, batch):
    """A trainer after 200 steps of a network of two hidden layers."""
    rounding = rounding_of(precision, "everything", "none", 1.0, [])
    dtype = "float64" if precision == "float64" else "float32"
    noise = [np.random.default_rng([7, lane]) for lane in range(6)]
    network = Network(contestant, (2, 4, 3, 1), 6, dtype, noise, rounding=rounding)
    network.parameters += 0.5 * np.random.default_rng(4).standard_normal(network.parameters.shape)
    trainer = Trainer(network, contestant, training, "mse")
    batch = Part(batch.inputs.astype(dtype), batch.targets.astype(dtype))
    with np.errstate(all="ignore"):
        for _ in range(200):
            trainer.step(batch)
    return trainer


def learnt_values(trainer):
    """What is trained in each unit of each lane that has not diverged, by name."""
    for layer in trainer.network.hidden:
        for one in layer.trained:
            one.refresh()
        values = [
            np.broadcast_to(one.value, (trainer.network.lanes, layer.units, 1))[
                trainer.diverged < 0
            ].ravel()
            for one in layer.trained
        ]
        names = [one.parameter.name for one in layer.trained]
        for of_unit in zip(*values, strict=True):
            yield dict(zip(names, map(float, of_unit), strict=True))


def test_a_window_that_training_has_closed_is_open_again_and_learns():
    contestant = Contestant("hardtanh", trained={"min_val": "layer", "max_val": "unit"})
    network = Network(contestant, (2, 6, 1), 4, "float64")
    low, high = network.hidden[0].trained
    low.raw[...], high.raw[:, 2:4] = 0.5, 0.3
    replay(network.projections)
    z = np.broadcast_to(np.linspace(-3.0, 3.0, 601), (4, 6, 601))
    slope = ACTIVATIONS["hardtanh"].derivative(z, min_val=low.raw, max_val=high.raw)
    assert slope.any(axis=2).all()
    # Neither of the two that met is where the other was.
    assert np.all((low.raw > 0.3) & (low.raw < 0.5))
    assert np.all(high.raw[:, [0, 1, 4, 5]] == 1.0)


FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "playground.json").read_text())


@pytest.mark.parametrize("case", FIXTURE["configurations"], ids=lambda c: c["name"])
def test_epochs_agree_with_playgrounds_own(case):
    shape = (2, *case["shape"], 1)
    contestant = Contestant(case["activation"].lower())
    network = Network(contestant, shape, 1, "float64")
    for layer, weights, biases in zip(
        network.layers, case["initial"]["W"], case["initial"]["b"], strict=True
    ):
        layer.weights[0, :, :-1] = weights
        layer.weights[0, :, -1] = biases
    training = TrainingSettings(optimizer="sgd", learning_rate=case["learning_rate"], steps=0)
    trainer = Trainer(network, contestant, training, "squared_tanh")
    points = np.array(FIXTURE["train"])
    inputs, targets = with_ones(points[:, :2].T[None]), (points[:, 2:].T[None] + 1) / 2
    for epoch in range(1, 6):
        for columns in playground_batches(len(points), case["batch"], epoch):
            trainer.step(Part(inputs[:, :, columns], targets[:, :, columns]))
        if str(epoch) in case["after"]:
            after = case["after"][str(epoch)]
            for layer, weights, biases in zip(network.layers, after["W"], after["b"], strict=True):
                np.testing.assert_allclose(layer.weights[0, :, :-1], weights, atol=1e-14)
                np.testing.assert_allclose(layer.weights[0, :, -1], biases, atol=1e-14)


def playground_batches(points, batch, epoch):
    """Playground's batches of one epoch: what is left over joins the next epoch's first one."""
    left = points % batch
    everything = np.arange(points)
    full = [everything[start : start + batch] for start in range(0, points - left, batch)]
    if left and epoch > 1:
        full[0] = np.concatenate([everything[points - left :], full[0]])
    return full


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_a_lone_lane_has_bit_for_bit_the_sums_that_it_has_in_a_stack(batch, dtype):
    rng = np.random.default_rng(6)
    sizes = (2, 1, 1, 2, 3, 8, 1, 17, 64, 33, 1)
    alone = Network(Contestant("tanh"), sizes, 1, dtype)
    stacked = Network(Contestant("tanh"), sizes, 3, dtype)
    stacked.parameters[...] = rng.standard_normal(stacked.parameters.shape)
    alone.parameters[...] = stacked.parameters[1]
    inputs = with_ones(rng.standard_normal((3, 2, batch))).astype(dtype)
    outputs = []
    for network, points in ((stacked, inputs), (alone, inputs[1:2])):
        workspace = Workspace(network, batch)
        outputs.append(network.forward(points, workspace, training=True))
        workspace.delta[-1][...] = 1
        network.backward(workspace)
    np.testing.assert_array_equal(outputs[0][1], outputs[1][0])
    np.testing.assert_array_equal(stacked.gradients[1], alone.gradients[0])


def multiplications(call):
    """Of a matrix product that a plan holds; 0 of anything else."""
    function = getattr(call, "func", None)
    if function is np.matmul:
        a, b = call.args[:2]
    elif getattr(function, "__name__", "") == "dot":
        a, b = function.__self__, call.args[0]
    else:
        return 0
    return a.size * b.shape[-1]


# What one core multiplies and adds in some 40 ms where matrices are large, in float32.
MOST_BETWEEN_LOOKS = 2**31


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [8, 64, 128, 512, 1024])
def test_no_more_than_50_ms_of_products_stand_between_two_looks(width, dtype):
    """In the largest pass of a full block."""
    experiment = Experiment().with_value("network.width", width).with_value("network.depth", 3)
    experiment = experiment.with_value("network.precision", dtype)
    sizes = (64, *experiment.network.hidden, 10)
    experiment = experiment.with_value("training.batch_size", 0)

    def look():
        pass

    lanes = block_lanes(experiment, sizes, LONGEST_PASS)
    network = Network(Contestant("gelu"), sizes, lanes, dtype, look=look)
    batch = longest_pass(network)
    workspace = Workspace(network, batch)
    network.plan_forward(np.zeros((1, 65, batch), dtype), workspace, training=True)
    plan = workspace.plan
    work = [0]
    for call in (*plan.forward, look, *plan.slopes, look, *plan.backward):
        work[-1] += multiplications(call)
        if call is look:
            work.append(0)
    # Each layer's product, and the two that come back through it, are there.
    assert sum(work) >= 3 * lanes * batch * 2 * width * width
    assert max(work) <= MOST_BETWEEN_LOOKS * 4 // network.parameters.itemsize


def test_readings_and_the_update_of_a_step_are_apart_by_a_look():
    seen = []
    network = Network(Contestant("relu"), (2, 4, 1), 2, "float64", look=lambda: seen.append("look"))
    training = TrainingSettings(steps=0)
    trainer = Trainer(network, Contestant("relu"), training, "mse")
    batch = Part(with_ones(np.zeros((2, 2, 8))), np.zeros((2, 1, 8)))
    trainer.step(batch, *(lambda network, workspace: seen.append("reading") for _ in range(2)))
    assert seen[-5:] == ["look", "reading", "look", "reading", "look"]
