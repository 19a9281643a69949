"""Automatic readings cost little of any race, and their cadence is a function of its sizes."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Contestant, Experiment, Race
from engine.cadence import COMPANY, KINDS, Sizes
from engine.exhibits import exhibits
from engine.resolve import cadence_sizes

USUAL = sum(kind.share for kind in KINDS.values())
LIMITS = st.integers(1, 100_000)


@st.composite
def any_sizes(draw):
    units = st.integers(1, 512)
    hidden = draw(st.lists(units, max_size=50))
    return Sizes(
        layers=(draw(units), *hidden, draw(st.integers(1, 20))),
        batch=draw(st.integers(1, 2000)),
        evaluated=draw(st.integers(2, 20_000)),
        probed=draw(st.integers(1, 512)),
    )


def share(sizes, every, lanes):
    """Of the time that a step of so many lanes takes, by the rule's own prices."""
    return sum(cost / every[name] for name, cost in sizes.costs(lanes).items())


def test_the_shares_keep_what_they_promise_with_room_for_a_rough_model():
    assert USUAL < 0.05


@given(any_sizes(), st.integers(1, 256))
def test_without_a_limit_readings_take_less_than_a_twentieth_in_any_company(sizes, lanes):
    assert share(sizes, sizes.every(steps=0), lanes) <= USUAL * (1 + 1e-9)


@given(any_sizes(), LIMITS)
def test_what_a_limit_adds_takes_no_more_than_may_be_spared(sizes, steps):
    endless, seconds = sizes.every(0), sizes.seconds(COMPANY)
    for name, every in sizes.every(steps).items():
        assert every == endless[name] or steps / every * seconds[name] <= KINDS[name].spared


@given(any_sizes(), LIMITS)
def test_a_race_whose_readings_are_cheap_has_all_the_useful_ones(sizes, steps):
    seconds = sizes.seconds(COMPANY)
    for name, every in sizes.every(steps).items():
        kind = KINDS[name]
        if kind.useful * seconds[name] <= kind.spared:
            assert steps // every >= min(kind.useful, steps)


@given(any_sizes(), LIMITS)
def test_a_limit_makes_readings_more_frequent_only_up_to_the_useful_number(sizes, steps):
    endless, limited = sizes.every(0), sizes.every(steps)
    for name, kind in KINDS.items():
        assert limited[name] <= endless[name]
        assert limited[name] >= min(endless[name], max(1, steps // kind.useful))


@given(any_sizes())
def test_a_long_race_has_all_the_useful_readings(sizes):
    steps = 10_000_000
    for name, every in sizes.every(steps).items():
        assert steps / every >= KINDS[name].useful


@pytest.mark.parametrize("steps", [0, 30, 1000, 50_000])
@pytest.mark.parametrize(
    "changes",
    [
        {"task.data": "digits"},
        {"task.data": "digits", "task.validation_share": 0.2, "network.activation_bits": 4},
        {"network.depth": 30, "training.batch_size": 0},
        {"network.precision": "float16"},
        {"network.precision": "float64"},
    ],
)
def test_a_race_is_read_as_its_sizes_say_in_any_company(changes, steps):
    experiment = Experiment(contestants=(Contestant("relu"),))
    for field, value in {"training.steps": steps, "population.seeds": 1, **changes}.items():
        experiment = experiment.with_value(field, value)
    crowd = dataclasses.replace(experiment, contestants=(Contestant("gelu"), Contestant("prelu")))
    race, crowded = Race(experiment), Race(crowd.with_value("population.seeds", 3))
    found, other = race.experiment.population, crowded.experiment.population
    assert dataclasses.replace(other, seeds=1) == found

    sizes = cadence_sizes(race.experiment, race._data)
    every = {
        "evaluation": found.evaluate_every,
        "record": found.record_every,
        "twin": found.twin_steps if found.twin_every else float("inf"),
    }
    asked = sizes.every(steps)
    assert (every["evaluation"], every["record"]) == (asked["evaluation"], asked["record"])
    # The twin looks at whole records.
    assert asked["twin"] <= every["twin"]
    assert every["twin"] < asked["twin"] + every["record"] or not found.twin_every


def test_the_conclusions_of_exhibits_do_not_hang_on_the_rule():
    for exhibit in exhibits().values():
        population = exhibit.experiment.population
        assert population.evaluate_every
        assert population.record_every
        assert population.twin_every
