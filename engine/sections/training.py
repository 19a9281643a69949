"""How it is learnt: the optimiser, its rate and schedule, and what is added to the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..losses import LOSSES
from ..optimizers import OPTIMIZERS
from ..schedules import SCHEDULES
from ..settings import Refusal, check, labels_of, setting


def _used_by_optimizer(name: str) -> Callable[[Any], bool]:
    return lambda training: name in OPTIMIZERS[training.optimizer].hyperparameters


def _used_by_schedule(training: Any) -> bool:
    return "period" in SCHEDULES[training.schedule].uses


@dataclass(frozen=True)
class TrainingSettings:
    """How the weights are changed."""

    optimizer: str = setting(
        "adam", label="Optimiser", help="The rule that turns gradients into updates.",
        choices=labels_of(OPTIMIZERS),
    )  # fmt: skip
    learning_rate: float = setting(
        0.003, label="Learning rate", help="Size of an update; may change while a race runs.",
        low=1e-7, high=100, log=True, live=True, zero="not trained",
    )  # fmt: skip
    batch_size: int = setting(
        32, label="Batch size", help="Points a step learns from; may change while a race runs.",
        unit="points", low=1, high=100_000, step=1, log=True, live=True, zero="the full set",
    )  # fmt: skip
    weight_decay: float = setting(
        0.0, label="Weight decay", help="Pull of the weights towards 0, as the optimiser defines it"
        "; may change while a race runs.", low=0, high=1, step=1e-6, log=True, live=True,
    )  # fmt: skip
    decay_applies_to: str = setting(
        "weights", label="Decay acts on", help="What weight decay, L1 and L2 pull towards 0.",
        choices=lambda: {
            "weights": "weights",
            "biases": "weights and biases",
            "parameters": "weights and trained shapes",
            "all": "everything trained",
        }, advanced=True,
    )  # fmt: skip
    l1: float = setting(
        0.0, label="L1", help="Weight of the sum of |w|.",
        low=0, high=1, step=1e-6, log=True, advanced=True,
    )  # fmt: skip
    l2: float = setting(
        0.0, label="L2", help="Weight of half the sum of w².",
        low=0, high=1, step=1e-6, log=True, advanced=True,
    )  # fmt: skip
    loss: str = setting(
        "automatic", label="Loss", help="What training makes small; automatic: the task's own.",
        choices=lambda: {"automatic": "automatic"} | labels_of(LOSSES)(), advanced=True,
    )  # fmt: skip
    steps: int = setting(
        2000, label="Steps", help="Updates until the race ends.",
        unit="steps", low=1, high=10_000_000, step=100, log=True, zero="no limit",
    )  # fmt: skip
    schedule: str = setting(
        "constant", label="Schedule", help="How the learning rate moves over the race.",
        choices=labels_of(SCHEDULES), advanced=True,
    )  # fmt: skip
    warmup: int = setting(
        0, label="Warm-up", help="Steps over which the learning rate rises from 0.",
        unit="steps", low=0, high=1_000_000, step=1, log=True, advanced=True,
    )  # fmt: skip
    period: int = setting(
        1000, label="Schedule period", help="Steps between two drops of the step schedule.",
        unit="steps", low=1, high=10_000_000, log=True, shown_for=_used_by_schedule, advanced=True,
    )  # fmt: skip
    gamma: float = setting(
        0.5, label="Schedule factor", help="What the rate is multiplied by at each drop.",
        low=0, high=1, shown_for=_used_by_schedule, advanced=True,
    )  # fmt: skip
    clip_norm: float = setting(
        0.0, label="Clip gradients at", help="Largest norm of a network's whole gradient.",
        low=0, high=1e6, step=1e-3, log=True, zero="off", advanced=True,
    )  # fmt: skip
    momentum: float = setting(
        0.9, label="Momentum", help="Share of the last update kept in the next.",
        low=0, high=0.9999, shown_for=_used_by_optimizer("momentum"), advanced=True,
    )  # fmt: skip
    beta1: float = setting(
        0.9, label="Beta 1", help="Memory of the mean gradient.",
        low=0, high=0.99999, shown_for=_used_by_optimizer("beta1"), advanced=True,
    )  # fmt: skip
    beta2: float = setting(
        0.999, label="Beta 2", help="Memory of the mean squared gradient.",
        low=0, high=0.999999, shown_for=_used_by_optimizer("beta2"), advanced=True,
    )  # fmt: skip
    alpha: float = setting(
        0.99, label="Alpha", help="Memory of the mean squared gradient.",
        low=0, high=0.999999, shown_for=_used_by_optimizer("alpha"), advanced=True,
    )  # fmt: skip
    epsilon: float = setting(
        1e-8, label="Epsilon", help="What keeps the division by a small mean square finite.",
        low=1e-30, high=1, log=True, shown_for=_used_by_optimizer("epsilon"), advanced=True,
    )  # fmt: skip

    def batch(self, points: int) -> int:
        """Points of a full batch, of so many to train on."""
        return min(self.batch_size or points, points)

    def __post_init__(self) -> None:
        check(self)
        if not self.steps and "total" in SCHEDULES[self.schedule].uses:
            raise Refusal("schedule", self.schedule, "needs a limit of steps to run towards")
