"""A verdict says what the numbers say: no more, no less, and never two things at once."""

import dataclasses
import math
import re

import numpy as np
import pytest
from by_hand import race_of
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from engine.comparisons import Answer
from engine.contestant import Contestant
from engine.cost import Cost
from engine.experiment import Experiment
from engine.findings.training import TRAINING
from engine.findings.worth import QUESTIONS, Worth, worth
from engine.race import Race
from engine.recording import Event
from engine.sections import PopulationSettings, TrainingSettings
from engine.verdict import verdict

RNG = np.random.default_rng(5)


def race(ratio, seeds=16, spread=0.02, steps=None, **population):
    """Losses of plain ReLU and of an ELU that is `ratio` times better."""
    shared = RNG.normal(0, 0.3, seeds)
    losses = 10 ** np.stack([shared, shared - np.log10(ratio) + RNG.normal(0, spread, seeds)])
    return race_of(losses, steps=steps, **population)


def open_race(steps=None):
    """Of two whose difference goes either way, in as many seeds and as far."""
    either_way = np.tile([0.4, -0.4], 8) + np.linspace(0, 0.01, 16)
    return race_of(10 ** np.stack([np.zeros(16), either_way]), steps=steps)


def answers(found):
    return {finding.question: finding.answer for finding in found.findings}


# What is chosen.


def test_a_better_contestant_is_chosen_and_named():
    found = verdict(race(2.0))
    assert answers(found)["choice"] == "better"
    assert answers(found)["curvature"] == Worth.HELPS
    assert found.headline == "ELU 1 learns better than ReLU here, at this learning rate."


def test_plain_relu_is_enough_where_nothing_differs_and_where_it_wins():
    tied = np.full((2, 16), 10.0)
    for ratio in (1.0, 0.5):
        found = verdict(race(ratio, spread=0.01, steps=tied))
        assert found.headline == "Plain ReLU is enough here, at this learning rate."
    assert answers(found)["curvature"] == Worth.HURTS


@pytest.mark.parametrize(("first", "zeros"), [("relu", True), ("leaky_relu", False)])
def test_where_relu_is_enough_its_exact_zeros_are_counted(first, zeros):
    """A function that is 0 below 0 has as many as it has negative pre-activations."""
    experiment = Experiment(
        training=TrainingSettings(steps=20),
        population=PopulationSettings(seeds=8, quality="train_loss"),
        contestants=(Contestant(first), Contestant(first)),
    )
    raced = Race(experiment)
    raced.advance(20)
    chosen = verdict(raced.recording).findings[0]
    assert chosen.answer == "enough"
    assert ("exact zeros" in chosen.text) == zeros == ("exact_zeros" in chosen.numbers)
    if zeros:
        shares = raced.recording.layers.values("negative_share")[-1, 0, :, :-1]
        assert chosen.numbers["exact_zeros"] == pytest.approx(np.median(shares.mean(axis=1)))


def test_fewer_steps_are_worth_something_only_if_the_end_is_no_worse():
    steps = np.stack([np.full(16, 10.0), np.full(16, 5.0)])
    sooner = verdict(race(1.0, spread=0.01, steps=steps))
    assert answers(sooner)["choice"] == "sooner"
    assert answers(sooner)["first_in_steps"] == "ELU 1"
    assert answers(verdict(race(0.5, steps=steps)))["choice"] == "enough"


def test_fewer_but_dearer_steps_save_no_time():
    steps = np.stack([np.full(16, 10.0), np.full(16, 7.0)])
    costs = [Cost(1.0, 0.99, 1.01, 16), Cost(3.0, 2.9, 3.1, 16)]
    found = verdict(race(1.0, spread=0.01, steps=steps), costs)
    assert "saves no time" in found.headline
    assert answers(found)["first_in_steps"] == "ELU 1"
    assert answers(found)["first_in_seconds"] == "ReLU"


def test_no_evidence_says_what_could_have_been_shown():
    found = verdict(open_race())
    assert answers(found)["choice"] == "no evidence"
    assert found.headline.startswith("No evidence that anything beats ReLU")
    assert "the smallest that 16 seeds show: ×" in found.findings[0].text


