"""Activations in few bits: evenly spaced levels with 0 among them, where lanes are judged alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Contestant, Experiment, Race
from engine.low_bits import grid
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings

BITS = [2, 3, 8, 16]


def activations(low, high, dtype="float64", lanes=3):
    rng = np.random.default_rng(0)
    return rng.uniform(low, high, (lanes, 5, 40)).astype(dtype)


def rounded(values, bits):
    found = values.copy()
    grid(values, bits).round(found)
    return found


def race(bits=0, contestants=("relu", "prelu"), data="circle", seeds=3, first_seed=0, steps=60):
    made = Race(
        Experiment(
            task=TaskSettings(data=data, samples=700),
            network=NetworkSettings(depth=2, width=8, activation_bits=bits, precision="float64"),
            training=TrainingSettings(steps=steps, batch_size=16),
            population=PopulationSettings(
                seeds=seeds, first_seed=first_seed, evaluate_every=20, record_every=20
            ),
            contestants=tuple(map(Contestant, contestants)),
        )
    )
    made.advance(steps)
    return made


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bits", [2, 3, 8])
@pytest.mark.parametrize("low", [-4.0, -0.3, 0.0])
def test_there_are_so_many_levels_and_each_value_takes_the_nearest(low, bits, dtype):
    values = activations(low, 3.0, dtype)
    found = rounded(values, bits)
    assert found.dtype == values.dtype
    for lane, before in zip(found, values, strict=True):
        levels = np.unique(lane)
        assert 2 < len(levels) <= 2**bits
        step = (before.max() - min(before.min(), 0)) / (2**bits - 1)
        # The levels are shifted to meet 0, so that either end may lie half a step beyond the last.
        assert np.abs(lane - before).max() <= step * (1 + 1e-5)
        inside = (before > levels[0]) & (before < levels[-1])
        assert np.abs(lane - before)[inside].max() <= step / 2 * (1 + 1e-5)
        np.testing.assert_allclose(levels / step, np.rint(levels / step), atol=1e-4)


@given(st.floats(1e-6, 1e6), st.sampled_from(BITS))
def test_values_that_are_never_negative_spend_every_level_on_their_own_side(largest, bits):
    values = activations(0, largest)
    values[:, 0, 0] = 0
    found = grid(values, bits)
    np.testing.assert_array_equal(found.lowest, 0)
    np.testing.assert_array_equal(found.highest, 2**bits - 1)
    top = values.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(found.highest * found.step, top, rtol=1e-15)


@pytest.mark.parametrize("low", [-4.0, -0.3, 0.0])
def test_exact_zeros_stay_zeros(low):
    values = activations(low, 3.0)
    values[:, 1] = 0
    assert not rounded(values, 2)[:, 1].any()
    assert not rounded(np.zeros((1, 2, 3)), 2).any()


def test_each_lane_has_levels_of_its_own():
    values = activations(-1, 2)
    values[1] *= 100
    values[2] = np.nan
    together = rounded(values, 3)
    for lane in range(3):
        np.testing.assert_array_equal(rounded(values[lane : lane + 1], 3)[0], together[lane])


def test_what_is_judged_is_the_network_with_rounded_activations():
    made = race(bits=3)
    part = made._data.test
    for block in made._blocks:
        levels = list(block._levels())
        a = part.inputs
        for layer, found in zip(block.network.hidden, levels, strict=True):
            z = layer.weights @ a
            a = block.network.activation.value(z, **layer.arguments)
            found.round(a)
            a = np.concatenate([a, np.ones_like(a[:, :1])], axis=1)
        outputs = block.network.layers[-1].weights @ a
        loss = block.trainer.loss.value(outputs, part.targets)
        np.testing.assert_allclose(block.evaluate(part)[0], loss, rtol=1e-12)
        recorded = made.recording.curves.values("test_loss")[-1, block.contestant]
        np.testing.assert_array_equal(block.evaluate(part)[0], recorded)
        np.testing.assert_allclose(block.predict(part.inputs), outputs, rtol=1e-12)


def test_an_answer_does_not_depend_on_what_else_is_asked():
    block = race(bits=2)._blocks[0]
    inputs = race()._data.test.inputs
    together = block.predict(inputs)
    one_by_one = [block.predict(inputs[:, :, place : place + 1]) for place in range(20)]
    found = np.concatenate(one_by_one, axis=2)
    np.testing.assert_allclose(found, together[:, :, :20], rtol=1e-12)


def test_training_and_what_is_seen_inside_do_not_move():
    plain, low = race(), race(bits=2)
    for one, other in zip(plain._blocks, low._blocks, strict=True):
        np.testing.assert_array_equal(one.network.parameters, other.network.parameters)
    for name in plain.recording.layers.names:
        np.testing.assert_array_equal(
            plain.recording.layers.values(name, plain.recording.layers.channels[name].parts[0]),
            low.recording.layers.values(name, low.recording.layers.channels[name].parts[0]),
        )
    for name in ("gradient_norm", "epoch"):
        np.testing.assert_array_equal(
            plain.recording.curves.values(name), low.recording.curves.values(name)
        )
    one, other = (made.recording.curves.values("test_loss") for made in (plain, low))
    assert (one != other).all()
    assert (plain.recording.fit.outputs != low.recording.fit.outputs).any()


def test_more_bits_come_closer_to_none():
    plain = race().recording.curves.values("test_loss")
    apart = [
        np.abs(race(bits).recording.curves.values("test_loss") - plain).max()
        for bits in (2, 4, 8, 16)
    ]
    assert sorted(apart, reverse=True) == apart
    assert 100 * apart[-1] < apart[0]


def test_a_lane_does_not_feel_its_company():
    beside = race(2, ("relu", "prelu"), seeds=70).recording.curves
    alone = race(2, ("prelu",), seeds=1, first_seed=69).recording.curves
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        np.testing.assert_array_equal(alone.values(name)[:, 0, 0], beside.values(name)[:, 1, 69])
