"""Learning-rate schedules: the factor on the learning rate at each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True)
class Schedule:
    """A course of the learning rate, to which any warm-up is multiplied.

    `course(step, total, period, gamma)` is the factor without warm-up; `uses` names which of
    total, period and gamma it reads (they must then be positive).
    """

    key: str
    label: str
    help: str
    source: str
    uses: tuple[str, ...]
    course: Callable[[int, int, int, float], float]

    def factor(self, step: int, total: int, warmup: int, period: int, gamma: float) -> float:
        """The factor for the update after `step` updates (0 for the first).

        `total`, `warmup` and `period` are in steps. Warm-up rises linearly to 1 at its last step.
        """
        factor = self.course(step, total, period, gamma)
        return factor * (step + 1) / warmup if step < warmup else factor

    def ready(self, total: int, warmup: int, period: int, gamma: float) -> Callable[[int], float]:
        """`factor` as a function of the step alone; where nothing changes, a cheap one."""
        if not (self.uses or warmup):
            return lambda step: 1.0
        return lambda step: self.factor(step, total, warmup, period, gamma)


def _constant(step: int, total: int, period: int, gamma: float) -> float:
    return 1.0


def _cosine(step: int, total: int, period: int, gamma: float) -> float:
    return (1 + cos(pi * min(step, total) / total)) / 2


def _steps(step: int, total: int, period: int, gamma: float) -> float:
    return gamma ** (step // period)


_RECORDS = (
    Schedule(
        key="constant",
        label="constant",
        help="The learning rate stays as it is set.",
        source="torch.optim without a scheduler",
        uses=(),
        course=_constant,
    ),
    Schedule(
        key="cosine",
        label="cosine",
        help="Falls along half a cosine to 0 at the last step.",
        source="Loshchilov & Hutter 2017, SGDR, without restarts; "
        "torch.optim.lr_scheduler.CosineAnnealingLR",
        uses=("total",),
        course=_cosine,
    ),
    Schedule(
        key="step",
        label="steps",
        help="Multiplied by gamma once every period.",
        source="torch.optim.lr_scheduler.StepLR",
        uses=("period", "gamma"),
        course=_steps,
    ),
)

SCHEDULES: dict[str, Schedule] = {schedule.key: schedule for schedule in _RECORDS}
