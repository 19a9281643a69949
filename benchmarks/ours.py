"""Our engine as a timed system, `bare` or with the default `instruments`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from engine import Race
from engine.batches import Batches
from engine.experiment import Experiment
from engine.lanes import build_blocks
from engine.network import no_look
from engine.resolve import resolve, sizes
from engine.seeds import first_rows, seed_data, stream

from .problem import Problem
from .turns import serve
from .workloads import workloads

# One epoch in float64; in float32 two steps, after which rounding has not yet grown: where a
# gradient is no more than that, Adam moves by a whole learning rate, either way.
CHECKED_STEPS = {"float64": None, "float32": 2}


class Bare:
    """The lanes of a race and its batches, trained with nothing read: no loss, no gradient."""

    def __init__(self, experiment: Experiment) -> None:
        first = first_rows(experiment)
        self.data = data = seed_data(experiment, first, no_look)
        self.experiment = experiment = resolve(experiment, data)
        self.blocks = build_blocks(experiment, sizes(experiment, first), data.train.size, no_look)
        orders = [stream(seed, "order") for seed in experiment.population.seed_numbers]
        self.batches = Batches(data.train, orders, experiment.training.batch_size)

    def train(self, steps: int) -> None:
        while steps > 0:
            batches = self.batches.plan(steps)
            steps -= len(batches)
            for block in self.blocks:
                block.advance(self.batches.epoch_points, batches)

    @property
    def steps_an_epoch(self) -> int:
        return self.batches.points // self.batches.size

    def weights(self, contestant: int) -> list[np.ndarray]:
        """Each layer's weights (seeds, fan_out, fan_in + 1), copied."""
        blocks = [block for block in self.blocks if block.contestant == contestant]
        by_block = [[layer.weights for layer in block.network.layers] for block in blocks]
        return [np.concatenate(layer) for layer in zip(*by_block, strict=True)]


def write_problems(experiment: Experiment, steps: int | None, folder: Path) -> None:
    """Train `steps` steps, an epoch where None, and save what each contestant was trained on."""
    bare = Bare(experiment)
    contestants = range(len(experiment.contestants))
    starts = [bare.weights(contestant) for contestant in contestants]
    bare.batches.peek()
    epoch = bare.batches.epoch_points
    inputs = epoch.inputs[:, :-1].swapaxes(1, 2).copy()
    targets = epoch.targets.swapaxes(1, 2).copy()
    steps = steps or bare.steps_an_epoch
    bare.train(steps)
    training = bare.experiment.training
    settings = {
        "loss": training.loss,
        "optimizer": training.optimizer,
        "learning_rate": training.learning_rate,
        "batch_size": training.batch_size,
    }
    for place in contestants:
        settings = settings | {"activation": experiment.contestants[place].activation}
        problem = Problem(settings, steps, inputs, targets, starts[place], bare.weights(place))
        problem.save(folder / f"{place}.npz")


def _before(experiment: Experiment) -> Experiment:
    """Another architecture on the same data."""
    widths = (*experiment.network.hidden, 8)
    return experiment.with_value("network.widths", widths)


def _bare(experiment: Experiment) -> None:
    open_before = Bare(_before(experiment))
    open_before.train(1)
    begin = time.perf_counter()
    bare = Bare(experiment)
    bare.train(1)
    first_step = time.perf_counter() - begin
    del open_before
    serve(bare.train, period=bare.steps_an_epoch, first_step=first_step)


def _with_instruments(experiment: Experiment) -> None:
    open_before = Race(_before(experiment))
    open_before.advance(1)
    begin = time.perf_counter()
    race = Race(experiment)
    race.advance(1)
    first_step = time.perf_counter() - begin
    del open_before
    population = race.experiment.population
    serve(
        race.advance,
        period=max(population.evaluate_every, population.record_every),
        first_step=first_step,
        evaluate_every=population.evaluate_every,
        record_every=population.record_every,
    )


if __name__ == "__main__":
    workload, optimizer, precision, instruments = sys.argv[1:]
    experiment = workloads()[workload].trained_by(optimizer, precision)
    with np.errstate(all="ignore"):
        {"bare": _bare, "instruments": _with_instruments}[instruments](experiment)
