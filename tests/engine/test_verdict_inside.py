"""What a verdict says of the inside of networks: dead units, the signal, and rounding."""

import dataclasses
import re

import numpy as np
import pytest
from by_hand import EXPERIMENT, race_of, recording_of

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings
from engine.verdict import verdict


def answers(found):
    return {finding.question: finding.answer for finding in found.findings}


# Saturation.


def test_the_advice_to_leak_names_who_does():
    dead = ((0.5, 0.5),)
    losses = np.ones((2, 2, 4))
    for keys, said in (
        ((Contestant("relu"), Contestant("elu")), "may gain: race it."),
        ((Contestant("relu"), Contestant("leaky_relu")), "may gain: race it."),  # of 0.01
        ((Contestant("relu"), Contestant("prelu")), "may gain: PReLU per layer has one."),
    ):
        experiment = dataclasses.replace(EXPERIMENT, contestants=keys)
        found = verdict(recording_of(losses, experiment, dead=dead))
        [saturation] = [f for f in found.findings if f.question == "saturation"]
        assert said in saturation.text


def dead_race(first, last):
    """A race whose two hidden layers had this dead share at its first and last reading."""
    experiment = race_of(np.ones((2, 16))).experiment
    return recording_of([np.ones((2, 16))], experiment, dead=[(first, first), (last, last)])


@pytest.mark.parametrize(
    ("first", "last", "answer"),
    [
        (0.0, 0.0, "none"),
        (0.0, 0.04, "none"),
        (0.06, 0.0, "few dead"),
        (0.0, 0.15, "some dead"),
        (0.3, 0.0, "many dead"),
        (1.0, 1.0, "born dead"),
    ],
)
def test_saturation_is_told_by_the_dead_share(first, last, answer):
    assert answers(verdict(dead_race(first, last)))["saturation"] == answer


@pytest.mark.parametrize(
    ("contestants", "asked"),
    [
        (("elu", "relu"), 1),
        (("elu", Contestant("relu", gain=1.0), "relu"), 2),
        (("elu", "tanh", Contestant("relu", gain=1.0)), 2),
        (("relu", "relu"), 0),
        (("elu", "tanh"), 0),
    ],
)
def test_plain_relu_is_asked_whether_it_saturates_wherever_it_races(contestants, asked):
    recording = race_of(np.ones((len(contestants), 8)), *contestants, reference=1)
    found = {finding.question: finding for finding in verdict(recording).findings}
    name = recording.experiment.contestant_names[asked]
    assert found["saturation"].title == f"Do units of {name} die or saturate here?"
    assert found["saturation"].shows["contestant"] == asked
    assert name in found["signal"].title


def test_units_that_die_in_training_blame_the_rate():
    def text(first, last):
        return verdict(dead_race(first, last)).findings[1].text

    assert "learning rate is too high" in text(0.1, 0.3)
    assert "learning rate" not in text(0.1, 0.2)


def test_a_deep_narrow_race_is_born_dead_and_says_so():
    experiment = Experiment(
        network=NetworkSettings(depth=12, width=2),
        training=TrainingSettings(steps=30),
        population=PopulationSettings(seeds=8),
        contestants=(Contestant("relu"), Contestant("elu")),
    )
    raced = Race(experiment.with_value("task.data", "abs"))
    raced.advance(30)
    found = verdict(raced.recording)
    assert answers(found)["saturation"] == "born dead"
    assert found.findings[1].numbers["born_dead"] > 0


# The signal.


@pytest.mark.parametrize(("gain", "answer"), [(1.0, "fades fast"), (2**0.5, "keeps its size")])
def test_relu_loses_its_gradient_without_its_gain_and_keeps_it_with(gain, answer):
    """He et al. 2015: each layer halves the second moment, which gain √2 makes good."""
    experiment = Experiment(
        network=NetworkSettings(depth=30, width=64),
        training=TrainingSettings(steps=1),
        population=PopulationSettings(seeds=8),
        contestants=(Contestant("relu", gain=gain),),
    )
    raced = Race(experiment)
    raced.advance(1)
    [signal] = [f for f in verdict(raced.recording).findings if f.question == "signal"]
    assert signal.answer == answer
    said = [float(n.replace("−", "-")) for n in re.findall(r"slope (\S+) ±", signal.text)]
    slopes = [signal.numbers["slope_back"], signal.numbers["slope_forward"]]
    assert said == pytest.approx(slopes, rel=0.05)


# Rounding.


def rounded_race(precision, **training):
    experiment = Experiment(
        network=NetworkSettings(depth=2, width=8, precision=precision),
        training=TrainingSettings(steps=60, batch_size=0, **training),
        population=PopulationSettings(seeds=4, record_every=2, twin_every=1),
        contestants=(Contestant("tanh"), Contestant("elu")),
    )
    raced = Race(experiment.with_value("task.data", "sin3x"))
    raced.advance(60)
    return verdict(raced.recording)


@pytest.mark.parametrize(
    ("precision", "rate", "answer"),
    [
        ("float64", 1e-3, "not measured"),
        ("float32", 1e-3, "none"),
        ("bfloat16", 1e-6, "stopped by absorption"),
    ],
)
def test_rounding_is_no_danger_until_updates_are_too_small_for_the_format(precision, rate, answer):
    found = rounded_race(precision, optimizer="adam", learning_rate=rate)
    assert answers(found)["rounding"] == answer
