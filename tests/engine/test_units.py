"""Histories of single units agree with the networks, and find room in any recording."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.recording import Recording
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.track import Track
from engine.units import (
    LEAST_ROWS,
    MEMORY_SHARE,
    QUANTILES,
    kept_units,
    unit_channels,
    unit_stride,
)

WIDTHS = (7, 4, 6)
STEPS = 60


def planned(**population: object) -> Experiment:
    return Experiment(
        task=TaskSettings(data="circle", samples=100),
        network=NetworkSettings(widths=WIDTHS),
        training=TrainingSettings(steps=STEPS, optimizer="adam", learning_rate=0.05),
        population=PopulationSettings(
            **{"seeds": 5, "record_every": 5, "memory": 16, "histogram_seed": 3} | population
        ),
        contestants=(Contestant("relu"), Contestant("tanh"), Contestant("hardtanh")),
    )


def raced(experiment: Experiment) -> Race:
    race = Race(experiment)
    race.advance(STEPS)
    return race


@pytest.fixture(scope="module")
def race():
    return raced(planned())


def preactivations(race: Race, contestant: int) -> list[np.ndarray]:
    """Of each hidden layer on the probe, (lanes, units, inputs), by plain matrix products."""
    (block,) = [block for block in race._blocks if block.contestant == contestant]
    values, found = race._observer._probe.inputs, []
    for layer in block.network.hidden:
        found.append(np.matmul(layer.weights, values))
        ones = np.ones((len(found[-1]), 1, found[-1].shape[2]), values.dtype)
        outputs = block.network.activation.value(found[-1], **layer.arguments)
        values = np.concatenate([outputs, ones], axis=1)
    return found


@pytest.mark.parametrize("contestant", range(3))
def test_what_is_kept_is_what_the_networks_do(race, contestant):
    now = {name: race.recording.units.values(name)[-1] for name in race.recording.units.names}
    record = race.experiment.contestants[contestant].record
    dead, zero, saturated, spread = [], [], [], []
    for z in preactivations(race, contestant):
        zeros = record.derivative(z) == 0
        dead.append(zeros.all(axis=2).mean(axis=0))
        zero.append(zeros[2].mean(axis=1))
        tails = np.zeros(z[2].shape, bool)
        for low, high in record.saturation(**record.defaults):
            tails |= (z[2] >= low) & (z[2] <= high)
        saturated.append((tails & ~zeros[2]).mean(axis=1))
        spread.append(np.quantile(z[2], QUANTILES, axis=1, method="nearest").T)
    for name, found in (("dead_lanes", dead), ("zero_share", zero), ("saturated_share", saturated)):
        np.testing.assert_allclose(now[name][contestant], np.concatenate(found), rtol=1e-6)
    np.testing.assert_allclose(
        now["preactivation"][contestant], np.concatenate(spread), rtol=1e-4, atol=1e-5
    )


def test_units_and_layers_tell_one_story(race):
    """The lanes in which units are dead add up to the layers' dead shares, at every record."""
    lanes, layers = race.recording.units.values("dead_lanes"), race.recording.layers
    np.testing.assert_array_equal(race.recording.units.steps, layers.steps)
    for place, units in enumerate(np.split(lanes, np.cumsum(WIDTHS)[:-1], axis=2)):
        shares = layers.values("dead_share")[..., place].mean(axis=2)
        np.testing.assert_allclose(units.mean(axis=2), shares, rtol=1e-6)
    assert lanes[:, 0].any()


def test_the_chosen_lane_is_the_one_it_would_be_alone(race):
    alone = raced(planned(seeds=1, first_seed=2, histogram_seed=1)).recording.units
    for name in ("zero_share", "saturated_share", "preactivation"):
        np.testing.assert_array_equal(race.recording.units.values(name), alone.values(name))
    dead = alone.values("dead_lanes")
    np.testing.assert_array_equal(dead, alone.values("zero_share") == 1)


def test_a_lane_that_diverged_counts_no_more():
    race = Race(planned())
    race.advance(10)
    for block in race._blocks:
        block.trainer.freeze(np.arange(5) == 2)
    race.advance(10)
    units = race.recording.units
    for name in ("zero_share", "saturated_share", "preactivation"):
        assert np.isfinite(units.values(name)[2]).all()
        assert np.isnan(units.values(name)[-1]).all()
    quarters = 4 * units.values("dead_lanes")[-1]
    np.testing.assert_array_equal(quarters, np.rint(quarters))


def test_where_not_all_find_room_some_of_each_layer_are_kept_as_they_were():
    wide = dataclasses.replace(planned(memory=8), network=NetworkSettings(widths=(300, 90)))
    race = Race(wide)
    race.advance(5)
    stride = unit_stride(wide)
    assert stride > 1
    assert any(f"Of {stride} neighbouring units" in note for note in race.recording.facts.notes)
    whole = Race(wide.with_value("population.memory", 256))
    whole.advance(5)
    kept = [*range(0, 300, stride), *range(300, 390, stride)]
    for name in set(race.recording.units.names) - {"running_lanes"}:
        np.testing.assert_array_equal(
            race.recording.units.values(name), whole.recording.units.values(name)[:, :, kept]
        )


@given(
    st.lists(st.integers(1, 1024), max_size=100),
    st.integers(1, 12),
    st.sampled_from([64, 256, 1024]),
)
def test_histories_find_room_beside_any_network(widths, contestants, memory):
    experiment = Experiment(
        network=NetworkSettings(depth=0, widths=tuple(widths)),
        population=PopulationSettings(memory=memory),
        contestants=(Contestant("relu"),) * contestants,
    )
    track = Track(unit_channels(experiment), int(memory * 1e6 * MEMORY_SHARE))
    assert track.capacity >= LEAST_ROWS
    stride, kept = unit_stride(experiment), kept_units(experiment)
    assert [len(units) for units in kept] == [-(-width // stride) for width in widths]
    others = experiment.with_value("population.seeds", 64)
    assert kept_units(others) == kept
    roomier = experiment.with_value("population.memory", 2 * memory)
    assert unit_stride(roomier) <= stride


def test_without_a_hidden_layer_there_is_nothing_to_keep():
    experiment = dataclasses.replace(planned(), network=NetworkSettings(depth=0))
    race = raced(experiment)
    assert race.recording.units.values("dead_lanes").shape[2] == 0


def test_histories_come_back_from_the_file(race, tmp_path):
    race.recording.save(tmp_path / "race.npz")
    loaded = Recording.load(tmp_path / "race.npz")
    assert loaded.units.channels == race.recording.units.channels
    for name in loaded.units.names:
        np.testing.assert_array_equal(loaded.units.values(name), race.recording.units.values(name))
