"""What a seed fixes, through one stream each: data, split, first draws, batch order, slopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from .data import Data, Split, split
from .experiment import Experiment
from .sections import TaskSettings
from .settings import Refusal
from .tasks import TASKS

Array = NDArray[np.floating]

STREAMS = ("data", "split", "weights", "order", "slopes")


def stream(seed: int, name: str) -> Generator:
    """The generator of a seed for one purpose; what is drawn from one never shifts another."""
    return np.random.default_rng(SeedSequence([seed, STREAMS.index(name)]))


@dataclass(frozen=True)
class Part:
    """Training, validation or test points of each seed, feature-major.

    inputs: (seeds or 1, features + 1, n), the last row ones. targets: (seeds or 1, outputs, n).
    One seed's worth stands for all where all share it.
    """

    inputs: Array
    targets: Array

    @property
    def size(self) -> int:
        return int(self.inputs.shape[2])

    def of(self, seeds: slice) -> Part:
        """The points of some of the seeds."""
        if len(self.inputs) == 1:
            return self
        return Part(self.inputs[seeds], self.targets[seeds])

    def columns(self, place: slice) -> Part:
        """Some of each seed's points."""
        return Part(self.inputs[:, :, place], self.targets[:, :, place])


@dataclass(frozen=True)
class SeedData:
    """All seeds' points, and the first seed's as people see them.

    `shown` are the first seed's points as drawn, `standardised` as its networks read them, and
    `shown_split` the rows of its parts.
    """

    train: Part
    validation: Part
    test: Part
    shown: Data
    shown_split: Split
    standardised: Data

    @property
    def kind(self) -> str:
        return self.shown.kind

    @property
    def features(self) -> int:
        return int(self.shown.inputs.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.shown.targets.shape[1])


def seed_data(experiment: Experiment) -> SeedData:
    """Draw or load, split and standardise the data of every seed. Refuses what the task refuses."""
    population, settings = experiment.population, experiment.task
    task = TASKS[settings.data]
    numbers = population.seed_numbers[:1] if population.same_data else population.seed_numbers
    shown = task.data(settings, stream(numbers[0], "data"))
    rows = []
    for seed in numbers:
        # What is fixed is read once; what a seed draws, it draws from its own stream.
        data = task.data(settings, stream(seed, "data")) if task.generated else shown
        cut = _split(data, settings, stream(seed, "split"))
        rows.append((cut, data.standardised(cut.train) if task.standardised else data))
    dtype = experiment.network.precision
    parts = {
        name: _part([(data, getattr(cut, name)) for cut, data in rows], dtype)
        for name in ("train", "validation", "test")
    }
    return SeedData(**parts, shown=shown, shown_split=rows[0][0], standardised=rows[0][1])


def _split(data: Data, settings: TaskSettings, rng: Generator) -> Split:
    try:
        return split(data, settings.test_share, settings.validation_share, rng)
    except Refusal as refusal:
        raise refusal.inside("task") from None


def _part(rows: Sequence[tuple[Data, NDArray[np.intp]]], dtype: str) -> Part:
    sizes = {len(index) for _, index in rows}
    if len(sizes) > 1:
        raise Refusal("task.samples", min(sizes), "must give every seed equally many points")
    (size,) = sizes
    first = rows[0][0]
    inputs = np.ones((len(rows), first.inputs.shape[1] + 1, size), dtype)
    targets = np.empty((len(rows), first.targets.shape[1], size), dtype)
    for place, (data, index) in enumerate(rows):
        inputs[place, :-1] = data.inputs[index].T
        targets[place] = data.targets[index].T
    return Part(inputs, targets)


def weight_draws(seed: int, sizes: Sequence[int]) -> Iterator[NDArray[np.float64]]:
    """Standard-normal draws (fan_out, fan_in + 1) for each layer; the last column is for biases."""
    rng = stream(seed, "weights")
    for fan_in, fan_out in pairwise(sizes):
        yield rng.standard_normal((fan_out, fan_in + 1))
