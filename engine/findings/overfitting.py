"""Does anybody overfit: a test loss that rises again while the training loss falls on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..outcomes import RATIO_MARGIN, diverged_lanes
from ..recording import Recording
from ..wording import listed
from .finding import middle


def overfits(recording: Recording) -> Iterator[str]:
    """One sentence that names the contestants of whom most seeds do; none with early stopping.

    A seed overfits whose test loss ends above its lowest by more than the margin of a ratio, with
    a training loss that is lower at the end than it was there.
    """
    if recording.experiment.population.stops_early or len(recording.curves) < 2:
        return
    test, train = (recording.curves.values(f"{part}_loss") for part in ("test", "train"))
    lowest = np.where(np.isnan(test), np.inf, test).argmin(axis=0)[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.log10(test[-1] / np.take_along_axis(test, lowest, 0)[0])
    fell = train[-1] < np.take_along_axis(train, lowest, 0)[0]
    lanes = (rise > RATIO_MARGIN) & fell & ~diverged_lanes(recording)
    said = [
        f"{name} (×{10 ** middle(rise[place][lanes[place]]):.3g})"
        for place, name in enumerate(recording.experiment.contestant_names)
        if lanes[place].mean() > 0.5
    ]
    if said:
        yield (
            f"In most seeds the test loss of {listed(said)} ends above its lowest while the "
            "training loss falls on: that is overfitting, and early stopping would judge before it."
        )
