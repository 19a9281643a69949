"""How the fits bend along a line at the end of a race, and what weights could take over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..precision import FORMATS
from ..recording import Event, Recording
from ..track import Array
from ..wording import counted


@dataclass(frozen=True)
class Bends:
    """What the last look found of one contestant, seed by seed, (n,) each.

    `pieces` are straight ones, 0 where the activation is curved; `changes` those of the slope along
    the segment. `rescaled` is the largest relative difference between the outputs and those of
    weights in place of a redundant parameter, None where there is none.
    """

    pieces: Array
    changes: Array
    rescaled: float | None


def bends(recording: Recording, contestant: int) -> Bends | None:
    """None before the race has ended, and where no lane could be looked at."""
    found: dict[str, dict[int, Event]] = {"pieces": {}, "rescaled": {}}
    for event in recording.events:
        if event.kind in found and event.contestant == contestant:
            found[event.kind][event.seed] = event
    looked, rescaled = found["pieces"].values(), found["rescaled"].values()
    if not looked:
        return None
    return Bends(
        pieces=np.array([event.count for event in looked]),
        changes=np.array([event.value for event in looked]),
        rescaled=max((event.value for event in rescaled), default=None),
    )


def fit_bends(recording: Recording, contestant: int) -> Iterator[str]:
    """How a curved fit bends beside the reference's, in the median seed of those looked at."""
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    found = bends(recording, contestant)
    if found is None:
        return
    said = f"Along a line through the data its fit {_bend(found)}"
    other = bends(recording, reference)
    if other is not None:
        said += f"; that of {names[reference]} {_bend(other)}"
    yield f"{said} (medians of {_seeds(found)} at the end)."


def weights_take_over(recording: Recording, contestant: int) -> Iterator[str]:
    """How far the outputs are from those of weights in the place of a redundant parameter."""
    found = bends(recording, contestant)
    if found is None or found.rescaled is None:
        return
    precision = recording.experiment.network.precision
    yield (
        f"Weights rescaled in its place give the same outputs to {found.rescaled:.1g} of the "
        f"largest in {_seeds(found)}, where {precision} resolves {FORMATS[precision].epsilon:.1g}."
    )


def _bend(found: Bends) -> str:
    """One contestant's fit: straight pieces, or none where it is curved."""
    pieces = np.median(found.pieces)
    shape = "is a curve"
    if found.pieces.all():
        shape = "is 1 straight piece" if pieces == 1 else f"has {pieces:g} straight pieces"
    return f"{shape}, its slope changing by {np.median(found.changes):.3g} in all"


def _seeds(found: Bends) -> str:
    return counted(len(found.pieces), "seed")