def test_who_never_arrives_counts_the_budget_in_the_mean():
    steps = np.stack([np.full(16, 4.0), np.repeat([2.0, math.inf], 8)])
    found = verdict(race(1.0, steps=steps))
    [first] = [f for f in found.findings if f.question == "first_in_steps"]
    assert "ReLU 4 steps [4, 4], mean within the budget 4 steps" in first.text
    assert "50 % of seeds, mean within the budget 6 steps" in first.text


def test_too_few_seeds_say_how_many_are_needed():
    found = verdict(race(10.0, seeds=4))
    assert answers(found)["choice"] == "too few seeds"
    assert found.findings[0].text.startswith("4 seeds cannot show any difference")


def test_one_contestant_alone_is_compared_with_nothing():
    found = verdict(race_of(np.ones((1, 8))))
    assert found.headline == "ReLU raced alone."
    assert not found.comparisons


def test_a_look_beyond_the_plan_is_exploratory_in_the_headline():
    recording = race(2.0, looks=1)
    recording.looks = 2
    assert "exploratory, look 2" in verdict(recording).headline


def test_rates_of_their_own_are_said():
    recording = race(2.0)
    rated = tuple(
        dataclasses.replace(c, learning_rate=0.01) for c in recording.experiment.contestants
    )
    recording.experiment = dataclasses.replace(recording.experiment, contestants=rated)
    assert "with the learning rate of each" in verdict(recording).headline


losses = st.one_of(st.sampled_from([0.0, 1.0, math.nan]), st.floats(1e-3, 1e3))


@examples(max_examples=60, deadline=None)
@given(
    st.integers(1, 10).flatmap(
        lambda seeds: st.lists(
            st.lists(losses, min_size=seeds, max_size=seeds), min_size=1, max_size=3
        )
    )
)
def test_the_choice_never_contradicts_the_comparisons(values):
    found = verdict(race_of(np.array(values)))
    chosen = found.findings[0]
    quality = [c for c in found.comparisons if c.primary and c.outcome.key == "test_loss"]
    better = [c for c in quality if c.answer == Answer.BETTER]
    assert (chosen.answer == "better") == bool(better)
    if chosen.answer == "enough":
        assert all(c.answer != Answer.BETTER for c in found.comparisons if c.primary)
    assert "nan" not in " ".join([found.headline, *(f.text for f in found.findings)])


def test_lanes_that_all_diverged_choose_nothing():
    found = verdict(race_of(np.full((2, 16), math.nan)))
    assert found.headline == "Every lane diverged."
    assert "enough" not in " ".join(finding.text for finding in found.findings)


def test_a_slower_contestant_of_unknown_quality_leaves_the_choice_open():
    steps = np.stack([np.full(16, 5.0), np.full(16, 10.0)])
    found = verdict(open_race(steps))
    assert answers(found)["choice"] == "no evidence"


def test_sooner_claims_no_more_than_is_known():
    steps = np.stack([np.full(16, 10.0), np.full(16, 5.0)])
    found = verdict(open_race(steps))
    assert "how it ends is open" in found.headline
    assert "saves no time" not in found.headline  # nothing is known of time


@pytest.mark.parametrize(
    ("ratio", "arrive", "said"),
    [
        (2.0, 9.0, "(so far: step 10)"),
        (2.0, math.inf, "(so far: step 10, neither converged yet)"),
        (1.0, math.inf, "(so far: step 10, none converged yet)"),
    ],
)
def test_a_race_that_goes_on_is_judged_so_far(ratio, arrive, said):
    """And its headline says where nobody has converged, since an early lead is no answer."""
    recording = race(ratio, steps=np.full((2, 16), arrive))
    recording.events = [event for event in recording.events if event.kind != "finished"]
    assert said in verdict(recording).headline


