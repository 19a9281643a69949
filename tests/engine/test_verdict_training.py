"""What training a shape is worth, apart from what the shape is worth."""

import dataclasses
import math

import numpy as np
import pytest
from by_hand import race_of

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.findings.training import fixed_twin
from engine.findings.worth import Worth
from engine.race import Race
from engine.sections import PopulationSettings, TrainingSettings
from engine.verdict import verdict

RNG = np.random.default_rng(6)
LEAKY = Contestant("leaky_relu", parameters={"negative_slope": 0.25})
FROM_ZERO = Contestant("prelu", parameters={"negative_slope": 0.0})


def answers(found):
    return {finding.question: finding.answer for finding in found.findings}


def trained_race(slope, trained, *contestants, **population):
    """ReLU, the slope fixed, and trained: `slope` and `trained` times better than ReLU."""
    shared = RNG.normal(0, 0.3, 16)
    gains = np.log10([1.0, slope, trained])[:, None] + RNG.normal(0, 0.02, (3, 16))
    return race_of(10 ** (shared - gains), *(contestants or ("relu", LEAKY, "prelu")), **population)


@pytest.mark.parametrize(
    ("slope", "trained", "answer"),
    [(400.0, 400.0, Worth.SAME), (400.0, 800.0, Worth.HELPS), (400.0, 200.0, Worth.HURTS)],
)
def test_what_a_slope_is_worth_is_not_said_of_its_training(slope, trained, answer):
    """Steps tie in every pair, so that the loss alone answers."""
    found = verdict(trained_race(slope, trained, steps=np.full((3, 16), 5.0)))
    assert answers(found)["training"] == answer
    assert answers(found)["leaking"] == Worth.HELPS
    [training] = [f for f in found.findings if f.question == "training"]
    assert "against Leaky ReLU 0.25 (exploratory)" in training.text
    assert not [c for c in found.comparisons if c.reference != 0]


def test_without_a_fixed_twin_nothing_is_said_of_training_alone():
    elsewhere = Contestant("leaky_relu", parameters={"negative_slope": 0.01})
    found = verdict(trained_race(1.0, 400.0, "relu", elsewhere, "prelu"))
    assert "training" not in answers(found)
    assert answers(found)["shape_and_training"] == Worth.HELPS
    [together] = [f for f in found.findings if f.question == "shape_and_training"]
    assert "leaking and training it together" in together.text


def test_a_twin_that_is_the_reference_makes_a_primary_comparison():
    """A slope that starts at 0 starts as plain ReLU."""
    found = verdict(trained_race(1.0, 400.0, "relu", LEAKY, FROM_ZERO))
    [training] = [f for f in found.findings if f.question == "training"]
    assert training.answer == Worth.HELPS
    assert "against ReLU:" in training.text
    assert "exploratory" not in training.text


def test_training_is_judged_beside_a_reference_that_trains_too():
    found = verdict(trained_race(400.0, 400.0, steps=np.full((3, 16), 5.0), reference=3))
    assert answers(found)["training"] == Worth.SAME


def test_training_without_effect_is_called_no_more_often_than_the_family_allows():
    """Two outcomes, two trained contestants: any call of a race of equals is as rare as promised.

    The first of four looks spends half of 5 %.
    """
    calls, races = 0, 400
    for _ in range(races):
        losses = 10 ** RNG.normal(0, 0.3, (4, 12))
        steps = RNG.integers(20, 200, (4, 12)).astype(float)
        found = verdict(race_of(losses, "relu", LEAKY, "prelu", "prelu", steps=steps))
        calls += answers(found)["training"] in (Worth.HELPS, Worth.HURTS, Worth.MIXED)
    assert calls / races < 0.025 + 3 * math.sqrt(0.025 * 0.975 / races)


@pytest.mark.parametrize(
    ("trained", "other", "same"),
    [
        (Contestant("prelu"), LEAKY, True),
        (Contestant("prelu"), Contestant("leaky_relu"), False),
        (Contestant("prelu"), Contestant("prelu", trained={"negative_slope": "fixed"}), True),
        (Contestant("prelu"), dataclasses.replace(LEAKY, gain=1.0), False),
        (Contestant("prelu"), dataclasses.replace(LEAKY, learning_rate=0.1), True),
        (Contestant("prelu"), dataclasses.replace(LEAKY, learning_rate=0.0), False),
        (Contestant("prelu"), Contestant("prelu", trained={"negative_slope": "unit"}), False),
        (FROM_ZERO, Contestant("relu"), True),
        (Contestant("swish", trained={"beta": "layer"}), Contestant("silu"), True),
        (Contestant("elu", trained={"alpha": "layer"}), Contestant("celu"), True),
    ],
)
def test_a_fixed_twin_starts_as_the_same_function(trained, other, same):
    experiment = Experiment(contestants=(Contestant("tanh"), other, trained))
    assert fixed_twin(experiment, 2) == (1 if same else None)


def test_a_trained_shape_says_what_it_learnt():
    experiment = Experiment(
        training=TrainingSettings(steps=30),
        population=PopulationSettings(seeds=6),
        contestants=(Contestant("relu"), Contestant("prelu")),
    )
    raced = Race(experiment)
    raced.advance(30)
    [training] = [f for f in verdict(raced.recording).findings if f.view == "shapes"]
    assert "Its negative slope went from 0.25 to" in training.text
    assert "its fixed twin (negative slope 0.25) did not race" in training.text
