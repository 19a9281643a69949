"""Our engine as a timed system, `bare` or with the default `instruments`."""

from __future__ import annotations

import sys
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
from .workloads import WORKLOADS

# One epoch in float64; in float32 a few steps, after which rounding has not yet grown.
CHECKED_STEPS = {"float64": None, "float32": 5}


class Bare:
    """The lanes of a race and its batches, trained with nothing read: no loss, no gradient."""

    def __init__(self, experiment: Experiment) -> None:
        first = first_rows(experiment)
        data = seed_data(experiment, first, no_look)
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

    def weights(self) -> list[np.ndarray]:
        """Each layer's weights (lanes, fan_out, fan_in + 1), copied."""
        by_block = [[layer.weights for layer in block.network.layers] for block in self.blocks]
        return [np.concatenate(layer) for layer in zip(*by_block, strict=True)]


def write_problem(experiment: Experiment, steps: int | None, path: Path) -> None:
    """Train `steps` steps, an epoch where None, and save what was trained from where to where."""
    bare = Bare(experiment)
    start = bare.weights()
    bare.batches.peek()
    epoch = bare.batches.epoch_points
    inputs = epoch.inputs[:, :-1].swapaxes(1, 2).copy()
    targets = epoch.targets.swapaxes(1, 2).copy()
    training = bare.experiment.training
    steps = steps or -(-bare.batches.points // bare.batches.size)
    bare.train(steps)
    settings = {
        "activation": experiment.contestants[0].activation,
        "loss": training.loss,
        "optimizer": training.optimizer,
        "learning_rate": training.learning_rate,
        "batch_size": training.batch_size,
    }
    Problem(settings, steps, inputs, targets, start, bare.weights()).save(path)


def main(key: str, lanes: int, instruments: str) -> None:
    experiment = WORKLOADS[key].lanes(lanes)
    if instruments == "bare":
        serve(Bare(experiment).train)
        return
    race = Race(experiment)
    population = race.experiment.population
    serve(
        race.advance,
        period=max(population.evaluate_every, population.record_every),
        evaluate_every=population.evaluate_every,
        record_every=population.record_every,
    )


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
