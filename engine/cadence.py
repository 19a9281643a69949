"""How often a race is read: a fixed rule by its sizes, so that readings cost little of its time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Work:
    """What some work costs, in seconds.

    calls, layer: its array calls, and those of each layer, once for all lanes of a block. unit: for
    each lane, what is done to one unit's answer to one point, matrix products apart; weight: to one
    weight.
    """

    calls: float
    layer: float
    unit: float
    weight: float = 0.0


# Measured by `python -m benchmarks.instruments`; rounded so that readings come out rather too dear.
STEP = Work(4e-6, 2e-6, 1.2e-9)
EVALUATION = Work(300e-6, 14e-6, 1.7e-9)
RECORD = Work(650e-6, 36e-6, 10e-9, 6e-9)
TWIN_CALLS = Work(160e-6, 5e-6, 0.0)
# What the twin's two passes in float64 and its comparisons cost a lane, in steps.
TWIN_STEPS = 4.0
# A layer's matrix products for one lane: the call inside the stack, and each multiply-add.
PRODUCTS, MULTIPLY_ADD = 0.4e-6, 2.5e-11

# In a race with a limit readings are priced as of so many lanes, which share their array calls.
COMPANY = 12
# What the population's setting of a cadence allows.
MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of reading: which share of the training time its automatic cadence takes.

    `share` as a rule, in whatever company. A race with a limit that would have fewer than `useful`
    readings gets so many, as far as they take no more than `spared` seconds of each lane.
    """

    share: float
    useful: int
    spared: float

    def every(self, cost: float, seconds: float, steps: int) -> int:
        """Steps from one reading to the next; `steps` 0: no limit.

        A reading costs so many steps in the company where it is dearest, and in good company so
        many seconds of a lane.
        """
        every = math.ceil(cost / self.share)
        if steps:
            every = min(every, max(steps // self.useful, math.ceil(steps * seconds / self.spared)))
        return min(max(every, 1), MOST_STEPS)


# Together they take 4 % as a rule: what is left to a twentieth is for a model that knows neither
# the machine nor the activation. A short race is over soon, and everybody looks at its curves: 48
# lanes may take 2.9 s longer for them.
KINDS = {
    "evaluation": Kind(0.015, 50, 0.03),
    "record": Kind(0.015, 50, 0.02),
    "twin": Kind(0.01, 10, 0.01),
}


@dataclass(frozen=True)
class Sizes:
    """What the costs of a race hang on, of one lane alone.

    layers: units from input to output. batch: points of a step; evaluated, probed: of an evaluation
    and of a record.
    """

    layers: tuple[int, ...]
    batch: int
    evaluated: int
    probed: int

    def costs(self, lanes: float) -> dict[str, float]:
        """Each kind of reading by the steps it takes as long as, where lanes share their calls."""
        step = self._step(lanes)
        return {name: seconds / step for name, seconds in self.seconds(lanes).items()}

    def seconds(self, lanes: float) -> dict[str, float]:
        """What each kind of reading takes of one lane's time, where lanes share their calls."""
        return {
            "evaluation": self._seconds(EVALUATION, self.evaluated, lanes),
            "record": self._seconds(RECORD, self.probed, lanes),
            "twin": TWIN_STEPS * self._step(lanes) + self._seconds(TWIN_CALLS, 0, lanes),
        }

    def every(self, steps: int) -> dict[str, int]:
        """Steps from one reading of each kind to the next, in a race of so many; 0: no limit."""
        # In any company the costs lie between those of a lane alone and those without any calls.
        alone, crowded = map(self.costs, (1, math.inf))
        seconds = self.seconds(COMPANY)
        return {
            name: kind.every(max(alone[name], crowded[name]), seconds[name], steps)
            for name, kind in KINDS.items()
        }

    def _step(self, lanes: float) -> float:
        # It goes through its batch three times: forward, and back to weights and activations.
        return self._seconds(STEP, 3 * self.batch, lanes)

    def _seconds(self, work: Work, points: int, lanes: float) -> float:
        """One lane's share of some work on so many points."""
        calls = work.calls + work.layer * (len(self.layers) - 1)
        return calls / lanes + sum(
            PRODUCTS
            + points * fan_out * (fan_in * MULTIPLY_ADD + work.unit)
            + fan_in * fan_out * work.weight
            for fan_in, fan_out in pairwise(self.layers)
        )
