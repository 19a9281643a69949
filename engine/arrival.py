"""How soon the lanes of a contestant converge, those counted that never do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from .cost import Cost
from .outcomes import steps_to_criterion
from .recording import Recording
from .statistics import Curve, Interval, survival
from .track import Array


@dataclass(frozen=True)
class Arrival:
    """When the lanes of one contestant met and held the criterion, in `unit`.

    `curve` is the Kaplan–Meier curve; who never arrives, diverged lanes included, is censored at
    the `budget`, the last step raced. `faster` and `slower` stretch both ends of every interval by
    what is not known of a step's cost; in steps they are 1.
    """

    curve: Curve
    budget: float
    unit: str = "steps"
    faster: float = 1.0
    slower: float = 1.0

    @property
    def median(self) -> Interval:
        """The time by which half have arrived, with its 95 % interval; inf: beyond the budget."""
        return self._stretched(self.curve.median())

    @property
    def restricted_mean(self) -> Interval:
        """The mean time on the way, with its 95 % interval; who never arrives counts the budget."""
        mean = self.curve.restricted_mean(self.budget)
        return self._stretched(Interval(mean.estimate, mean.low, mean.high))

    @property
    def share(self) -> Interval:
        """The share of lanes that converged, with its 95 % interval."""
        return self.curve.share_reached()

    def in_seconds(self, cost: Cost) -> Arrival:
        """The same by time: steps × what a step costs one lane.

        An interval then runs from few cheap steps to many dear ones.
        """
        step = cost.of_a_lane
        curve = dataclasses.replace(
            self.curve,
            times=self.curve.times * step.estimate,
            censored=self.curve.censored * step.estimate,
        )
        faster, slower = step.low / step.estimate, step.high / step.estimate
        return Arrival(curve, self.budget * step.estimate, "seconds", faster, slower)

    def _stretched(self, interval: Interval) -> Interval:
        low, high = interval.low * self.faster, interval.high * self.slower
        return Interval(interval.estimate, low, high)


def arrivals(recording: Recording) -> list[Arrival]:
    """Each contestant's arrival, in steps."""
    return arrivals_at(steps_to_criterion(recording), float(recording.last_step))


def arrivals_at(steps: Array, budget: float) -> list[Arrival]:
    """The same of the steps to the criterion, (C, S), infinite for who has not arrived."""
    return [Arrival(survival(np.minimum(row, budget), np.isfinite(row)), budget) for row in steps]
