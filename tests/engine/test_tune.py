"""Tuning looks at other seeds and at validation data, and says where it may have missed."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.seeds import first_rows
from engine.settings import Refusal
from engine.tune import SEEDS, Tuning, validated

SMALL = Experiment(
    task=TaskSettings(data="formula", samples=60),
    network=NetworkSettings(depth=2, width=4),
    training=TrainingSettings(steps=40, batch_size=8),
    population=PopulationSettings(seeds=3, memory=8),
    contestants=(Contestant("relu"), Contestant("tanh", learning_rate=0.5)),
)


def tuned(experiment: Experiment) -> Tuning:
    tuning = Tuning(experiment)
    for _ in tuning.run():
        pass
    return tuning


@given(st.integers(0, 2**31 - 1), st.integers(1, 256))
def test_the_seeds_for_tuning_never_meet_the_races(first_seed, seeds):
    population = PopulationSettings(first_seed=first_seed, seeds=seeds)
    experiment = dataclasses.replace(SMALL, population=population)
    tuning = set(Tuning(experiment).trial(0.1).population.seed_numbers)
    assert len(tuning) == SEEDS
    assert tuning.isdisjoint(range(first_seed, first_seed + 256))  # also after more have joined


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_where_data_are_shared_tuning_never_sees_the_test_points(share):
    experiment = SMALL.with_value("task.data", "penguins").with_value("population.same_data", True)
    experiment = experiment.with_value("task.validation_share", share)
    raced, trial = (first_rows(e).split for e in (experiment, Tuning(experiment).trial(0.1)))
    np.testing.assert_array_equal(raced.test, trial.test)
    assert len(trial.validation)
    assert set(trial.validation) <= {*raced.train, *raced.validation}
    if share:
        np.testing.assert_array_equal(raced.validation, trial.validation)


def test_each_contestants_rate_is_the_one_with_the_best_median_on_validation_data():
    tuning = tuned(SMALL)
    ends = []
    for rate in tuning.rates:
        race = Race(tuning.trial(rate))
        race.advance(40)
        ends.append(np.median(race.recording.curves.values("validation_loss")[-1], axis=1))
    expected = [tuning.rates[place] for place in np.argmin(ends, axis=0)]
    assert [c.learning_rate for c in tuning.tuned.contestants] == expected
    np.testing.assert_allclose(tuning.scores, np.array(ends).T)
    rest = dataclasses.replace(tuning.tuned, contestants=SMALL.contestants)
    assert rest == SMALL


@pytest.mark.parametrize(
    ("data", "quality", "judge"),
    [
        ("formula", "train_loss", "validation_loss"),
        ("formula", "automatic", "validation_loss"),
        ("circle", "automatic", "validation_accuracy"),
        ("circle", "test_loss", "validation_loss"),
    ],
)
def test_rates_are_judged_on_validation_data_whatever_quality_is(data, quality, judge):
    experiment = SMALL.with_value("task.data", data).with_value("population.quality", quality)
    race = Race(Tuning(experiment).trial(0.1))
    assert validated(race.recording).key == judge


def test_where_scores_tie_the_loss_decides_and_then_the_nearest_rate():
    tuning = Tuning(SMALL.with_value("task.data", "circle"))
    tuning._outcome = dataclasses.replace(tuning._outcome, share=True)
    tuning.scores[:] = [[0.9, 1, 1, 1, 1, 1, 0.9], [1, 1, 1, 1, 1, 1, 1]]
    tuning.losses[:] = [[0, 3, 2, 4, 1, 9, 0], [1, 1, 1, 1, 1, 1, 1]]
    assert tuning.best == [4, 3]


def test_a_best_rate_at_the_edge_of_the_grid_is_warned_of():
    tanh = dataclasses.replace(SMALL, contestants=(Contestant("tanh"),))
    slow = tuned(tanh.with_value("training.learning_rate", 1e-5))
    assert slow.best == [len(slow.rates) - 1]
    assert slow.notes[0] == (
        "tanh: its best rate, 0.000316, lies at the edge of the grid from 3.16e-07 to 0.000316; "
        "a better one may lie beyond"
    )
    inside = tuned(tanh.with_value("training.learning_rate", 0.02))
    assert 0 < inside.best[0] < 6
    assert inside.notes == (
        "tuned on 8 other seeds by the median validation loss at the end; "
        "20% of the training points were set apart for it",
    )


@pytest.mark.parametrize(
    ("data", "same_data", "said"),
    [("digits", False, True), ("digits", True, False), ("circle", False, False)],
)
def test_tuning_says_where_it_may_have_seen_the_races_test_points(data, same_data, said):
    """Drawn points are never the same; a fixed set's are, unless all seeds share one split."""
    experiment = SMALL.with_value("task.data", data).with_value("population.same_data", same_data)
    seen = [note for note in Tuning(experiment).notes if "may be test points of the race" in note]
    assert len(seen) == said


def test_rates_at_which_lanes_diverge_are_worse_than_any_other():
    linear = dataclasses.replace(
        SMALL,
        contestants=(Contestant("identity"),),
        training=TrainingSettings(steps=80, batch_size=8, optimizer="sgd", learning_rate=0.5),
    )
    tuning = tuned(linear)
    assert np.isinf(tuning.scores[0, -1])
    assert np.isfinite(tuning.scores[0, tuning.best[0]])
    wild = tuned(linear.with_value("training.learning_rate", 90.0))
    assert max(wild.rates) <= 100
    assert wild.notes[0] == "Identity: half of its lanes or more diverge at every rate"


def test_tuning_goes_on_in_small_parts_and_can_be_left_at_any_time():
    tuning = Tuning(SMALL)
    running, shares = tuning.run(), []
    for progress in running:
        shares.append(progress.share)
        if progress.place == 2:
            break
    assert shares == sorted(shares)
    assert 2 / 7 <= shares[-1] <= 3 / 7
    assert np.isnan(tuning.scores[:, 2:]).all()

    class Stop(Exception):
        pass

    def look():
        raise Stop

    with pytest.raises(Stop):
        next(Tuning(SMALL).run(look))


def test_a_race_without_a_limit_is_refused():
    with pytest.raises(Refusal, match=r"training.steps = 0: is no limit"):
        Tuning(SMALL.with_value("training.steps", 0))


def test_tuning_needs_a_rate_to_start_from_and_leaves_untrained_contestants_so():
    with pytest.raises(Refusal, match=r"training.learning_rate = 0.0: must be above 0"):
        Tuning(SMALL.with_value("training.learning_rate", 0))
    untrained = Contestant("relu", learning_rate=0)
    tuning = tuned(dataclasses.replace(SMALL, contestants=(untrained, Contestant("tanh"))))
    still, trained = tuning.tuned.contestants
    assert still.learning_rate == 0
    assert trained.learning_rate in tuning.rates
    assert not any(untrained.name in note for note in tuning.notes)
