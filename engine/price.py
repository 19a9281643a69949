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


@dataclass(frozen=True)
class Price:
    """Memory in bytes and a first guess of the seconds a step of all lanes takes."""

    memory: float
    seconds_per_step: float


def lane_bytes(sizes: Sequence[int], batch: int, slots: int, itemsize: int) -> int:
    """What one lane's parameters, gradients, optimiser state and buffers take."""
    parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    units = sum(sizes[1:])
    return itemsize * (parameters * (3 + slots) + 4 * units * batch)


def price(experiment: Experiment, sizes: Sequence[int], points: int) -> Price:
    """Memory and time of a race on `points` points a seed; `sizes` are units, input to output."""
    population, training = experiment.population, experiment.training
    itemsize = np.dtype(experiment.network.precision).itemsize
    batch = min(training.batch_size or points, points)
    lanes = len(experiment.contestants) * population.seeds
    slots = OPTIMIZERS[training.optimizer].slots
    copies = 1 if population.same_data and population.same_order else population.seeds
    data = 2.0 * copies * points * (sizes[0] + 1 + sizes[-1]) * itemsize
    memory = data + lanes * lane_bytes(sizes, batch, slots, itemsize) + population.memory * 1e6
    work = 3 * batch * sum((fan_in + 10) * fan_out for fan_in, fan_out in pairwise(sizes))
    return Price(memory, lanes * work / MULTIPLY_ADDS)


def afford(needed: Price) -> None:
    """Refuse a race that the free memory cannot hold."""
    import psutil

    free = psutil.virtual_memory().available
    if needed.memory > SHARE_OF_FREE * free:
        raise Refusal(
            "population.seeds",
            f"{needed.memory / 1e9:.1f} GB needed",
            f"{free / 1e9:.1f} GB are free: take fewer seeds, contestants, units or layers, "
            "a smaller batch, or the same data and order for all seeds",
        )
