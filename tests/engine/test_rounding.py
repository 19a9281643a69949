"""What a narrow format does to training, and what its remedies give back."""

import dataclasses

import ml_dtypes
import numpy as np
import pytest

from engine import Contestant, Experiment, Race, Refusal
from engine.network import Network
from engine.precision import FORMATS
from engine.rounding import REMEDIES, Rounding, rounding_of
from engine.sections import NetworkSettings, TrainingSettings
from engine.seeds import Part
from engine.training import Trainer

NATIVE = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
# Where updates of a weight of 1 are lost, upward and downward, and where gradients become 0.
LIMITS = {
    "float16": (4.9e-4, 2.4e-4, 2.98e-8),
    "bfloat16": (3.9e-3, 2.0e-3, 4.6e-41),
    "float32": (6.0e-8, 3.0e-8, 7.0e-46),
}
every_limit = pytest.mark.parametrize("precision", LIMITS)
every_remedy = pytest.mark.parametrize("remedy", REMEDIES)


def experiment(contestants=("tanh",), network=None, **changes):
    """A small experiment; `network` replaces settings of that section at once."""
    made = Experiment(contestants=tuple(Contestant(c) for c in contestants))
    made = dataclasses.replace(made, network=dataclasses.replace(made.network, **(network or {})))
    for path, value in changes.items():
        made = made.with_value(path.replace("__", "."), value)
    return made


def finished(*arguments, **changes):
    race = Race(experiment(*arguments, **changes))
    race.advance(race.experiment.training.steps)
    return race


def line(rounding, weight, x, slope):
    """A network of one weight on one point, where the loss's gradient by the weight is given."""
    network = Network(Contestant("identity"), (1, 1), 1, "float32", rounding=rounding)
    network.layers[0].weights[0, 0, 0] = weight
    training = TrainingSettings(optimizer="sgd", learning_rate=1.0, steps=0)
    inputs = np.array([[[x], [1.0]]], np.float32)
    output = network.layers[0].weights[0, 0, 0] * inputs[0, 0, 0]
    target = output - np.float32(slope / x / 2)
    return Trainer(network, Contestant("identity"), training, "mse"), Part(
        inputs, np.array([[[target]]], np.float32)
    )


def moved(precision, change):
    """What becomes of the weight 1 when a step of training would change it so much."""
    trainer, batch = line(rounding_of(precision, "updates", "none", 1.0, []), 1.0, change, change)
    if precision == "float32":
        trainer, batch = line(Rounding(), 1.0, change, change)
    before = trainer.network.parameters[0, 0]
    trainer.step(batch)
    return trainer.network.parameters[0, 0] != before


@every_limit
def test_updates_of_1_are_lost_up_to_the_formats_limits(precision):
    up, down, _ = LIMITS[precision]
    assert pytest.approx(up, rel=0.03) == FORMATS[precision].epsilon / 2
    assert pytest.approx(down, rel=0.03) == FORMATS[precision].epsilon / 4
    exact = FORMATS[precision].epsilon
    # A gradient above 0 leads downward.
    assert not moved(precision, -0.999 * exact / 2)
    assert moved(precision, -1.001 * exact / 2)
    assert not moved(precision, 0.999 * exact / 4)
    assert moved(precision, 1.001 * exact / 4)


@every_limit
@pytest.mark.parametrize(("factor", "survives"), [(0.98, False), (1.02, True)])
def test_gradients_underflow_at_the_formats_limits(precision, factor, survives):
    limit = FORMATS[precision].underflow
    assert limit == pytest.approx(LIMITS[precision][2], rel=0.01)
    rounding = Rounding()
    if FORMATS[precision].emulated:
        rounding = rounding_of(precision, "gradients", "none", 1.0, [])
    trainer, batch = line(rounding, 0.0, limit**0.5, factor * limit)
    trainer.gradients(batch)
    assert (trainer.network.gradients[0, 0] != 0) == survives


def test_a_loss_scale_saves_what_would_underflow():
    tiny = FORMATS["float16"].underflow / 100
    for scope in ("everything", "gradients"):
        trainer, batch = line(rounding_of("float16", scope, "none", 2.0**15, []), 0.0, 1.0, tiny)
        trainer.gradients(batch)
        np.testing.assert_allclose(trainer.network.gradients[0, 0], tiny, rtol=1e-2)
        np.testing.assert_allclose(trainer.workspaces.of(trainer.network, 1).delta[0], tiny, 1e-2)


@pytest.mark.parametrize("precision", NATIVE)
@every_remedy
def test_with_everything_rounded_there_is_nothing_off_the_grid(precision, remedy):
    network = {"precision": precision, "remedy": remedy, "depth": 2}
    race = Race(experiment(("tanh", "prelu", "softplus"), network, population__seeds=3))
    race.advance(20)
    for block in race._blocks:
        trainer = block.trainer
        workspace = trainer.gradients(race._batches.peek().of(block.seeds))
        kept = [trainer.network.parameters, trainer.network.gradients]
        passes = [*workspace.z, *workspace.reads, *workspace.slope, *workspace.delta]
        for array in kept + passes:
            native = array.astype(NATIVE[precision]).astype(np.float32)
            np.testing.assert_array_equal(array, native)
        assert trainer.network.parameters.dtype == np.float32


