"""What is looked at once, when a race ends: how the fits bend, and what weights could take over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block
from .fit import MAX_SEEDS
from .network import Network
from .pieces import CURVE_POINTS, Segment, bend
from .recording import Event
from .rescaling import difference, rescaled

Array = NDArray[Any]

# Multiply-adds that a contestant's lanes may take together: a second or so.
MOST_WORK = 2e9
RESCALED_POINTS = 256


def last_look(
    step: int, points: Array, blocks: Sequence[Block], look: Callable[[], None]
) -> Iterator[Event]:
    """What the first seeds' fits look like along the segment across `points` `(n, features)`.

    "pieces": `count` straight pieces, 0 for a curved activation; `value` is the change of slope
    along the segment. "rescaled", where an activation has a redundant parameter: `value` is the
    relative difference between the outputs and those of weights that have taken its place. As many
    seeds as the work allows, `MAX_SEEDS` at most; diverged lanes have nothing to show.
    """
    segment = Segment.across(points)
    for block in blocks:
        seeds = range(block.seeds.start, min(block.seeds.stop, _seeds(block.network)))
        apart = _apart(block.network, segment) if seeds else None
        for lane, seed in enumerate(seeds):
            if block.trainer.diverged[lane] >= 0:
                continue
            found = bend(block.network, lane, segment)
            place = (block.contestant, seed)
            yield Event(step, "pieces", *place, count=found.pieces or 0, value=found.change)
            if apart is not None:
                yield Event(step, "rescaled", *place, value=float(apart[lane]))
            look()


def _seeds(network: Network) -> int:
    """Seeds that are looked at, by the sizes of one lane alone."""
    units = sum(layer.units for layer in network.hidden)
    places = CURVE_POINTS if network.activation.curved else units + 1
    work = places * sum(layer.weights[0].size for layer in network.layers)
    return int(min(MAX_SEEDS, MOST_WORK // work))


def _apart(network: Network, segment: Segment) -> Array | None:
    """How far each lane's outputs are from those of rescaled weights, `(lanes,)`."""
    twin = rescaled(network)
    if twin is None:
        return None
    return difference(network, twin, segment.inputs(np.linspace(0.0, 1.0, RESCALED_POINTS)))
