"""Criterion met, held and lost."""

import numpy as np
import pytest

from engine.convergence import Criterion, Progress


def events(values, **about):
    progress = Progress(Criterion("test_loss", 1.0, 3, **about), (1,))
    return [
        (kind, step, since)
        for step, value in enumerate(values)
        for kind, _, since in progress.update(step, np.array([value]))
    ]


def test_a_run_long_enough_is_held_since_its_first_evaluation():
    assert events([2, 1, 0.5, 0.9]) == [("met", 1, 1), ("held", 3, 1)]


def test_a_run_too_short_is_not_held():
    assert events([2, 1, 0.5, 2, 1]) == [("met", 1, 1), ("met", 4, 4)]


def test_what_was_held_can_be_lost_and_held_again():
    found = [kind for kind, _, _ in events([1, 1, 1, 3, 1, 1, 1])]
    assert found == ["met", "held", "lost", "met", "held"]


@pytest.mark.parametrize("above", [False, True])
def test_a_diverged_lane_meets_nothing(above):
    assert events([np.nan] * 5, above=above) == []


def test_an_accuracy_must_rise():
    assert events([0.5, 1.0, 1.2, 1.5], above=True) == [("met", 1, 1), ("held", 3, 1)]
