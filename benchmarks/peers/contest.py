"""A peer's side: it shows that it trains as we do, and then trains when it is its turn."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from ..problem import Array, Problem
from ..turns import answer, serve


class Population(Protocol):
    """The lanes of one problem, in training."""

    def train(self, steps: int) -> None:
        """So many updates of every lane; whole epochs, except right at the start."""

    def weights(self) -> list[Array]:
        """Each layer's (lanes, fan_out, fan_in + 1), the last column the biases."""


class Batches:
    """What each lane sees: the problem's epoch as it is, then the same points shuffled anew.

    `inputs` (steps, lanes, batch, features) and `targets` (steps, lanes, batch, outputs) hold
    `epochs` epochs; `place` is the next step.
    """

    def __init__(self, problem: Problem, epochs: int = 1) -> None:
        self._sources = (problem.inputs, problem.targets)
        self._steps = problem.steps_an_epoch
        self._random = np.random.default_rng(0)
        size = problem.settings["batch_size"]
        self.inputs, self.targets = (
            np.empty((epochs * self._steps, len(source), size, source.shape[2]), source.dtype)
            for source in self._sources
        )
        self.place = 0
        for epoch in range(epochs):
            self._fill(epoch, shuffled=epoch > 0)

    def take(self, most: int) -> slice:
        """The next steps, `most` of them or fewer where the epochs end."""
        if self.place == len(self.inputs):
            for epoch in range(self.place // self._steps):
                self._fill(epoch, shuffled=True)
            self.place = 0
        taken = slice(self.place, min(self.place + most, len(self.inputs)))
        self.place = taken.stop
        return taken

    def _fill(self, epoch: int, shuffled: bool) -> None:
        place = slice(epoch * self._steps, (epoch + 1) * self._steps)
        lanes, points, _ = self._sources[0].shape
        for lane in range(lanes):
            order = self._random.permutation(points) if shuffled else slice(None)
            for source, batches in zip(self._sources, (self.inputs, self.targets), strict=True):
                batches[place, lane] = source[lane][order].reshape(batches[place, lane].shape)


def enter(make: Callable[[Problem], Population], period: Callable[[Problem], int]) -> None:
    """Train all problems of a folder: checked in both precisions, timed in the one asked for.

    `make` raises NotImplementedError for what the peer cannot train; it then says so and leaves.
    `period` are the steps to train at once.
    """
    folder, precision = Path(sys.argv[1]), sys.argv[2]
    try:
        found = {each: _distance(make, folder / each) for each in ("float64", "float32")}
    except NotImplementedError as reason:
        answer({"cannot": str(reason)})
        return
    problems = Problem.load_all(folder / precision)
    begin = time.perf_counter()
    populations = [make(problem) for problem in problems]
    for population in populations:
        population.train(1)
    first_step = time.perf_counter() - begin
    populations = [make(problem) for problem in problems]

    def train(steps: int) -> None:
        for population in populations:
            population.train(steps)

    serve(train, max(map(period, problems)), first_step=first_step, **found)


def _distance(make: Callable[[Problem], Population], folder: Path) -> float:
    """How far the lanes end from ours, at most."""
    distances = []
    for problem in Problem.load_all(folder):
        population = make(problem)
        population.train(problem.steps)
        distances.append(problem.distance(population.weights()))
    return max(distances)
