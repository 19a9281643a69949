"""The lanes of a race, built: every contestant's networks from the same draws, cut into blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from . import initializers
from .block import Block
from .constructions import Site
from .contestant import Contestant
from .experiment import Experiment
from .initializers import INITIALIZERS, Initializer, Moments, initialize, moments
from .low_bits import LowBits
from .network import Network
from .price import block_lanes
from .rounding import rounding_of
from .seeds import stream, weight_draws
from .settings import Refusal
from .tasks import TASKS
from .training import Trainer
from .twin import Twins
from .workspace import Workspaces


def build_blocks(
    experiment: Experiment,
    sizes: tuple[int, ...],
    points: int,
    look: Callable[[], None],
    low_bits: LowBits | None = None,
) -> list[Block]:
    """All contestants' blocks; `sizes` are units from input to output, `points` those to train on.

    Raises Refusal where an activation cannot be initialised as asked.
    """
    contestants, training = experiment.contestants, experiment.training
    matched = [_moments(contestant) for contestant in contestants]
    workspaces, twins = Workspaces(), Twins(experiment, sizes, look)
    blocks = []
    for seeds in _cuts(experiment.population.seeds, block_lanes(experiment, sizes, points)):
        numbers = experiment.population.seed_numbers[seeds]
        row = []
        for contestant in contestants:
            row.append(_network(experiment, contestant, numbers, sizes, look))
            look()  # buffers of millions of numbers take their time
        for lane, seed in enumerate(numbers):
            draws = []
            for draw in weight_draws(seed, sizes):
                draws.append(draw)
                look()
            for place, network in enumerate(row):
                for _ in _start(experiment, place, network, lane, draws, matched[place]):
                    look()
        for place, network in enumerate(row):
            trainer = Trainer(network, contestants[place], training, training.loss, workspaces)
            look()
            twin = twins.of(place, network.lanes)
            look()
            blocks.append(Block(place, seeds, trainer, twin, low_bits))
            look()
    return blocks


def _cuts(seeds: int, most: int) -> list[slice]:
    """The seeds in runs of at most `most`, as even as possible: 66 make two of 33, not 64 and 2."""
    edges = np.linspace(0, seeds, -(-seeds // most) + 1).round().astype(int)
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _network(
    experiment: Experiment,
    contestant: Contestant,
    numbers: Sequence[int],
    sizes: tuple[int, ...],
    look: Callable[[], None],
) -> Network:
    about = experiment.network
    rounding = rounding_of(
        about.precision, about.rounded, about.remedy, about.loss_scale,
        [stream(seed, "rounding") for seed in numbers],
    )  # fmt: skip
    slopes = [stream(seed, "slopes") for seed in numbers]
    dtype, residual = about.dtype, about.residual
    return Network(contestant, sizes, len(numbers), dtype, slopes, look, rounding, residual)


def _moments(contestant: Contestant) -> Moments:
    record, parameters = contestant.record, contestant.parameters
    return moments(
        lambda z: record.value(z, **parameters),
        lambda z: record.derivative(z, **parameters),
        record.kinks(**parameters),
    )


def _start(
    experiment: Experiment,
    place: int,
    network: Network,
    lane: int,
    draws: list[np.ndarray],
    matched: Moments,
) -> Iterator[None]:
    """Give one lane its first weights, layer by layer, from the draws that its seed's lanes share.

    Hands over after each layer: a wide one takes its time.
    """
    contestant = experiment.contestants[place]
    initializer = INITIALIZERS[contestant.initializer or experiment.network.initializer]
    made: Iterable[np.ndarray]
    try:
        if initializer.construct is not None:
            made = initializer.construct(_site(experiment, contestant, network))
        else:
            made = _drawn(experiment, contestant, initializer, network, draws, matched)
        for layer, weights in zip(network.layers, made, strict=True):
            layer.weights[lane] = weights
            yield
    except Refusal as refusal:
        number = f"contestant {place + 1}"
        if refusal.field != "initializer" or contestant.initializer:
            raise refusal.inside(number) from None
        allowed = f"{refusal.allowed} ({number}, {contestant.name})"
        raise Refusal("network.initializer", refusal.value, allowed) from None


def _drawn(
    experiment: Experiment,
    contestant: Contestant,
    initializer: Initializer,
    network: Network,
    draws: list[np.ndarray],
    matched: Moments,
) -> Iterator[np.ndarray]:
    """Each layer's weights as its draws give them."""
    bias, last = experiment.network.initial_bias, len(draws) - 1
    for depth, draw in enumerate(draws):
        fan_out, columns = draw.shape
        branches = len(network.skips) if depth in network.skips else 1
        about = initializers.Place(
            columns - 1, fan_out, depth == 0, depth == last, matched, branches
        )
        yield initialize(initializer, draw, about, contestant.gain, bias)


def _site(experiment: Experiment, contestant: Contestant, network: Network) -> Site:
    """What weights are built for that are not drawn."""
    record, parameters = contestant.record, contestant.parameters
    domain = TASKS[experiment.task.data].domain or (0.0, 0.0)
    features = network.layers[0].weights.shape[2] - 1
    return Site(
        sizes=(features, *(layer.units for layer in network.layers)),
        value=lambda z: record.value(z, **parameters),
        reach=max(map(abs, domain)),
        residual=bool(network.skips),
    )
