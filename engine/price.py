"""What a race would need of the machine, said before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .budget import parameters
from .experiment import Experiment
from .optimizers import OPTIMIZERS
from .precision import FORMATS
from .rounding import REMEDIES, SCOPES
from .settings import Refusal

# Seconds of one core for a first guess, readings at their automatic cadence included: the array
# calls of a layer for a block of lanes, the matrix products of a layer for each lane, and what is
# done to each pre-activation, to each parameter, and in each multiply-add.
CALLS, PRODUCTS = 16e-6, 0.9e-6
PREACTIVATION, PARAMETER, MULTIPLY_ADD = 2.5e-9, 4e-9, 3e-11
# What rounding the results of both passes makes of a step, as a rule.
EMULATION = 3

SHARE_OF_FREE = 0.8

# Lanes of a block work on memory of about this size, so that a step stays near the caches; small
# networks gain nothing from more than so many lanes.
BLOCK_BYTES = 4e6
BLOCK_LANES = 64

# What the planned calls of one layer of a block take, for all sizes of batches and readings; most
# where two parameters are trained, so that no calls are shared between blocks.
PLANNED_BYTES = 75e3

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
    state = parameters(sizes) * _copies(experiment)
    buffers = 4 * sum(sizes[1:]) * experiment.training.batch(points)
    one = (state + buffers) * np.dtype(experiment.network.dtype).itemsize
    return int(np.clip(BLOCK_BYTES // one, 1, BLOCK_LANES))


def price(experiment: Experiment, sizes: Sequence[int], train: int, points: int) -> Price:
    """Memory and time of a race on `points` points a seed, `train` of them to train on."""
    population, training = experiment.population, experiment.training
    itemsize = np.dtype(experiment.network.dtype).itemsize
    lanes = len(experiment.contestants) * population.seeds
    batch, columns = training.batch(train), sizes[0] + 1 + sizes[-1]
    stored = (1 if population.same_data else population.seeds) * points * columns
    ordered = (1 if population.same_data and population.same_order else population.seeds) * train
    blocks = _blocks(experiment, sizes, train)
    # Of each block which parameters are weights and which biases, and of each lane the weights as
    # they were before the step that was read last.
    state = parameters(sizes) * (lanes * (_copies(experiment) + 1) + 2 * blocks)
    # Blocks of a size work one after another in the same buffers: four a layer to train, two to
    # read.
    passes = 4 * 2 * min(batch, LONGEST_PASS) + 2 * READ_POINTS
    working = _working_lanes(experiment, sizes, train)
    buffers = working * sum(sizes) * passes
    memory = itemsize * float(stored + ordered * columns + state + buffers)
    memory += PLANNED_BYTES * blocks * (len(sizes) - 1)
    if experiment.network.has_twin:
        # Beside each of those blocks a contestant has a twin, in float64 and without state.
        copies = 3 * parameters(sizes) * len(experiment.contestants)
        twins = copies + 4 * 2 * sum(sizes) * min(batch, LONGEST_PASS)
        memory += 8.0 * working * twins
    return Price(memory + population.memory * 1e6, _seconds(experiment, sizes, train))


def _seconds(experiment: Experiment, sizes: Sequence[int], train: int) -> float:
    """A first guess of what a step of all lanes takes."""
    contestants, seeds = len(experiment.contestants), experiment.population.seeds
    blocks = _blocks(experiment, sizes, train)
    layers, batch = len(sizes) - 1, experiment.training.batch(train)
    multiplied = 3 * batch * sum(fan_in * fan_out for fan_in, fan_out in pairwise(sizes))
    lane = layers * PRODUCTS + batch * sum(sizes[1:]) * PREACTIVATION
    lane += parameters(sizes) * PARAMETER + multiplied * MULTIPLY_ADD
    seconds = blocks * layers * CALLS + contestants * seeds * lane
    network = experiment.network
    emulated = FORMATS[network.precision].emulated and SCOPES[network.rounded].passes
    return seconds * EMULATION if emulated else seconds


def _blocks(experiment: Experiment, sizes: Sequence[int], points: int) -> int:
    """Blocks of all contestants."""
    seeds = experiment.population.seeds
    return len(experiment.contestants) * -(-seeds // block_lanes(experiment, sizes, points))


def _working_lanes(experiment: Experiment, sizes: Sequence[int], points: int) -> int:
    """Lanes of one block of each size; a contestant's blocks come in two sizes at most."""
    seeds = experiment.population.seeds
    blocks = -(-seeds // block_lanes(experiment, sizes, points))
    smaller, uneven = divmod(seeds, blocks)
    return 2 * smaller + 1 if uneven else smaller


def _copies(experiment: Experiment) -> int:
    """Buffers as large as the parameters: these, gradients, update, state, a remedy's own."""
    slots = OPTIMIZERS[experiment.training.optimizer].slots
    return 3 + slots + REMEDIES[experiment.network.remedy].copies


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
