"""Underflow, noise and absorption are told apart, by hand and in races that run into each."""

import dataclasses

import numpy as np
import pytest

from engine import Contestant, Experiment, Race
from engine.measures import MEASURES
from engine.obstacles import (
    ABSORPTION_SLOWS,
    ABSORPTION_STOPS,
    OBSTACLES,
    UNDERFLOW_STOPS,
    LayerNoise,
    first_obstacle,
    in_epsilon_zone,
    layer_noise,
)
from engine.report import summary


def race(activation, network, **changes):
    values = {
        "task__samples": 80,
        "training__steps": 20,
        "population__seeds": 4,
        "population__record_every": 5,
        "population__twin_every": 1,
    } | changes
    made = Experiment(contestants=(Contestant(activation),))
    made = dataclasses.replace(made, network=dataclasses.replace(made.network, **network))
    for path, value in values.items():
        made = made.with_value(path.replace("__", "."), value)
    race = Race(made)
    race.advance(made.training.steps)
    return race


def called(noise=0.0, wrong=0.0, underflow=0.0, lost=0.0, unbiased=False):
    readings = (np.array([value]) for value in (noise, wrong, underflow, lost))
    return str(first_obstacle(*readings, unbiased)[0])


def test_each_obstacle_begins_at_its_threshold():
    below = np.nextafter
    assert called() == ""
    assert called(noise=1.0) == called(wrong=0.26) == "noise"
    assert called(noise=below(1.0, 0), wrong=0.25) == ""
    assert called(underflow=UNDERFLOW_STOPS) == "underflow"
    assert called(underflow=below(UNDERFLOW_STOPS, 0)) == ""
    assert called(lost=ABSORPTION_STOPS) == "absorption"
    assert called(lost=below(ABSORPTION_STOPS, 0)) == called(lost=ABSORPTION_SLOWS) == "slowed"
    assert called(lost=below(ABSORPTION_SLOWS, 0)) == ""


def test_the_first_on_the_gradients_way_is_called():
    """A gradient that became 0 is as far off as it is large, which is not noise."""
    assert called(noise=1.0, underflow=1.0, lost=np.nan) == "underflow"
    assert called(noise=2.0, wrong=0.5, lost=1.0) == "noise"


def test_what_was_not_measured_is_no_obstacle():
    assert called(*[np.nan] * 4) == ""


def test_a_remedy_that_loses_nothing_in_the_mean_is_not_stopped_by_lost_updates():
    assert called(lost=1.0, unbiased=True) == ""
    assert called(noise=1.0, lost=1.0, unbiased=True) == "noise"


def layer_of(**shares):
    return LayerNoise(0, 1, 100, dict.fromkeys(OBSTACLES, 0.0) | shares, {}, 0.0)


def test_readings_stopped_by_absorption_are_slowed_by_it_too():
    """Neither alone is half of the readings; together they are most of them."""
    assert layer_of(absorption=0.45, slowed=0.45).obstacle == "slowed"
    assert layer_of(absorption=0.5, slowed=0.5).obstacle == "absorption"
    assert layer_of(absorption=0.3, slowed=0.1).obstacle == ""
    assert layer_of(noise=0.6, absorption=0.2, slowed=0.2).obstacle == "noise"


def test_the_epsilon_zone_lies_between_zero_and_epsilon():
    sizes = np.array([0.0, 1e-12, 0.9e-8, 1e-8, 1.0, np.nan])
    assert in_epsilon_zone(sizes, 1e-8).tolist() == [False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("precision", "obstacle"),
    [("float32", "absorption"), ("bfloat16", "absorption"), ("float16", "underflow")],
)
def test_a_deep_sigmoid_is_stopped_as_its_format_decides(precision, obstacle):
    found = layer_noise(race("sigmoid", {"precision": precision, "depth": 40}).recording)
    assert len(found) == 41
    assert [layer.layer for layer in found] == list(range(1, 42))
    assert {layer.obstacle for layer in found[:8]} == {obstacle}
    assert found[-1].obstacle == ""
    if precision == "float32":
        # Adam's ε is larger than what arrives there, but not than what starts out.
        assert found[0].epsilon_zone == 1
        assert found[-1].epsilon_zone == 0


def test_near_the_optimum_noise_comes_to_dominate():
    """bfloat16 with master weights goes on until its gradients are as small as their errors."""
    changes = {"training__steps": 2000, "training__schedule": "cosine", "task__data": "sin3x"}
    changes |= {"training__batch_size": 0, "population__record_every": 50}
    network = {"precision": "bfloat16", "remedy": "master", "depth": 2, "width": 16}
    recording = race("relu", network, **changes).recording
    shares = [layer.shares["noise"] for layer in layer_noise(recording, since=1000)]
    assert min(shares) > 0.15
    early = recording.layers.values("gradient_noise")[0]
    late = [layer.medians["gradient_noise"] for layer in layer_noise(recording, since=1000)]
    assert (np.array(late) > 30 * np.median(early, axis=(0, 1))).all()


def test_a_healthy_net_meets_no_obstacle_and_the_summary_says_so():
    recording = race("tanh", {"depth": 2}).recording
    rounding = summary(recording)["results"][0]["rounding"]
    assert [layer["layer"] for layer in rounding] == [1, 2, 3]
    assert {layer["obstacle"] for layer in rounding} == {""}
    assert {tuple(layer["shares"]) for layer in rounding} == {tuple(OBSTACLES)}
    medians = {measure.key for measure in MEASURES.values() if measure.twin}
    assert {frozenset(layer["medians"]) for layer in rounding} == {frozenset(medians)}
    assert all(layer["readings"] == 4 * 4 for layer in rounding)


def test_without_a_twin_nothing_is_said():
    recording = race("tanh", {"precision": "float64"}).recording
    assert layer_noise(recording) == []
    assert summary(recording)["results"][0]["rounding"] == []
