"""Short real races for the views, and views on no screen."""

import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings

SIZES = {
    "shapes": (520, 320),
    "loss": (390, 320),
    "heatmaps": (930, 210),
    "numerics": (930, 210),
    "units": (620, 240),
    "fit": (520, 240),
    "convergence": (420, 240),
}


def make_race(
    contestants=("relu", "prelu", "elu"), *, data="circle", depth=3, width=5, seeds=3, **more
):
    """A race of 60 steps that has not begun; `more` are settings of training or population."""
    training = {k: v for k, v in more.items() if hasattr(TrainingSettings, k)}
    population = {k: v for k, v in more.items() if hasattr(PopulationSettings, k)}
    return Race(
        Experiment(
            task=TaskSettings(data=data, samples=80),
            network=NetworkSettings(depth=depth, width=width),
            training=TrainingSettings(**{"steps": 60, "batch_size": 10} | training),
            population=PopulationSettings(
                **{"seeds": seeds, "evaluate_every": 2, "record_every": 3, "memory": 8} | population
            ),
            contestants=tuple(Contestant(key) for key in contestants),
        )
    )


@pytest.fixture(scope="session")
def finished():
    """One finished race for all who only look at it."""
    race = make_race()
    race.advance(60)
    return race


@pytest.fixture
def shown(qtbot):
    """Makes a view of a class, shows it in its usual size and draws a race on it."""

    def show(kind, race):
        view = kind()
        qtbot.addWidget(view)
        view.resize(*SIZES[view.key])
        view.start(race.recording)
        snapshot = race.snapshot()
        race.recording.add(snapshot.fit)
        view.draw(race.recording, snapshot)
        view.show()
        qtbot.waitExposed(view)
        return view

    return show