@pytest.mark.parametrize("key", ["relu", "prelu", "softplus"])
def test_a_format_as_wide_as_its_carrier_changes_no_bit(key):
    """The rounded way through training is the plain one, with roundings put in."""
    single = FORMATS["float32"]
    results = []
    for rounding in (
        Rounding(),
        Rounding(single, single, single, REMEDIES["none"].store(single, [])),
        Rounding(loss_scale=2.0**10),
    ):
        contestant = Contestant(key)
        network = Network(contestant, (2, 5, 4, 1), 3, "float32", rounding=rounding)
        rng = np.random.default_rng(1)
        network.parameters += rng.standard_normal(network.parameters.shape, np.float32)
        training = TrainingSettings(optimizer="momentum", learning_rate=1e-3, steps=0)
        trainer = Trainer(network, contestant, training, "mse")
        inputs = rng.standard_normal((3, 3, 8), np.float32)
        for _ in range(30):
            trainer.step(Part(inputs, np.sin(inputs[:, :1])))
        results.append(network.parameters)
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def stored(remedy, steps, lanes=1, precision="bfloat16", start=1.0):
    """Weights from a store that took these steps one after another, and the store."""
    streams = [np.random.default_rng(lane) for lane in range(lanes)]
    store = REMEDIES[remedy].store(FORMATS[precision], streams)
    weights = np.full((lanes, 4), start, np.float32)
    store.start(weights)
    for step in steps:
        store.subtract(weights, np.full_like(weights, step))
    return weights, store


def test_steps_too_small_for_the_format_add_up_with_every_remedy_and_with_none_do_not():
    spacing = FORMATS["bfloat16"].epsilon
    steps = [-spacing / 50] * 1000
    assert (stored("none", steps)[0] == 1).all()
    for remedy in ("master", "kahan"):
        np.testing.assert_allclose(stored(remedy, steps)[0], 1 + 20 * spacing, atol=spacing)
    # A sum of 1000 draws with chance 1/50: its standard deviation is 4.4 spacings.
    mean = stored("stochastic", steps, lanes=64)[0].mean()
    np.testing.assert_allclose(mean, 1 + 20 * spacing, atol=5 * 4.5 * spacing / 64**0.5)


def test_a_master_copy_is_bit_for_bit_a_float32_weight():
    steps = np.random.default_rng(2).standard_normal(300).astype(np.float32) * 1e-3
    weights, store = stored("master", steps, start=0.7)
    plain = np.full_like(weights, 0.7)
    for step in steps:
        plain -= step
    np.testing.assert_array_equal(store.held(weights), plain)
    np.testing.assert_array_equal(weights, FORMATS["bfloat16"].round(plain))


@pytest.mark.parametrize("depth", [0, 2])
@every_remedy
def test_a_lane_that_overflows_is_out_for_good_and_the_others_go_on(remedy, depth):
    """float16 ends at 65504, far before its carrier: the outputs of wild weights pass that."""
    network = {"precision": "float16", "remedy": remedy, "depth": depth}
    settings = {"training__optimizer": "sgd", "training__steps": 60, "task__data": "plane"}
    wild = dataclasses.replace(Contestant("relu"), learning_rate=100.0)
    race = Race(
        dataclasses.replace(
            experiment(("relu",), network, population__seeds=2, **settings),
            contestants=(Contestant("relu", learning_rate=1e-4), wild),
        )
    )
    race.advance(60)
    losses = race.recording.curves.values("train_loss")[-1]
    assert np.isfinite(losses[0]).all()
    assert np.isnan(losses[1]).all()
    assert np.isnan(race._blocks[1].network.parameters).all()


def test_bfloat16_is_absorbed_rather_than_noisy_and_every_remedy_repairs_it():
    """Absorbed, not noisy: rounding gradients costs nothing, rounding updates does (16 seeds)."""
    task = {"task__data": "sin3x", "task__samples": 200, "training__steps": 600}
    task |= {"training__schedule": "cosine", "population__seeds": 16}

    def losses(**network):
        race = finished(("tanh",), {"depth": 2, "width": 16} | network, **task)
        return np.log10(race.recording.curves.values("test_loss")[-1, 0])

    exact = losses()
    gradients = losses(precision="bfloat16", rounded="gradients")
    assert abs(np.median(gradients - exact)) < 0.05
    updates = losses(precision="bfloat16", rounded="updates")
    assert np.median(updates - exact) > 0.2
    assert (updates > gradients).mean() > 0.8
    for remedy in ("master", "stochastic", "kahan"):
        repaired = losses(precision="bfloat16", rounded="updates", remedy=remedy)
        assert abs(np.median(repaired - exact)) < 0.05, remedy


@pytest.mark.parametrize(
    ("network", "field", "allowed"),
    [
        ({"remedy": "kahan"}, "remedy", "must be none in float32; bfloat16 or float16"),
        ({"precision": "float64", "loss_scale": 8}, "loss_scale", "must be 1.0 in float64"),
        ({"rounded": "updates"}, "rounded", "must be everything in float32"),
        (
            {"precision": "bfloat16", "rounded": "gradients", "remedy": "master"},
            "remedy",
            "must be none where the format holds gradients only",
        ),
        (
            {"precision": "float16", "rounded": "updates", "loss_scale": 2},
            "loss_scale",
            "must be 1 where the format holds updates only",
        ),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_allowed(network, field, allowed):
    with pytest.raises(Refusal, match=allowed) as refused:
        NetworkSettings(**network)
    assert refused.value.field == field
