"""Equal budgets: the widest network that a number of parameters allows, whatever its depth."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Contestant, Experiment, Race, Refusal
from engine.budget import parameters, within_budget
from engine.joining import more_seeds
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings

SHORT = Experiment(
    training=TrainingSettings(steps=5),
    population=PopulationSettings(seeds=2),
    contestants=(Contestant("relu"),),
)


def with_budget(budget, depth):
    network = NetworkSettings(depth=depth, parameter_budget=budget)
    return dataclasses.replace(SHORT, network=network)


@given(st.integers(300, 60_000), st.integers(1, 20), st.integers(1, 64), st.integers(1, 10))
def test_the_width_is_the_largest_within_the_budget(budget, depth, features, outputs):
    try:
        width = within_budget(with_budget(budget, depth), features, outputs).network.width
    except Refusal:
        assert parameters((features, *(1,) * depth, outputs)) > budget or depth == 1
        return
    assert parameters((features, *(width,) * depth, outputs)) <= budget
    assert parameters((features, *(width + 1,) * depth, outputs)) > budget


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_networks_of_any_depth_race_with_about_equally_many_parameters(depth):
    race = Race(with_budget(1000, depth))
    count = race.recording.facts.parameter_count
    assert count == race._blocks[0].network.parameters.shape[1]
    assert 850 < count <= 1000
    assert race.experiment.network.hidden == (race.experiment.network.width,) * depth


def test_what_was_raced_is_raced_again_and_joined():
    race = Race(with_budget(500, 3))
    race.advance(5)
    again = Race(race.recording.replay_experiment())
    assert again.experiment == race.experiment
    joined = more_seeds(race.recording, 1)
    assert joined.facts.parameter_count == race.recording.facts.parameter_count


def test_without_a_budget_the_width_stays_as_it_was_chosen():
    assert within_budget(SHORT, 2, 1) is SHORT


def test_a_budget_that_fits_no_width_is_refused_with_those_that_do():
    with pytest.raises(Refusal, match=r"parameter_budget = 10: must be 11 to \d+ at a depth of 4"):
        Race(with_budget(10, 4))
    smallest, largest = 5, parameters((2, 1025, 1)) - 1
    assert within_budget(with_budget(smallest, 1), 2, 1).network.width == 1
    assert within_budget(with_budget(largest, 1), 2, 1).network.width == 1024
    with pytest.raises(Refusal, match=f"must be {smallest} to {largest} at a depth of 1"):
        within_budget(with_budget(largest + 1, 1), 2, 1)


@pytest.mark.parametrize("shape", [{"widths": (8, 8)}, {"depth": 0}])
def test_a_budget_needs_a_width_to_choose(shape):
    with pytest.raises(Refusal, match="parameter_budget = 100: must be 0 where no layer's width"):
        NetworkSettings(parameter_budget=100, **shape)
