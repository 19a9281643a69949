"""The float64 twin tells what rounding does, and leaves the race it looks at alone."""

import dataclasses

import numpy as np
import pytest

from engine import ACTIVATIONS, Contestant, Experiment, Race
from engine.cadence import COMPANY, KINDS
from engine.losses import LOSSES
from engine.measures import MEASURES
from engine.network import Network
from engine.resolve import cadence_sizes
from engine.rounding import REMEDIES, SCOPES, rounding_of
from engine.sections import TrainingSettings
from engine.seeds import Part
from engine.training import Trainer
from engine.twin import Twin
from engine.workspace import Workspace

TWIN_MEASURES = [measure.key for measure in MEASURES.values() if measure.twin]


def experiment(contestants=("tanh",), network=None, **changes):
    values = {
        "task__samples": 80,
        "training__steps": 40,
        "population__seeds": 3,
        "population__evaluate_every": 10,
        "population__record_every": 10,
        "population__twin_every": 1,
    } | changes
    made = Experiment(contestants=tuple(Contestant(c) for c in contestants))
    network = {"depth": 3, "width": 6} | (network or {})
    made = dataclasses.replace(made, network=dataclasses.replace(made.network, **network))
    for path, value in values.items():
        made = made.with_value(path.replace("__", "."), value)
    return made


def finished(*arguments, **changes):
    race = Race(experiment(*arguments, **changes))
    race.advance(race.experiment.training.steps)
    return race


def readings(race, name):
    """(rows, contestants, seeds, layers)"""
    return race.recording.layers.values(name)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_a_healthy_net_in_float32_is_off_by_roundings_of_float32(key):
    """RReLU among them: the twin sees the slopes that the step drew."""
    noise = readings(finished((key,)), "gradient_noise")
    epsilon = np.finfo(np.float32).eps
    assert (noise < 300 * epsilon).all()
    assert (noise > epsilon / 300).all()


def stepped(rounding, optimizer="sgd"):
    """A trainer before a step, what its twin read, and what the step left."""
    contestant, training = Contestant("elu"), TrainingSettings(optimizer=optimizer, steps=0)
    sizes, rng = (2, 5, 4, 1), np.random.default_rng(7)
    network = Network(contestant, sizes, 3, "float32", rounding=rounding)
    network.parameters[...] = rng.standard_normal(network.parameters.shape)
    trainer = Trainer(network, contestant, training, "mse")
    inputs = np.ones((3, 3, 9), np.float32)
    inputs[:, :2] = rng.standard_normal((3, 2, 9))
    batch = Part(inputs, rng.standard_normal((3, 1, 9)).astype(np.float32))
    double = Network(contestant, sizes, 3, "float64")
    reading = Twin(Trainer(double, contestant, training, "mse")).begin(trainer, batch)
    before, seen = [layer.weights.copy() for layer in network.layers], []

    def watch(network, workspace):
        seen.extend(layer.gradient.astype(float) for layer in network.layers)

    trainer.step(batch, reading.watch, watch)
    reading.finish(network)
    return network, batch, reading.values, before, seen


def exact_gradients(weights, batch):
    """The gradient of an ELU network, in float64, by a network of its own."""
    network = Network(Contestant("elu"), (2, 5, 4, 1), 3, "float64")
    for layer, kept in zip(network.layers, weights, strict=True):
        layer.weights[...] = kept
    workspace = Workspace(network, batch.size)
    outputs = network.forward(batch.inputs.astype(float), workspace, training=True)
    LOSSES["mse"].gradient(outputs, batch.targets.astype(float), out=workspace.delta[-1])
    network.backward(workspace)
    return [layer.gradient for layer in network.layers]


def test_readings_are_what_their_definitions_say():
    network, batch, values, before, seen = stepped(
        rounding_of("float16", "everything", "none", 1.0, [])
    )
    exact = exact_gradients(before, batch)
    for place, layer in enumerate(network.layers):
        for lane in range(3):
            g, g64, old, new = (
                array[lane, :, :-1].astype(float).ravel()
                for array in (seen[place], exact[place], before[place], layer.weights)
            )
            step = -np.float32(0.003) * g.astype(np.float32)
            expected = {
                "gradient_noise": np.linalg.norm(g - g64) / np.linalg.norm(g64),
                "wrong_sign_share": np.mean(np.sign(g) * np.sign(g64) < 0),
                "underflow_share": np.mean(g == 0),
                "lost_update_share": np.mean(new[step != 0] == old[step != 0]),
                "update_efficiency": (new - old) @ step / (step @ step.astype(float)),
            }
            for name, value in expected.items():
                np.testing.assert_allclose(values[name][lane, place], value, rtol=1e-5)
    assert 0 < values["lost_update_share"].mean() < 1


@pytest.mark.parametrize("remedy", ["master", "kahan"])
def test_what_a_remedy_remembers_is_not_lost(remedy):
    plain = stepped(rounding_of("bfloat16", "everything", "none", 1.0, []))[2]
    _, _, values, _, _ = stepped(rounding_of("bfloat16", "everything", remedy, 1.0, []))
    assert (plain["lost_update_share"] > 0.1).any()
    assert (values["lost_update_share"] < 0.01).all()
    np.testing.assert_allclose(values["update_efficiency"], 1, atol=0.02)


def test_the_twin_leaves_the_race_alone():
    """Curves are bit for bit the same however often it looks, random slopes included."""
    names = ("tanh", "rrelu")
    for network in ({}, {"precision": "bfloat16", "remedy": "stochastic"}):
        often = finished(names, network)
        seldom = finished(names, network, population__twin_every=1000)
        for curve in ("train_loss", "test_loss", "gradient_norm"):
            np.testing.assert_array_equal(
                often.recording.curves.values(curve), seldom.recording.curves.values(curve)
            )


