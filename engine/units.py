"""Single units: of which of them a recording keeps a history, and what it keeps of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .experiment import Experiment
from .track import Channel

# Histories' share of the recording's memory, and the least rows that must find room in it.
MEMORY_SHARE = 0.15
LEAST_ROWS = 64

# A unit's pre-activations on the probe, from the lowest to the highest: the highest of a dead
# ReLU's is not above 0, and the quartiles show where most of its inputs lie.
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def unit_channels(experiment: Experiment) -> dict[str, Channel]:
    """What is kept of units, `(contestants, units, ...)`; those of all layers in a row.

    dead_lanes: share of the lanes still running in which the unit is dead; running_lanes,
    `(contestants, 1)`: how many lanes those are. The others are of the chosen lane alone: share of
    probe inputs on which the unit's derivative is exactly 0, share in the activation's flat tails
    (exact zeros apart), and `QUANTILES` of its pre-activations.
    Rows that are merged keep the newest; deaths and revivals between are events of the recording.
    """
    return _channels(experiment, sum(map(len, kept_units(experiment))))


def _channels(experiment: Experiment, units: int) -> dict[str, Channel]:
    shape = (len(experiment.contestants), units)
    shares = ("dead_lanes", "zero_share", "saturated_share")
    return {name: Channel(shape, "last", "float32") for name in shares} | {
        "preactivation": Channel((*shape, len(QUANTILES)), "last", "float32"),
        "running_lanes": Channel((shape[0], 1), "last", "float32"),
    }


def unit_stride(experiment: Experiment) -> int:
    """Of how many neighbouring units of a layer one has a history.

    Every unit, unless `LEAST_ROWS` rows would not fit into their share of the memory.
    """
    row = experiment.population.memory * 1e6 * MEMORY_SHARE / LEAST_ROWS
    room = row // sum(channel.row_bytes for channel in _channels(experiment, 1).values())
    widths = np.array(experiment.network.hidden, np.intp)
    widest = int(widths.max(initial=1))
    return next((s for s in range(1, widest) if np.sum(-(-widths // s)) <= room), widest)


def kept_units(experiment: Experiment) -> list[range]:
    """The units of each hidden layer that have a history, counted from 0."""
    stride = unit_stride(experiment)
    return [range(0, width, stride) for width in experiment.network.hidden]


def places_in_block(kept: Sequence[range], widths: Sequence[int], lanes: int) -> NDArray[np.intp]:
    """Where the kept units of each lane stand in flat arrays of all, `(lanes, units)`.

    Those hold layer after layer, and within it lane after lane, as `Spans` counts them.
    """
    lane, start = np.arange(lanes)[:, None], 0
    places: list[NDArray[Any]] = [np.empty((lanes, 0), np.intp)]
    for units, width in zip(kept, widths, strict=True):
        places.append(start + lane * width + np.array(units))
        start += lanes * width
    return np.concatenate(places, axis=1)
