"""Early stopping: outcomes are read where the validation loss was lowest; nothing else moves."""

import dataclasses
import math

import numpy as np
import pytest

from engine import Contestant, Experiment, Race, Refusal
from engine.comparisons import comparisons
from engine.joining import more_seeds
from engine.outcomes import final_scores, scores
from engine.recording import Event
from engine.report import summary
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.stopping import Stopping
from engine.tune import Tuning
from engine.verdict import verdict

# Few points with wrong labels and a high rate: what is learnt first is soon unlearnt.
OVERFITTING = Experiment(
    task=TaskSettings(data="circle", samples=80, validation_share=0.2, label_noise=30),
    network=NetworkSettings(depth=2, width=16),
    training=TrainingSettings(steps=300, learning_rate=0.02, batch_size=8),
    population=PopulationSettings(
        seeds=8, evaluate_every=10, record_every=50, early_stopping="validation_loss"
    ),
    contestants=(Contestant("relu"), Contestant("elu")),
)
UNTIL_THE_END = OVERFITTING.with_value("population.early_stopping", "none")


def raced(experiment):
    race = Race(experiment)
    race.advance(experiment.training.steps)
    return race.recording


@pytest.fixture(scope="module")
def recording():
    return raced(OVERFITTING)


def test_every_score_is_that_of_the_evaluation_with_the_lowest_validation_loss(recording):
    curves = recording.curves
    best = curves.values("validation_loss").argmin(axis=0)
    assert (best < len(curves) - 1).all()
    steps = np.take_along_axis(curves.steps[:, 1, None, None], best[None], axis=0)[0]
    np.testing.assert_array_equal(curves.values("stopped_step")[-1], steps)
    assert len(scores(recording)) == 6
    for score in scores(recording):
        there = np.take_along_axis(curves.values(score.key), best[None], axis=0)[0]
        np.testing.assert_array_equal(final_scores(recording, score), there)


def test_the_race_itself_and_its_curves_go_on_as_without(recording):
    without = raced(UNTIL_THE_END)
    added = set(recording.curves.names) - set(without.curves.names)
    assert all(name.startswith("stopped_") for name in added)
    for name in set(without.curves.names) - {"seconds"}:
        np.testing.assert_array_equal(recording.curves.values(name), without.curves.values(name))
    for score in scores(without):
        np.testing.assert_array_equal(
            final_scores(without, score), without.curves.values(score.key)[-1]
        )


def test_a_lane_stops_where_it_would_alone(recording):
    alone = dataclasses.replace(OVERFITTING, contestants=(Contestant("elu"),))
    alone = raced(
        alone.with_value("population.seeds", 1).with_value("population.first_seed", 2)
    ).curves
    for name in recording.curves.names:
        if name.startswith("stopped_"):
            np.testing.assert_array_equal(
                alone.values(name)[:, 0, 0], recording.curves.values(name)[:, 1, 2]
            )


def test_thinning_does_not_blur_where_a_lane_stopped(recording):
    thinned = recording.copy()
    for _ in range(4):
        thinned.curves.coarsen()
    assert len(thinned.curves) < len(recording.curves) / 4
    for score in scores(recording):
        np.testing.assert_array_equal(final_scores(thinned, score), final_scores(recording, score))


def test_seeds_that_join_stop_as_if_they_had_raced_along(recording):
    joined = more_seeds(raced(OVERFITTING.with_value("population.seeds", 7)), 1)
    for score in scores(recording):
        np.testing.assert_array_equal(final_scores(joined, score), final_scores(recording, score))


def test_a_lane_that_diverges_later_ranks_worst_all_the_same(recording):
    broken = recording.copy()
    broken.add(Event(300, "diverged", 1, 2))
    for score in scores(broken):
        assert final_scores(broken, score)[1, 2] == score.worst


def test_verdict_and_summary_judge_the_stopped_networks_and_say_so(recording):
    found = next(c for c in comparisons(recording) if c.primary and c.outcome.share)
    own, reference = (final_scores(recording, found.outcome)[c] for c in (1, 0))
    assert found.wins == (own > reference).sum()
    assert found.losses == (own < reference).sum()
    assert found.outcome.label == "test accuracy at the lowest validation loss"
    assert "at this learning rate and with early stopping" in verdict(recording).headline
    result = summary(recording)["results"][0]
    steps = np.sort(recording.curves.values("stopped_step")[-1, 0])
    assert result["stopped_at_step"]["median"] == np.median(steps)
    losses = final_scores(recording, scores(recording)[0])[0]
    assert result[scores(recording)[0].key]["final"]["median"] == pytest.approx(np.median(losses))
    assert summary(raced(UNTIL_THE_END))["results"][0]["stopped_at_step"] is None


def test_tuning_looks_as_often_as_the_race():
    assert Tuning(OVERFITTING).trial(0.1).population.evaluate_every == 10
    assert Tuning(UNTIL_THE_END).trial(0.1).population.evaluate_every == 30


def test_of_equal_evaluations_the_first_counts_and_nan_never():
    stopping = Stopping(["test_loss"], (3,))
    losses = [[3.0, 1.0, math.nan], [2.0, 1.0, math.nan], [2.0, math.nan, math.nan]]
    for step, loss in enumerate(losses):
        values = {"validation_loss": np.array(loss), "test_loss": np.full(3, float(step))}
        stopping.update(step, values)
    np.testing.assert_array_equal(stopping.kept["stopped_step"], [1, 0, math.nan])
    np.testing.assert_array_equal(stopping.kept["stopped_test_loss"], [1, 0, math.nan])


def test_without_validation_data_there_is_nothing_to_stop_by():
    with pytest.raises(Refusal, match="early_stopping = 'validation_loss': needs validation data"):
        OVERFITTING.with_value("task.validation_share", 0)
