"""What is timed: single networks and their populations, and the races that the window shows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine import Contestant, Experiment
from engine.exhibits import exhibits
from engine.sections import NetworkSettings, TaskSettings, TrainingSettings

from .turns import ROOT

LEARNING_RATES = {"sgd": 0.03, "adam": 1e-3}


@dataclass(frozen=True)
class Workload:
    """A race without an end, so that it can be timed for as long as it takes.

    Every epoch is whole batches: a compiled scan wants equal ones. `floors` are the steps a second
    of the bare engine over the best form of a system, that it is meant to reach.
    """

    label: str
    experiment: Experiment
    floors: dict[str, float]

    @property
    def lanes(self) -> int:
        return self.experiment.population.seeds * len(self.experiment.contestants)

    def trained_by(self, optimizer: str, precision: str = "float32") -> Experiment:
        experiment = self.experiment.with_value("network.precision", precision)
        experiment = experiment.with_value("training.learning_rate", LEARNING_RATES[optimizer])
        return experiment.with_value("training.optimizer", optimizer)

    def populated(
        self, label: str, seeds: int, floors: dict[str, float], *activations: str
    ) -> Workload:
        """The same with so many seeds, of several activations where they are named."""
        experiment = self.experiment.with_value("population.seeds", seeds)
        if activations:
            contestants = tuple(map(Contestant, activations))
            experiment = dataclasses.replace(experiment, contestants=contestants)
        return Workload(label, experiment, floors)


def _workload(
    label: str,
    activation: str,
    task: TaskSettings,
    network: NetworkSettings,
    training: TrainingSettings,
    floors: dict[str, float],
) -> Workload:
    training = dataclasses.replace(training, steps=0)
    experiment = Experiment(
        task=task, network=network, training=training, contestants=(Contestant(activation),)
    )
    return Workload(label, experiment.with_value("population.seeds", 1), floors)


def _gaussian_table() -> str:
    """Where a table of 784 Gaussian columns lies, whose classes a random linear map decides."""
    path = ROOT / ".benchmarks" / "gaussian.npz"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        random = np.random.default_rng(0)
        inputs = random.standard_normal((2560, 784))
        labels = (inputs @ random.standard_normal((784, 10))).argmax(axis=1)
        np.savez(path, allow_pickle=False, X=inputs, y=labels)
    return str(path)


# 896 points to train on, in batches of 64.
_DIGITS = TaskSettings(data="digits", test_share=901 / 1797)


def _playground() -> Workload:
    return _workload(
        "2-4-2-1 tanh, batch 10 (Playground's)",
        "tanh",
        TaskSettings(data="circle"),
        NetworkSettings(widths=(4, 2), initializer="playground"),
        TrainingSettings(batch_size=10, loss="squared_tanh"),
        {"JAX": 0.8, "PyTorch": 10},
    )


def _single() -> dict[str, Workload]:
    """Of one network each."""
    return {
        "W1": _playground(),
        "W2": _workload(
            "2-[8]×8-1 ReLU, batch 32",
            "relu",
            TaskSettings(data="circle", samples=512),
            NetworkSettings(depth=8, width=8),
            TrainingSettings(batch_size=32),
            {"JAX": 1.0, "PyTorch": 10},
        ),
        "W3": _workload(
            "64-[128]×4-10 ReLU, batch 64, digits",
            "relu",
            _DIGITS,
            NetworkSettings(depth=4, width=128),
            TrainingSettings(batch_size=64),
            {"JAX": 0.75, "PyTorch": 2},
        ),
        "W4": _workload(
            "784-256-256-10 ReLU, batch 128, Gaussian columns",
            "relu",
            TaskSettings(data="table", table=_gaussian_table()),
            NetworkSettings(widths=(256, 256)),
            TrainingSettings(batch_size=128),
            {"JAX": 0.8, "PyTorch": 1.1},
        ),
        "W5": _workload(
            "64-[64]×50-10 ReLU, batch 64, digits",
            "relu",
            _DIGITS,
            NetworkSettings(depth=50, width=64),
            TrainingSettings(batch_size=64),
            {"JAX": 0.85, "PyTorch": 2},
        ),
    }


@cache
def workloads() -> dict[str, Workload]:
    """By name."""
    single = _single()
    many = {"JAX": 1.7, "PyTorch": 3.5}
    activations = ("relu", "leaky_relu", "elu", "tanh", "gelu")
    return single | {
        "W6a": single["W2"].populated("32 lanes of W2", 32, many),
        "W6b": single["W3"].populated("64 lanes of W3", 64, {"JAX": 0.95, "PyTorch": 1.15}),
        "W6c": single["W2"].populated(
            f"{len(activations)} activations × 32 lanes of W2", 32, many, *activations
        ),
        "W6d": single["W1"].populated("32 lanes of W1", 32, {}),
    }


def _digits() -> Experiment:
    """The first exhibit with half its seeds and no end."""
    experiment = exhibits()["digits"].experiment.with_value("training.steps", 0)
    return experiment.with_value("population.seeds", 8)


RACES = {"digits, 4 contestants × 8 seeds": _digits()} | {
    f"{key} {workloads()[key].label}": workloads()[key].trained_by("sgd")
    for key in ("W1", "W3", "W6a")
}
