"""What is looked at once, when a race ends: how the fits bend, and what weights could take over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
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
        network = block.network
        most = seeds_looked_at(_sizes(network), network.activation.curved)
        seeds = range(block.seeds.start, min(block.seeds.stop, most))
        apart = _apart(network, segment) if seeds else None
        for lane, seed in enumerate(seeds):
            if block.trainer.diverged[lane] >= 0:
                continue
            found = bend(network, lane, segment)
            place = (block.contestant, seed)
            yield Event(step, "pieces", *place, count=found.pieces or 0, value=found.change)
            if apart is not None:
                yield Event(step, "rescaled", *place, value=float(apart[lane]))
            look()


def seeds_looked_at(sizes: Sequence[int], curved: bool) -> int:
    """How many seeds of a contestant, by the units of one lane from input to output alone."""
    places = CURVE_POINTS if curved else sum(sizes[1:-1]) + 1
    work = places * sum(fan_out * (fan_in + 1) for fan_in, fan_out in pairwise(sizes))
    return int(min(MAX_SEEDS, MOST_WORK // work))


def _sizes(network: Network) -> tuple[int, ...]:
    features = network.layers[0].weights.shape[2] - 1
    return (features, *(layer.units for layer in network.layers))


def _apart(network: Network, segment: Segment) -> Array | None:
    """How far each lane's outputs are from those of rescaled weights, `(lanes,)`."""
    twin = rescaled(network)
    if twin is None:
        return None
    return difference(network, twin, segment.inputs(np.linspace(0.0, 1.0, RESCALED_POINTS)))
