"""What a seed fixes, a stream each: data, split, first draws, order, slopes, rounding, labels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakValueDictionary

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from .data import Data, Indices, Split, mislabelled, split
from .experiment import Experiment
from .sections import PopulationSettings
from .settings import Refusal
from .tasks import TASKS

Array = NDArray[np.floating]

STREAMS = ("data", "split", "weights", "order", "slopes", "rounding", "labels")


def stream(seed: int, name: str) -> Generator:
    """The generator of a seed for one purpose; what is drawn from one never shifts another."""
    return np.random.default_rng(SeedSequence([seed, STREAMS.index(name)]))


@dataclass(frozen=True)
class Part:
    """Training, validation or test points of each seed, feature-major.

    inputs: (seeds or 1, features + 1, n), the last row ones; in memory point after point, so that
    they are shuffled row by row and some of them are one run. targets: (seeds or 1, outputs, n).
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


def empty_part(seeds: int, points: int, features: int, outputs: int, dtype: str) -> Part:
    """Room for so many points of so many seeds; only the row of ones is filled."""
    inputs = np.empty((seeds, points, features + 1), dtype).swapaxes(1, 2)
    inputs[:, -1] = 1
    return Part(inputs, np.empty((seeds, outputs, points), dtype))


@dataclass(frozen=True)
class Rows:
    """One seed's points as drawn, the rows of their parts, and the points as networks read them.

    Wrong labels are in `read` alone.
    """

    drawn: Data
    split: Split
    read: Data

    @property
    def kind(self) -> str:
        return self.drawn.kind

    @property
    def features(self) -> int:
        return int(self.drawn.inputs.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.drawn.targets.shape[1])


@dataclass(frozen=True)
class SeedData:
    """All seeds' points by part, and the first seed's rows, which people are shown.

    Races in several threads may have them in common, so no array can be written to.
    """

    train: Part
    validation: Part
    test: Part
    first: Rows

    def __post_init__(self) -> None:
        first = self.first
        for part in (self.train, self.validation, self.test, first.drawn, first.read):
            part.inputs.flags.writeable = part.targets.flags.writeable = False
        for index in (first.split.train, first.split.validation, first.split.test):
            index.flags.writeable = False


# Of all races there are, by what the data follow from: one that differs in nothing of that, as
# after a change of architecture, takes them as they are. They go with the last race that has them.
_IN_USE: WeakValueDictionary[Hashable, SeedData] = WeakValueDictionary()


def draw_rows(experiment: Experiment, seed: int, fixed: Data | None = None) -> Rows:
    """Draw or load, split, mislabel and standardise one seed's data; `fixed` were loaded before.

    Raises Refusal where the task, the split or the label noise does.
    """
    settings = experiment.task
    drawn = _points(experiment, seed) if fixed is None else fixed
    try:
        cut = split(drawn, settings.test_share, settings.validation_share, stream(seed, "split"))
        read = drawn
        if settings.label_noise:
            share, labels = settings.label_noise / 100, stream(seed, "labels")
            read = mislabelled(drawn, cut.train, share, labels)
    except Refusal as refusal:
        raise refusal.inside("task") from None
    standardised = TASKS[settings.data].standardised
    return Rows(drawn, cut, read.standardised(cut.train) if standardised else read)


def _points(experiment: Experiment, seed: int) -> Data:
    """The points that a seed draws, or the fixed ones: the same object unless the file changed."""
    try:
        return TASKS[experiment.task.data].data(experiment.task, stream(seed, "data"))
    except Refusal as refusal:
        raise refusal.inside("task") from None


def first_rows(experiment: Experiment) -> Rows:
    """The rows of the race's very first seed, which people are shown. Raises as `draw_rows`."""
    in_use = _IN_USE.get(_origin(experiment))
    return in_use.first if in_use else draw_rows(experiment, experiment.population.leading_seed)


def seed_data(experiment: Experiment, first: Rows, look: Callable[[], None]) -> SeedData:
    """The data of every seed; `first` are the rows of the race's very first one.

    Races in which they are the same have them in common. Raises Refusal as `draw_rows`.
    """
    origin = _origin(experiment)
    data = _IN_USE.get(origin)
    if data is None:
        data = _IN_USE[origin] = _draw_all(experiment, first, look)
    return data


def _origin(experiment: Experiment) -> Hashable:
    """All that the data of a race follow from.

    Of fixed points it is the object: while some race has them, no other can be taken for it.
    """
    population, task = experiment.population, experiment.task
    leading = population.leading_seed
    fixed = None if TASKS[task.data].generated else id(_points(experiment, leading))
    return task, _numbers(population), leading, experiment.network.dtype, fixed


def _numbers(population: PopulationSettings) -> range:
    """The seeds that have data of their own."""
    leading = population.leading_seed
    return range(leading, leading + 1) if population.same_data else population.seed_numbers


def _draw_all(experiment: Experiment, first: Rows, look: Callable[[], None]) -> SeedData:
    """Seeds are drawn one by one into the arrays that races keep."""
    numbers = _numbers(experiment.population)
    fixed = None if TASKS[experiment.task.data].generated else first.drawn
    parts = {
        name: empty_part(
            len(numbers),
            len(getattr(first.split, name)),
            first.features,
            first.outputs,
            experiment.network.dtype,
        )
        for name in ("train", "validation", "test")
    }
    for place, seed in enumerate(numbers):
        leads = seed == experiment.population.leading_seed
        rows = first if leads else draw_rows(experiment, seed, fixed)
        for name, part in parts.items():
            _fill(part, place, rows, getattr(rows.split, name))
        look()
    return SeedData(**parts, first=first)


def _fill(part: Part, place: int, rows: Rows, index: Indices) -> None:
    if len(index) != part.size:
        raise Refusal("task.samples", len(index), "must give every seed equally many points")
    part.inputs[place, :-1] = rows.read.inputs[index].T
    part.targets[place] = rows.read.targets[index].T


def weight_draws(seed: int, sizes: Sequence[int]) -> Iterator[NDArray[np.float64]]:
    """Standard-normal draws (fan_out, fan_in + 1) for each layer; the last column is for biases."""
    rng = stream(seed, "weights")
    for fan_in, fan_out in pairwise(sizes):
        yield rng.standard_normal((fan_out, fan_in + 1))
