"""What a race would need of the machine, said before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .experiment import Experiment
from .optimizers import OPTIMIZERS
from .settings import Refusal

# Multiply-adds a second of one core that small matrices reach in practice, for a first guess.
MULTIPLY_ADDS = 5e9

SHARE_OF_FREE = 0.8

# Lanes of a block work on memory of about this size, so that a step stays near the caches; small
# networks gain nothing from more than so many lanes.
BLOCK_BYTES = 8e6
BLOCK_LANES = 64

# Columns of the buffers, at most: one pass of training, and all sizes that readings use.
LONGEST_PASS = 8192
READ_POINTS = 2048


@dataclass(frozen=True)
class Price:
    """Memory in bytes and a first guess of the seconds a step of all lanes takes."""

    memory: float
    seconds_per_step: float


def block_lanes(experiment: Experiment, sizes: Sequence[int], points: int) -> int:
    """How many lanes of these `sizes` (units, input to output) a block takes at most."""
    state = _parameters(sizes) * _copies(experiment)
    buffers = 4 * sum(sizes[1:]) * experiment.training.batch(points)
    one = (state + buffers) * np.dtype(experiment.network.precision).itemsize
    return int(np.clip(BLOCK_BYTES // one, 1, BLOCK_LANES))


def price(experiment: Experiment, sizes: Sequence[int], train: int, points: int) -> Price:
    """Memory and time of a race on `points` points a seed, `train` of them to train on."""
    population, training = experiment.population, experiment.training
    itemsize = np.dtype(experiment.network.precision).itemsize
    lanes = len(experiment.contestants) * population.seeds
    batch, columns = training.batch(train), sizes[0] + 1 + sizes[-1]
    stored = (1 if population.same_data else population.seeds) * points * columns
    ordered = (1 if population.same_data and population.same_order else population.seeds) * train
    state = lanes * _parameters(sizes) * _copies(experiment)
    # Blocks work one after another in the same buffers: four a layer to train, two to read.
    passes = 4 * 2 * min(batch, LONGEST_PASS) + 2 * READ_POINTS
    buffers = block_lanes(experiment, sizes, train) * sum(sizes[1:]) * passes
    memory = itemsize * float(stored + ordered * columns + state + buffers)
    work = 3 * batch * sum((fan_in + 10) * fan_out for fan_in, fan_out in pairwise(sizes))
    return Price(memory + population.memory * 1e6, lanes * work / MULTIPLY_ADDS)


def _parameters(sizes: Sequence[int]) -> int:
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def _copies(experiment: Experiment) -> int:
    """Buffers as large as the parameters: themselves, gradients, scratch, optimiser state."""
    return 3 + OPTIMIZERS[experiment.training.optimizer].slots


def afford(needed: Price) -> None:
    """Refuse a race that the free memory cannot hold."""
    import psutil

    free = psutil.virtual_memory().available
    usable = SHARE_OF_FREE * free
    if needed.memory > usable:
        raise Refusal(
            "race",
            f"{needed.memory / 1e9:.1f} GB",
            f"must fit in {usable / 1e9:.1f} GB ({SHARE_OF_FREE:.0%} of the free memory): take "
            "fewer seeds, contestants, units or layers, a smaller batch, or the same data for all",
        )
