"""Early stopping: what each lane scored at the evaluation whose validation loss was lowest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .track import Array

# What the curves are called that hold a score, or the step, at which a lane would have stopped.
STOPPED = "stopped_"


class Stopping:
    """The scores of every lane, of any shape, as if it had stopped at its best so far.

    No lane is stopped: it trains on, and a later evaluation may be better (Prechelt 1998, Early
    Stopping — But When?, with patience without end). Of equal evaluations the first one counts.
    """

    def __init__(self, scores: Sequence[str], shape: tuple[int, ...]) -> None:
        self._scores = scores
        self._lowest = np.full(shape, np.inf)
        names = [*scores, "step"] if scores else []
        self._kept = {f"{STOPPED}{name}": np.full(shape, np.nan) for name in names}

    @property
    def kept(self) -> dict[str, Array]:
        """Copies of the curves at the best evaluation so far; none where no scores are kept."""
        return {name: values.copy() for name, values in self._kept.items()}

    def update(self, step: int, values: Mapping[str, Array]) -> None:
        """Look at an evaluation; NaN, a diverged lane, is never the best."""
        if not self._scores:
            return
        loss = values["validation_loss"]
        better = loss < self._lowest
        self._lowest[better] = loss[better]
        self._kept[f"{STOPPED}step"][better] = step
        for name in self._scores:
            self._kept[f"{STOPPED}{name}"][better] = values[name][better]
