"""Recordings made by hand, of which the tests know every number."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.fit import FitView
from engine.recording import Event, Facts, Recording, Row
from engine.sections import NetworkSettings, PopulationSettings
from engine.track import Channel
from engine.vanishing import BACK, FORWARD

EXPERIMENT = Experiment(
    name="by hand",
    network=NetworkSettings(depth=2, width=3),
    population=PopulationSettings(seeds=4, first_seed=10, memory=8),
    contestants=(Contestant("elu"), Contestant("relu"), Contestant("elu")),
)
FACTS = Facts(
    (3, 3, 1), 25, np.ones(4), "test_loss", 0.1, "test loss ≤ 0.1", "regression", 50, 50, 2.0
)
VIEW = FitView(
    kind="confusion",
    points=np.empty((0, 2)),
    truth=None,
    train_inputs=np.empty((0, 2)),
    train_targets=np.empty((0, 1)),
    feature_names=("x₁", "x₂"),
    class_names=("0", "1"),
    extent=(-1.0, 1.0),
    heights=(0.0, 1.0),
)
STEPS_A_ROW = 10


def recording_of(
    test_losses: list,
    experiment: Experiment = EXPERIMENT,
    kind: str = "regression",
    dead: Sequence[tuple[float, float]] = ((0.5, 0.0),),
    train_losses: list | None = None,
) -> Recording:
    """One test loss a step and lane, given as (rows, C, S); half of it is the training loss.

    Unless there are `train_losses` of the same shape.
    Where the task has classes, 1 - loss is the test accuracy. A row stands every 10 steps. `dead`
    are the shares of dead units in the two hidden layers, reading by reading.
    """
    shape = np.shape(test_losses)[1:]
    names = ["train_loss", "test_loss"] + ["test_accuracy"] * (kind != "regression")
    curves = {
        "seconds": Channel(shape[:1], merge="last"),
        "epoch": Channel(merge="last"),
        **{name: Channel(shape) for name in names},
    }
    measured = {
        name: Channel((*shape, 3)) for name in ("dead_share", "saturated_share", BACK, FORWARD)
    }
    facts = dataclasses.replace(FACTS, baseline=np.ones(shape[1]), kind=kind)
    recording = Recording(experiment, curves, measured, facts, VIEW)
    halves = np.asarray(test_losses, float) / 2
    training = halves if train_losses is None else np.asarray(train_losses, float)
    for row, losses in enumerate(np.asarray(test_losses, float)):
        values = {
            "seconds": np.arange(shape[0]) + row,
            "epoch": np.array(row / 2),
            "train_loss": training[row],
            "test_loss": losses,
            "test_accuracy": 1 - losses,
        }
        recording.add(Row("curves", STEPS_A_ROW * row, {name: values[name] for name in curves}))
    for row, shares in enumerate(dead):
        read = {
            "dead_share": [*shares, np.nan],
            "saturated_share": [0.0, 0.1, np.nan],
            BACK: [0.01, 0.1, 1.0],
            FORWARD: [1.0, 1.0, 1.0],
        }
        read = {name: np.broadcast_to(values, (*shape, 3)) for name, values in read.items()}
        recording.add(Row("layers", STEPS_A_ROW * row, read))
    return recording


def race_of(
    losses: np.ndarray,
    *contestants: str | Contestant,
    steps: np.ndarray | None = None,
    **population: object,
) -> Recording:
    """A race of 10 steps that ended with these losses, (C, S); NaN is a lane that diverged.

    `steps`, (C, S), says when each lane met the criterion; inf where it never did.
    """
    losses = np.asarray(losses, float)
    keys = contestants or ("relu", *["elu"] * (len(losses) - 1))
    experiment = Experiment(
        population=PopulationSettings(seeds=losses.shape[1], memory=8, **population),
        network=NetworkSettings(depth=2, width=3),
        contestants=tuple(Contestant(key) if isinstance(key, str) else key for key in keys),
    )
    kind = "binary" if population.get("quality") == "test_accuracy" else "regression"
    recording = recording_of([np.ones_like(losses), losses], experiment, kind)
    for c, s in np.argwhere(np.isnan(losses)):
        recording.add(Event(5, "diverged", int(c), int(s)))
    if steps is not None:
        for (c, s), step in np.ndenumerate(steps):
            if np.isfinite(step):
                recording.add(Event(int(step), "met", c, s))
                recording.add(Event(int(step), "held", c, s))
    recording.add(Event(STEPS_A_ROW, "finished"))
    return recording