@examples(max_examples=40, deadline=None)
@given(st.lists(st.floats(1.0, 1.2), min_size=3, max_size=3), st.permutations([5.0, 7.0, 9.0]))
def test_where_costs_overlap_the_order_by_time_is_that_by_steps(centres, steps):
    """Law 10 of a race."""
    costs = [Cost(c, 0.9 * c, 1.3 * c, 16) for c in centres]
    recording = race_of(np.ones((3, 16)), steps=np.tile(np.array(steps)[:, None], (1, 16)))
    texts = {f.question: f.text for f in verdict(recording, costs).findings}
    orders = [
        sorted(
            recording.experiment.contestant_names,
            key=lambda name: texts[f"first_in_{clock}"].rindex(f"{name} "),
        )
        for clock in ("steps", "seconds")
    ]
    assert orders[0] == orders[1]


# Who answers which question.


@pytest.mark.parametrize(
    ("contestant", "question"),
    [
        (Contestant("leaky_relu"), "leaking"),
        (Contestant("prelu"), "training"),
        (Contestant("elu"), "curvature"),
        (Contestant("gelu"), "curvature"),
        (Contestant("swish", trained={"beta": "layer"}), "training"),
        (Contestant("leaky_relu", parameters={"negative_slope": 0.0}), None),
        (Contestant("relu6"), None),
        (Contestant("identity"), None),
        (Contestant("leaky_relu", parameters={"negative_slope": 1.0}), None),
        (Contestant("leaky_relu", parameters={"negative_slope": -0.5}), "leaking"),
    ],
)
def test_what_a_contestant_stands_for_follows_from_its_record(contestant, question):
    asked = [q.key for q in (*QUESTIONS, TRAINING) if q.asks(contestant)]
    assert asked == ([question] if question else [])


def test_a_question_is_put_only_where_the_reference_is_another_kind():
    recording = race_of(np.ones((2, 16)), "leaky_relu", "leaky_relu")
    assert "leaking" not in answers(verdict(recording))


def test_worse_on_one_count_and_better_on_the_other_is_both():
    steps = np.stack([np.full(16, 10.0), np.full(16, 5.0)])
    found = verdict(race(0.5, steps=steps))
    assert worth([c for c in found.comparisons if c.primary]) == Worth.MIXED


# How it is worded.


@pytest.mark.parametrize(("own", "said"), [(5.0, "2 times fewer"), (20.0, "2 times more")])
def test_a_ratio_says_which_way_it_goes(own, said):
    """Also where the contestant is worse: the ratio is over 1 then, and its limits are in order."""
    around = np.linspace(0.9, 1.1, 16)
    found = verdict(race(1.0, spread=0.01, steps=np.stack([np.full(16, 10.0), own * around])))
    [curvature] = [f for f in found.findings if f.question == "curvature"]
    [(estimate, low, high)] = re.findall(
        rf"steps to the criterion ([\d.]+) times {said[8:]} \[([\d.]+), ([\d.]+)\]", curvature.text
    )
    assert 1 < float(low) < float(estimate) < float(high)
    assert float(estimate) == pytest.approx(2, rel=0.15)
    assert "×" not in curvature.text.replace("seeds show: ×", "")


def test_a_race_too_short_for_anyone_to_converge_says_so_first():
    early = verdict(race(2.0))
    text = early.findings[0].text
    assert text.startswith("After 10 steps neither has converged yet. Against ReLU: ")
    enough = verdict(race(1.0, spread=0.01)).findings[0].text
    assert enough.startswith("After 10 steps none has converged yet. No contestant is better")
    arrived = verdict(race(2.0, steps=np.full((2, 16), 10.0)))
    assert answers(arrived)["choice"] == "better"
    assert arrived.findings[0].text.startswith("Against ReLU: ")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([4], "changed at step 4"),
        ([4, 4, 7], "changed at steps 4 and 7"),
        ([1, 2, 3, 1500], "changed 4 times from step 1 on"),
    ],
)
def test_a_learning_rate_that_was_changed_is_not_said_to_be_one(steps, said):
    recording = race(2.0)
    for step in steps:
        recording.add(Event(step, "intervention", field="training.learning_rate", value=0.1))
    headline = verdict(recording).headline
    assert headline == f"ELU 1 learns better than ReLU here, with the learning rate {said}."
    other = race(2.0)
    other.add(Event(4, "intervention", field="training.batch_size", value=5.0))
    assert "at this learning rate" in verdict(other).headline
