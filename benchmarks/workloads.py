"""What is timed: single networks and their populations, and the races that the window shows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from engine import Contestant, Experiment
from engine.exhibits import exhibits
from engine.sections import NetworkSettings, TaskSettings, TrainingSettings


@dataclass(frozen=True)
class Workload:
    """A race without an end, so that it can be timed for as long as it takes."""

    label: str
    experiment: Experiment

    def lanes(self, seeds: int, precision: str = "float32") -> Experiment:
        """The experiment with so many seeds, each a lane."""
        experiment = self.experiment.with_value("network.precision", precision)
        return experiment.with_value("population.seeds", seeds)


def _workload(
    label: str,
    activation: str,
    task: TaskSettings,
    network: NetworkSettings,
    training: TrainingSettings,
) -> Workload:
    training = dataclasses.replace(training, steps=0)
    contestants = (Contestant(activation),)
    return Workload(
        label,
        Experiment(task=task, network=network, training=training, contestants=contestants),
    )


WORKLOADS = {
    "W1": _workload(
        "2-4-2-1 tanh, batch 10, SGD (Playground's)",
        "tanh",
        TaskSettings(data="circle"),
        NetworkSettings(widths=(4, 2), initializer="playground"),
        TrainingSettings(optimizer="sgd", learning_rate=0.03, batch_size=10, loss="squared_tanh"),
    ),
    "W2": _workload(
        "2-[8]×8-1 ReLU, batch 32, Adam",
        "relu",
        TaskSettings(data="circle"),
        NetworkSettings(depth=8, width=8),
        TrainingSettings(optimizer="adam", learning_rate=1e-3, batch_size=32),
    ),
    "W3": _workload(
        "64-[128]×4-10 ReLU, batch 64, Adam (digits)",
        "relu",
        TaskSettings(data="digits"),
        NetworkSettings(depth=4, width=128),
        TrainingSettings(optimizer="adam", learning_rate=1e-3, batch_size=64),
    ),
}


def _digits() -> Experiment:
    """The first exhibit with half its seeds and no end."""
    experiment = exhibits()["digits"].experiment.with_value("training.steps", 0)
    return experiment.with_value("population.seeds", 8)


RACES = {
    "digits, 4 contestants × 8 seeds": _digits(),
    "one 2-4-2-1 tanh, batch 10": WORKLOADS["W1"].lanes(1),
}
