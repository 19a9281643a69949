"""When a lane counts as converged: the criterion met, held for k evaluations, or lost again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Criterion:
    """What a lane must reach: `channel`, a curve, at or below `threshold` (or above it).

    It has converged once that was so at `hold` evaluations in a row, at the first of them.
    """

    channel: str
    threshold: float
    hold: int
    above: bool = False

    def is_met(self, values: Array) -> NDArray[np.bool_]:
        """NaN, a diverged lane, meets nothing."""
        return values >= self.threshold if self.above else values <= self.threshold

    @property
    def text(self) -> str:
        sign = "≥" if self.above else "≤"
        label = self.channel.replace("_", " ")
        return f"{label} {sign} {self.threshold:.3g}, held for {self.hold} evaluations"


class Progress:
    """How far each lane, of any shape, has come towards the criterion."""

    def __init__(self, criterion: Criterion, shape: tuple[int, ...]) -> None:
        self._criterion = criterion
        self._run = np.zeros(shape, np.int64)
        self._start = np.full(shape, -1, np.int64)

    def update(self, step: int, values: Array) -> Iterator[tuple[str, tuple[int, ...], int]]:
        """What happened at this evaluation: (kind, lane, step since which the criterion is met).

        `met`: the criterion is met where it was not before; `held`: it has now been met long
        enough; `lost`: it no longer is, after it was held.
        """
        met, hold = self._criterion.is_met(values), self._criterion.hold
        begun, lost = met & (self._run == 0), ~met & (self._run >= hold)
        self._start[begun] = step
        self._run = np.where(met, self._run + 1, 0)
        held = self._run == hold
        for kind, lanes in (("lost", lost), ("met", begun), ("held", held)):
            for lane in np.argwhere(lanes):
                place = tuple(int(i) for i in lane)
                yield kind, place, int(self._start[place])
