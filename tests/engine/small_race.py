"""A small race, and all that is measured of one of its lanes."""

import numpy as np

from engine import Contestant, Experiment, Race
from engine.measures import MEASURES


def small(contestants=("relu", "prelu"), **changes):
    """A short float64 race; changes are named `section__field`."""
    values = {
        "task__samples": 60,
        "network__depth": 3,
        "network__width": 5,
        "network__precision": "float64",
        "training__batch_size": 7,
        "training__steps": 40,
        "population__seeds": 3,
        "population__evaluate_every": 10,
        "population__record_every": 20,
    } | changes
    experiment = Experiment(
        contestants=tuple(c if isinstance(c, Contestant) else Contestant(c) for c in contestants)
    )
    for path, value in values.items():
        experiment = experiment.with_value(path.replace("__", "."), value)
    return experiment


def run(experiment, *steps):
    race = Race(experiment)
    for count in steps or (experiment.training.steps,):
        race.advance(count)
    return race


def curves_of(race, contestant, seed):
    """Every curve of one lane, all rows."""
    track = race.recording.curves
    lanes = (len(race.experiment.contestants), race.experiment.population.seeds)
    return {
        name: track.values(name)[:, contestant, seed]
        for name, channel in track.channels.items()
        if channel.shape == lanes
    }


def layers_of(race, contestant, seed):
    """Everything measured in one lane's layers, all rows."""
    track = race.recording.layers
    measured = [name for name in track.names if name in MEASURES]
    return {name: track.values(name)[:, contestant, seed] for name in measured}


def assert_same_curves(one, other):
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)
