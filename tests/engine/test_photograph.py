"""A photograph shows the networks as they are: what it says of a curve holds for its answers."""

import numpy as np
import pytest

from engine import Contestant, Experiment, Race
from engine.photograph import MOST_UNITS
from engine.recording import Recording

KEPT = 2  # counted from 1


def raced(*contestants, width=6, data="sin3x"):
    experiment = Experiment(contestants=tuple(map(Contestant, contestants)))
    for path, value in {
        "task.data": data, "network.depth": 2, "network.width": width,
        "network.precision": "float64", "training.steps": 40, "population.seeds": 3,
        "population.histogram_seed": KEPT,
    }.items():  # fmt: skip
        experiment = experiment.with_value(path, value)
    race = Race(experiment)
    race.advance(40)
    return race


@pytest.mark.parametrize("activation", ["relu", "prelu", "hardtanh"])
def test_a_curve_is_straight_but_at_its_kinks(activation):
    race = raced(activation)
    x, fit = race.recording.view.points[:, 0], race.snapshot().fit
    curve, kinks = fit.outputs[0, KEPT - 1], fit.kinks[0]
    bends = np.abs(np.diff(curve, 2))
    cells = np.searchsorted(x, kinks) - 1  # the kink lies between x[cell] and x[cell + 1]
    near = np.zeros(len(x), bool)
    near[cells] = near[cells + 1] = True
    straight = ~near[1:-1]
    assert len(kinks)
    assert straight.any()
    assert bends[straight].max() < 1e-12
    assert bends[~straight].max() > 1e-6


def test_a_curved_activation_has_no_kinks():
    kinks = raced("relu", "gelu").snapshot().fit.kinks
    assert np.isfinite(kinks[0]).all()
    assert np.isnan(kinks[1]).all()


def test_kinks_are_kept_in_the_recording(tmp_path):
    race = raced("relu", "leaky_relu")
    race.recording.add(race.snapshot().fit)
    race.recording.save(tmp_path / "race.npz")
    reopened = Recording.load(tmp_path / "race.npz")
    np.testing.assert_array_equal(reopened.fit.kinks, race.recording.fit.kinks)


def test_nobody_waits_for_the_kinks_of_huge_networks():
    assert raced("relu", width=MOST_UNITS).snapshot().fit.kinks is None


def test_only_a_curve_has_kinks():
    assert raced("relu", data="circle").snapshot().fit.kinks is None
