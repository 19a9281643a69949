"""A race's curve as a small chart draws it: the median over its seeds, from its recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.network import no_look
from engine.settings import Refusal
from engine.sweeps import GridRace, SweepFolder

from .columns import Columns
from .loss import Quantity
from .seeds import SeedSummary

POINTS = 150  # of a curve at most, in a chart that is hardly wider


@dataclass(frozen=True)
class RaceCurve:
    """Medians (points, contestants) at `steps` (points,).

    A seed that has diverged counts as the worst; where the median rests on one it is NaN.
    """

    steps: np.ndarray
    medians: np.ndarray


def read_curves(
    folder: SweepFolder,
    races: Sequence[GridRace],
    quantity: Quantity,
    look: Callable[[], None] = no_look,
) -> dict[str, RaceCurve | None]:
    """The curves of finished races by key; None where a recording is gone, or cannot be read.

    `look` is called before each, and may raise to abandon it.
    """
    curves = {}
    for race in races:
        look()
        curves[race.key] = _read(folder, race, quantity)
    return curves


def _read(folder: SweepFolder, race: GridRace, quantity: Quantity) -> RaceCurve | None:
    try:
        track = folder.curve(race, quantity.channel)
    except Refusal:
        return None
    summary = SeedSummary(track, quantity.channel, quantity.falling)
    summary.update()
    steps = track.steps[:, 1].astype(np.float64)
    columns = Columns.of(steps, float(steps.min(initial=0)), float(steps.max(initial=0)), POINTS)
    return RaceCurve(columns.last(steps), columns.last(summary.median))
