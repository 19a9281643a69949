"""Overfitting is said where it is seen, and of nobody else."""

import numpy as np
import pytest
from by_hand import EXPERIMENT, recording_of

from engine.findings.overfitting import overfits
from engine.verdict import verdict

SHAPE = (len(EXPERIMENT.contestants), EXPERIMENT.population.seeds)
FALLS = [np.full(SHAPE, loss) for loss in (1.0, 0.3, 0.1)]


def rising(lanes, factor=2.0):
    """Test losses that end so many times above their lowest in the lanes given, (C, S) bool."""
    return [np.full(SHAPE, 1.0), np.full(SHAPE, 0.5), np.where(lanes, 0.5 * factor, 0.4)]


def lanes_of(contestant, seeds):
    lanes = np.zeros(SHAPE, bool)
    lanes[contestant, :seeds] = True
    return lanes


def test_a_test_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    recording = recording_of(rising(lanes_of(1, 3)), train_losses=FALLS)
    [said] = overfits(recording)
    name = EXPERIMENT.contestant_names[1]
    assert said.startswith(f"In most seeds the test loss of {name} (×2) ends above its lowest")


def test_the_choice_ends_with_it():
    losses = np.tile([[0.5], [0.4], [0.4]], 16)
    experiment = EXPERIMENT.with_value("population.seeds", 16)
    tests = [np.ones_like(losses), losses, 2 * losses]
    training = [losses, losses / 2, losses / 4]
    chosen = verdict(recording_of(tests, experiment, train_losses=training)).findings[0]
    assert chosen.text.endswith("early stopping would judge before it.")


@pytest.mark.parametrize(
    ("tests", "training"),
    [
        (rising(lanes_of(1, 2)), FALLS),  # in half of the seeds
        (rising(lanes_of(1, 4), 1.2), FALLS),  # by less than matters
        (rising(lanes_of(1, 4)), None),  # the training loss rises along: noise
        (FALLS, FALLS),
    ],
)
def test_what_is_less_is_not_called_so(tests, training):
    assert not list(overfits(recording_of(tests, train_losses=training)))


def test_a_lane_that_diverged_overfits_nothing():
    tests = rising(lanes_of(1, 4))
    tests[-1][1] = np.nan
    assert not list(overfits(recording_of(tests, train_losses=FALLS)))


def test_where_early_stopping_judges_before_it_nothing_is_said():
    recording = recording_of(rising(np.ones(SHAPE, bool)), train_losses=FALLS)
    assert list(overfits(recording))
    validated = EXPERIMENT.with_value("task.validation_share", 0.2)
    recording.experiment = validated.with_value("population.early_stopping", "validation_loss")
    assert not list(overfits(recording))
