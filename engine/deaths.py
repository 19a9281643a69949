"""Deaths and revivals of units: how many in each layer, and for how long they have been dead."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .recording import Recording
from .spans import Mask, Spans

Array = NDArray[Any]


class DeathClock:
    """Since when each unit of a flat mask has been found dead; at first, none is."""

    def __init__(self) -> None:
        self._dead: Mask = np.zeros(0, bool)
        self._since: NDArray[np.int64] = np.zeros(0, np.int64)

    def read(self, step: int, dead: Mask) -> dict[str, Mask]:
        """Take in which units are dead at a step: those that died since the last, or revived.

        A unit that comes back and dies again starts anew.
        """
        before = self._dead if self._dead.size else np.zeros_like(dead)
        changed = {"died": dead & ~before, "revived": before & ~dead}
        self._since = np.where(changed["died"], step, self._since if self._since.size else step)
        self._dead = dead
        return changed

    def mean_age(self, step: int, units: Spans) -> Array:
        """Mean steps since the dead units of each lane and layer were found so; NaN without any."""
        dead = units.counted(self._dead)
        total = units.added(np.where(self._dead, step - self._since, 0))
        mean = np.full(dead.shape, np.nan)
        np.divide(total, dead, out=mean, where=dead > 0)
        return mean


def changes(recording: Recording, kind: str) -> Array:
    """How many units "died" or were "revived" in the whole race, (C, S, L).

    A unit counts as often as it did. Units dead from the start "died" at step 0.
    """
    experiment = recording.experiment
    lanes = len(experiment.contestants), experiment.population.seeds
    counts = np.zeros((*lanes, len(experiment.network.hidden)), np.int64)
    for event in recording.events:
        if event.kind == kind:
            counts[event.contestant, event.seed, event.layer - 1] += max(event.count, 1)
    return counts
