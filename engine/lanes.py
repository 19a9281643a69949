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
from .network import Network, Workspaces
from .price import block_lanes
from .seeds import stream, weight_draws
from .settings import Refusal
from .training import Trainer


def build_blocks(
    experiment: Experiment, sizes: tuple[int, ...], points: int, look: Callable[[], None]
) -> list[Block]:
    """All contestants' blocks; `sizes` are units from input to output, `points` those to train on.

    Raises Refusal where an activation cannot be initialised as asked.
    """
    matched = [_moments(contestant) for contestant in experiment.contestants]
    workspaces = Workspaces()
    blocks = []
    for seeds in _cuts(experiment.population.seeds, block_lanes(experiment, sizes, points)):
        row = [
            _block(experiment, place, seeds, sizes, workspaces, look)
            for place in range(len(experiment.contestants))
        ]
        for lane, seed in enumerate(experiment.population.seed_numbers[seeds]):
            draws = list(weight_draws(seed, sizes))
            for block in row:
                _start(experiment, block, lane, draws, matched[block.contestant])
                look()
        blocks += row
    return blocks


def _cuts(seeds: int, most: int) -> list[slice]:
    """The seeds in runs of at most `most`, as even as possible: 66 make two of 33, not 64 and 2."""
    edges = np.linspace(0, seeds, -(-seeds // most) + 1).round().astype(int)
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _block(
    experiment: Experiment,
    place: int,
    seeds: slice,
    sizes: tuple[int, ...],
    workspaces: Workspaces,
    look: Callable[[], None],
) -> Block:
    contestant, training = experiment.contestants[place], experiment.training
    numbers = experiment.population.seed_numbers[seeds]
    noise = [stream(seed, "slopes") for seed in numbers]
    network = Network(contestant, sizes, len(numbers), experiment.network.precision, noise, look)
    return Block(place, seeds, Trainer(network, contestant, training, training.loss, workspaces))


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
        try:
            layer.weights[lane] = initialize(
                initializer, draw, about, contestant.gain, experiment.network.initial_bias
            )
        except Refusal as refusal:
            raise refusal.inside(f"contestant {block.contestant + 1}") from None
