"""What a step costs each contestant, measured apart from the race, in turns, without readings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .experiment import Experiment
from .network import no_look
from .race import Race
from .statistics import Interval

# Turns long enough to stand out from the clock's grain and a neighbour's noise.
TURN_SECONDS = 0.005
WARM_UP = 0.2  # seconds, at most
# About so many seconds may go into it where steps are long, though never fewer than 5 turns.
PATIENCE = 20.0
FEWEST_ROUNDS, MOST_ROUNDS = 5, 15


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a step of all `lanes` of a contestant: median and its 95 % interval."""

    seconds: float
    low: float
    high: float
    lanes: int

    @property
    def of_a_lane(self) -> Interval:
        """Seconds that a step costs one lane, at so many lanes together."""
        return Interval(self.seconds / self.lanes, self.low / self.lanes, self.high / self.lanes)

    def log_ratio(self, other: Cost) -> Interval:
        """log₁₀ of how much dearer `other` is; exactly 0 where the two intervals overlap.

        So costs that cannot be told apart leave the order by time to the steps.
        """
        if self.low <= other.high and other.low <= self.high:
            return Interval(0.0, 0.0, 0.0)
        return Interval(
            math.log10(other.seconds / self.seconds),
            math.log10(other.low / self.high),
            math.log10(other.high / self.low),
        )


def cost_per_step(experiment: Experiment, look: Callable[[], None] = no_look) -> list[Cost]:
    """Each contestant's cost, from turns in which all contestants take part.

    The interval is that of order statistics: with 15 turns, from the 4th to the 12th.
    """
    race = Race(experiment, look)
    once = max(sum(race.time_steps(2)) / 2, 1e-7)
    # Batches are planned the first time, which takes steps of the smallest nets a third longer.
    race.time_steps(min(race.steps_an_epoch, max(1, round(WARM_UP / once))))
    steps = max(1, round(TURN_SECONDS * len(experiment.contestants) / once))
    turns = np.array([race.time_steps(steps) for _ in range(rounds(steps * once))]) / steps
    turns.sort(axis=0)
    edge = _rank(len(turns))
    return [
        Cost(
            float(np.median(column)),
            float(column[edge]),
            float(column[-1 - edge]),
            experiment.population.seeds,
        )
        for column in turns.T
    ]


def rounds(seconds: float) -> int:
    """How many turns of so many seconds are taken: fewer of long ones."""
    return min(MOST_ROUNDS, max(FEWEST_ROUNDS, int(PATIENCE / seconds)))


def _rank(count: int) -> int:
    """The largest k for which the k-th smallest and largest hold the median in 95 % of cases."""
    tail, chance = 0.0, 0.5**count
    for k in range(count // 2):
        tail += chance
        if tail > 0.025:
            return max(k - 1, 0)
        chance *= (count - k) / (k + 1)
    return 0
