"""Arrivals count every lane: who never converges is censored at the budget, never dropped."""

import math

import numpy as np
import pytest
from by_hand import race_of, recording_of
from hypothesis import given
from hypothesis import strategies as st

from engine.arrival import arrivals
from engine.convergence import Criterion, Progress
from engine.cost import Cost
from engine.outcomes import SCORES, Milestones, final_scores, steps_to_criterion
from engine.recording import Event

BUDGET = 10.0
lanes = st.lists(st.integers(0, 10).map(float) | st.just(math.inf), min_size=1, max_size=30)


def arrival_of(steps):
    return arrivals(race_of(np.ones((1, len(steps))), "relu", steps=np.array([steps])))[0]


@given(lanes)
def test_median_mean_and_share_are_those_of_the_lanes_with_the_rest_at_the_budget(steps):
    found, arrived = arrival_of(steps), np.isfinite(steps)
    assert found.share.estimate == arrived.mean()
    assert found.budget == BUDGET
    assert found.restricted_mean.estimate == pytest.approx(np.minimum(steps, BUDGET).mean())
    # Half have arrived at the lower of the two middle ones.
    assert found.median.estimate == np.sort(steps)[(len(steps) - 1) // 2]
    for interval in (found.median, found.restricted_mean, found.share):
        assert interval.low <= interval.estimate <= interval.high


def test_a_median_that_was_not_reached_lies_beyond_the_budget():
    assert arrival_of([3.0, math.inf, math.inf]).median.estimate == math.inf


def test_a_diverged_lane_is_censored_at_the_budget_though_it_had_converged():
    losses = np.array([[1.0, np.nan, 1.0]])
    (found,) = arrivals(race_of(losses, "relu", steps=np.array([[2.0, 2.0, 4.0]])))
    assert (found.curve.n, found.share.estimate) == (3, pytest.approx(2 / 3))
    assert found.curve.censored.tolist() == [BUDGET]


def test_time_is_steps_times_the_cost_of_one_lane_and_its_interval_holds_both():
    steps = arrival_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, math.inf])
    seconds = steps.in_seconds(Cost(seconds=8.0, low=6.0, high=10.0, lanes=4))
    assert (seconds.unit, seconds.budget) == ("seconds", 20)
    assert seconds.curve.times.tolist() == (2 * steps.curve.times).tolist()
    assert seconds.curve.censored.tolist() == [20]
    for name in ("median", "restricted_mean"):
        before, after = getattr(steps, name), getattr(seconds, name)
        found = (after.estimate, after.low, after.high)
        expected = (2 * before.estimate, 1.5 * before.low, 2.5 * before.high)
        assert found == pytest.approx(expected)
    assert seconds.share == steps.share


def test_a_cost_ratio_is_nothing_where_the_intervals_touch():
    cheap, dear = Cost(1.0, 0.9, 1.1, lanes=2), Cost(2.0, 1.8, 2.2, lanes=2)
    ratio = cheap.log_ratio(dear)
    assert (ratio.low, ratio.high) == pytest.approx((math.log10(1.8 / 1.1), math.log10(2.2 / 0.9)))
    back = dear.log_ratio(cheap)
    assert (back.estimate, back.low) == pytest.approx((-ratio.estimate, -ratio.high))
    assert cheap.log_ratio(Cost(1.3, 1.1, 1.5, lanes=2)).high == 0


def test_convergence_counts_from_when_it_was_met_and_censors_the_rest():
    recording = recording_of(np.ones((30, 3, 4)))
    for step, kind, lane in [
        (20, "met", (0, 0)), (30, "met", (0, 1)), (40, "held", (0, 0)), (50, "lost", (0, 0)),
        (60, "met", (0, 1)), (70, "met", (0, 0)), (80, "held", (0, 1)), (90, "held", (0, 0)),
        (100, "met", (0, 2)), (100, "held", (0, 2)), (110, "met", (0, 3)),
    ]:  # fmt: skip
        recording.add(Event(step, kind, *lane))
    assert steps_to_criterion(recording)[0].tolist() == [20, 60, 100, math.inf]
    first, second, _ = arrivals(recording)
    assert (first.median.estimate, first.budget, first.share.estimate) == (60, 290, 0.75)
    assert (second.share.estimate, second.median.estimate) == (0, math.inf)


def test_a_lane_that_diverges_after_it_converged_counts_as_never():
    recording = recording_of(np.ones((30, 3, 4)))
    for seed in range(4):
        for kind in ("met", "held"):
            recording.add(Event(40, kind, 0, seed))
    recording.add(Event(50, "diverged", 0, 3))
    assert steps_to_criterion(recording)[0].tolist() == [40, 40, 40, math.inf]


def test_milestones_read_as_they_come_are_those_of_the_whole_race(monkeypatch):
    """However many events came since the last look, and where they were added up meanwhile."""
    monkeypatch.setattr("engine.recording.MAX_EVENTS", 60)
    recording = recording_of(np.ones((30, 3, 4)))
    growing, progress = Milestones(recording), Progress(Criterion("test_loss", 0.4, 3), (3, 4))
    rng, lengths = np.random.default_rng(0), [0]
    for step in range(100):
        for kind, lane, since in progress.update(step, rng.random((3, 4))):
            recording.add(Event(since if kind == "met" else step, kind, *lane))
        if step % 7 == 0:
            growing.update()
            lengths.append(len(recording.events))
    recording.add(Event(100, "diverged", 2, 3))
    recording.add(Event(100, "finished"))
    growing.update()
    assert min(np.diff(lengths)) < 0
    assert growing.over
    assert growing.diverged.sum() == 1
    assert 1 < np.isfinite(growing.steps).sum() < 12
    np.testing.assert_array_equal(growing.steps, Milestones(recording).steps)
    np.testing.assert_array_equal(growing.diverged, Milestones(recording).diverged)


def test_what_a_diverged_lane_last_showed_is_no_result():
    losses = np.array([[0.1, 1e300, np.nan]])
    recording = race_of(losses, "relu", quality="test_accuracy")
    recording.add(Event(4, "diverged", 0, 1))
    assert final_scores(recording, SCORES["test_loss"]).tolist() == [[0.1, math.inf, math.inf]]
    assert final_scores(recording, SCORES["test_accuracy"])[0, 1:].tolist() == [-math.inf] * 2


def test_a_race_that_has_recorded_nothing_has_only_lanes_on_the_way():
    (found,) = arrivals(recording_of(np.empty((0, 1, 3))))[:1]
    assert found.share.estimate == found.restricted_mean.estimate == 0
    worst = final_scores(recording_of(np.empty((0, 1, 3))), SCORES["test_loss"])
    assert np.isinf(worst).all()