@pytest.mark.parametrize("rounded", SCOPES)
def test_its_readings_do_not_feel_a_lanes_company(rounded):
    network = {"precision": "bfloat16", "rounded": rounded}
    alone = finished(("prelu",), network, population__seeds=1, population__first_seed=1)
    beside = finished(("elu", "prelu"), network, population__seeds=70)
    for name in TWIN_MEASURES:
        np.testing.assert_array_equal(
            readings(alone, name)[:, 0, 0], readings(beside, name)[:, 1, 1], err_msg=name
        )


@pytest.mark.parametrize("remedy", REMEDIES)
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_no_lane_feels_its_company_in_any_precision_with_any_remedy(precision, remedy):
    network = {"precision": precision, "remedy": remedy, "loss_scale": 16.0}
    alone = finished(("rrelu",), network, population__seeds=1, population__first_seed=1)
    beside = finished(("elu", "rrelu"), network, population__seeds=70)
    for name in ("train_loss", "test_loss", "gradient_norm"):
        curve = alone.recording.curves.values(name)[:, 0, 0]
        np.testing.assert_array_equal(curve, beside.recording.curves.values(name)[:, 1, 1])
        assert np.isfinite(curve).all()


def test_it_looks_at_its_own_cadence_and_at_the_end():
    race = finished(training__steps=70, population__twin_every=3)
    seen = ~np.isnan(readings(race, "gradient_noise")[:, 0, 0, 0])
    steps = race.recording.layers.steps[:, 0]
    assert steps[seen].tolist() == [0, 30, 60, 70]
    # Before the first step there is a gradient, and no update yet.
    lost = readings(race, "lost_update_share")
    assert np.isnan(lost[0]).all()
    assert not np.isnan(lost[-1]).any()


def test_float64_has_no_twin():
    race = finished(("tanh",), {"precision": "float64"})
    assert not set(TWIN_MEASURES) & set(race.recording.layers.names)
    resolved = Race(experiment(("tanh",), {"precision": "float64"}, population__twin_every=0))
    assert resolved.experiment.population.twin_every == 0


@pytest.mark.parametrize("steps", [0, 20, 300, 1000, 100_000])
@pytest.mark.parametrize("record_every", [1, 7, 400])
def test_its_automatic_cadence_costs_little_and_is_saved(steps, record_every):
    changes = {"training__steps": steps, "population__record_every": record_every}
    small, large = (
        Race(experiment(population__twin_every=0, population__seeds=seeds, **changes))
        for seeds in (1, 5)
    )
    population = small.experiment.population
    assert population.twin_every == large.experiment.population.twin_every >= 1
    sizes, kind = cadence_sizes(small.experiment, small._data), KINDS["twin"]
    share = sizes.costs(COMPANY)["twin"] / population.twin_steps
    spared = sizes.seconds(COMPANY)["twin"] * steps / population.twin_steps
    assert share <= kind.share or spared <= kind.spared


def test_a_batch_taken_in_parts_is_compared_as_a_whole():
    race = finished(
        ("tanh",), {"depth": 1, "width": 2},
        task__samples=40_000, training__batch_size=0, training__steps=2, population__seeds=1,
    )  # fmt: skip
    assert race._blocks[0].trainer._longest < race._batches.points
    assert (readings(race, "gradient_noise") < 1e-4).all()


def test_a_dead_units_momentum_is_no_lost_update():
    """The last of Adam's momentum fades for hundreds of steps; nothing is lost with it."""
    contestant, training = Contestant("relu"), TrainingSettings(optimizer="adam", steps=0)
    network = Network(contestant, (1, 2, 1), 1, "float32")
    network.layers[0].weights[0] = [[1.0, 0.0], [1.0, 0.0]]
    network.layers[1].weights[0] = [[1.0, 1.0, 0.0]]
    trainer = Trainer(network, contestant, training, "mse")
    inputs = np.array([[[0.5, 1.0], [1.0, 1.0]]], np.float32)
    batch = Part(inputs, np.array([[[0.1, 0.4]]], np.float32))
    twin = Twin(Trainer(Network(contestant, (1, 2, 1), 1, "float64"), contestant, training, "mse"))
    trainer.step(batch)
    network.layers[0].weights[0, 0] = [-1.0, 0.0]
    for _ in range(300):
        trainer.step(batch)
    reading = twin.begin(trainer, batch)
    trainer.step(batch, reading.watch)
    reading.finish(network)
    dead_update = trainer.update[0, 0]
    assert dead_update != 0
    assert network.layers[0].weights[0, 0, 0] - dead_update == network.layers[0].weights[0, 0, 0]
    assert reading.values["lost_update_share"][0, 0] == 0


def test_it_is_not_noise_that_stops_a_deep_sigmoid():
    """Tiny gradients are as exact as large ones; what stops them is absorption."""
    race = finished(
        ("sigmoid",), {"depth": 40, "width": 8}, training__steps=20, population__seeds=4
    )
    lowest = {name: readings(race, name)[-1, 0, :, 0] for name in MEASURES}
    assert (lowest["weight_gradient_rms"] < 1e-15).all()
    assert (lowest["gradient_noise"] < 1e-5).all()
    assert (lowest["wrong_sign_share"] == 0).all()
    assert (lowest["underflow_share"] == 0).all()
    assert (lowest["lost_update_share"] == 1).all()
