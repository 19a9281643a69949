"""The lanes of a race, built: every contestant's networks from the same draws, cut into blocks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from . import initializers
from .block import Block
from .contestant import Contestant
from .experiment import Experiment
from .initializers import INITIALIZERS, Moments, initialize, moments
from .network import Network
from .optimizers import OPTIMIZERS
from .price import lane_bytes
from .seeds import stream, weight_draws
from .training import Trainer

# Lanes of a block work on memory of about this size, so that a step stays near the caches; small
# networks gain nothing from more than so many lanes.
BLOCK_BYTES = 8e6
BLOCK_LANES = 64


def build_blocks(
    experiment: Experiment, sizes: tuple[int, ...], points: int, look: Callable[[], None]
) -> list[Block]:
    """All contestants' blocks; `sizes` are units from input to output, `points` those to train on.

    Raises Refusal where an activation cannot be initialised as asked.
    """
    matched = [_moments(contestant) for contestant in experiment.contestants]
    blocks = []
    for seeds in _cuts(experiment, sizes, points):
        row = [_block(experiment, place, seeds, sizes, look)
               for place in range(len(experiment.contestants))]  # fmt: skip
        for lane, seed in enumerate(experiment.population.seed_numbers[seeds]):
            draws = list(weight_draws(seed, sizes))
            for block in row:
                _start(experiment, block, lane, draws, matched[block.contestant])
                look()
        blocks += row
    return blocks


def _cuts(experiment: Experiment, sizes: tuple[int, ...], points: int) -> list[slice]:
    """The seeds in runs of as many as a block takes."""
    training, seeds = experiment.training, experiment.population.seeds
    batch = min(training.batch_size or points, points)
    itemsize = np.dtype(experiment.network.precision).itemsize
    one = lane_bytes(sizes, batch, OPTIMIZERS[training.optimizer].slots, itemsize)
    most = int(np.clip(BLOCK_BYTES // one, 1, BLOCK_LANES))
    # As even as possible: 66 lanes make two blocks of 33, not 64 and 2.
    edges = np.linspace(0, seeds, -(-seeds // most) + 1).round().astype(int)
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _block(
    experiment: Experiment,
    place: int,
    seeds: slice,
    sizes: tuple[int, ...],
    look: Callable[[], None],
) -> Block:
    contestant = experiment.contestants[place]
    numbers = experiment.population.seed_numbers[seeds]
    noise = [stream(seed, "slopes") for seed in numbers]
    network = Network(contestant, sizes, len(numbers), experiment.network.precision, noise, look)
    trainer = Trainer(network, contestant, experiment.training, experiment.training.loss)
    return Block(place, seeds, trainer)


def _moments(contestant: Contestant) -> Moments:
    record, parameters = contestant.record, contestant.parameters
    return moments(
        lambda z: record.value(z, **parameters),
        lambda z: record.derivative(z, **parameters),
        record.kinks(**parameters),
    )


def _start(
    experiment: Experiment,
    block: Block,
    lane: int,
    draws: list[np.ndarray],
    matched: Moments,
) -> None:
    """Give one lane its first weights, from the draws that all contestants of its seed share."""
    contestant = experiment.contestants[block.contestant]
    initializer = INITIALIZERS[contestant.initializer or experiment.network.initializer]
    last = len(draws) - 1
    for place, (draw, layer) in enumerate(zip(draws, block.network.layers, strict=True)):
        about = initializers.Layer(
            draw.shape[1] - 1, draw.shape[0], place == 0, place == last, matched
        )
        layer.weights[lane] = initialize(
            initializer, draw, about, contestant.gain, experiment.network.initial_bias
        )
