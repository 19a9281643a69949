"""Results of the literature, reproduced with the networks and initialisers that races use.

Random networks agree within Monte-Carlo error, constructions as far as rounding lets them.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.activations.exponential import selu, selu_derivative
from engine.constructions import Site, squares
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.initializers import moments
from engine.lanes import build_blocks
from engine.measures import UnitReading
from engine.network import Network, no_look
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings
from engine.workspace import Workspace


def started(contestant, sizes, initializer, seeds):
    """The networks of races before their first step, block by block, in float64."""
    for first_seed in range(0, seeds, 256):
        experiment = Experiment(
            contestants=(contestant,),
            network=NetworkSettings(initializer=initializer, precision="float64"),
            training=TrainingSettings(loss="squared_tanh"),
            population=PopulationSettings(seeds=min(seeds, 256), first_seed=first_seed),
        )
        for block in build_blocks(experiment, sizes, 32, no_look):
            yield block.network


def preactivations(networks, inputs):
    """Each layer's pre-activations, a list of (seeds, units, points), for (features, points)."""
    columns = np.concatenate([inputs, np.ones((1, inputs.shape[1]))])[None]
    blocks = []
    for network in networks:
        workspace = Workspace(network, inputs.shape[1])
        network.forward(columns, workspace)
        blocks.append(workspace.z)
    return [np.concatenate(layer) for layer in zip(*blocks, strict=True)]


def jackknife(statistic, *samples):
    """A statistic of the means of samples, with its standard error."""
    count = len(samples[0])
    totals = [sample.sum() for sample in samples]
    left = statistic(*((t - s) / (count - 1) for t, s in zip(totals, samples, strict=True)))
    error = math.sqrt((count - 1) * np.mean(np.square(left - left.mean())))
    return statistic(*(t / count for t in totals)), error


@pytest.mark.parametrize(("depth", "width"), [(1, 2), (5, 2), (9, 2), (6, 3)])
def test_networks_are_born_dead_as_often_as_they_must_be(depth, width):
    """Lu, Shin, Su & Karniadakis 2019: 1 − (1 − 2⁻ⁿ)ᴸ, with zero biases, at one input."""
    seeds = 2048
    dead = []
    for network in started(Contestant("relu"), (1, *(width,) * depth, 1), "he", seeds):
        workspace = Workspace(network, 1)
        network.forward(np.ones((1, 2, 1)), workspace)
        dead.append(UnitReading(network, workspace).values["dead_share"][:, depth - 1] == 1)
    expected = 1 - (1 - 2.0**-width) ** depth
    error = math.sqrt(expected * (1 - expected) / seeds)
    assert abs(np.concatenate(dead).mean() - expected) < 4 * error


def test_he_keeps_the_second_moment_of_relu_and_xavier_halves_it():
    """He, Zhang, Ren & Sun 2015, equations 10 and 14: E z² a layer, in layers of equal width."""
    width, depth, seeds = 40, 6, 512
    for initializer, factor in (("he", 1.0), ("xavier", 0.5)):
        sizes = (width,) * (depth + 1)
        z = preactivations(
            started(Contestant("relu"), sizes, initializer, seeds), np.ones((width, 1))
        )
        first, last = (np.square(z[layer]).mean(axis=(1, 2)) for layer in (0, -1))
        ratio, error = jackknife(lambda a, b: (b / a) ** (1 / (depth - 1)), first, last)
        assert abs(ratio - factor) < 4 * error < 0.1 * factor


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_fluctuations_grow_with_depth_over_width(slope):
    """Hanin 2018: E|h|⁴/(E|h|²)² = (1 + c/n)ᴸ, c = 6(1 + a⁴)/(1 + a²)² − 1; 5 for ReLU.

    The fourth moment of a deep network is carried by too few seeds to be averaged. Taken layer by
    layer it is a product, each layer's growth independent of what it stands on; two layers, which
    can be averaged, show that.
    """
    width, depth, seeds = 50, 10, 1024
    contestant = Contestant("leaky_relu", {"negative_slope": slope})
    networks = started(contestant, (width, *(width,) * depth, 1), "forward", seeds)
    z = preactivations(networks, np.ones((width, 1)))[:-1]
    lengths = [np.square(np.where(layer > 0, layer, slope * layer)).sum(axis=(1, 2)) for layer in z]
    grown = [lengths[0], *(b / a for a, b in pairwise(lengths))]
    c = 6 * (1 + slope**4) / (1 + slope**2) ** 2 - 1

    def fluctuation(*means):
        return math.prod(
            fourth / square**2 for square, fourth in zip(means[::2], means[1::2], strict=True)
        )

    for samples, layers in ((grown, depth), ([lengths[1]], 2)):
        moments_of = [power for sample in samples for power in (sample, sample**2)]
        ratio, error = jackknife(fluctuation, *moments_of)
        assert abs(ratio - (1 + c / width) ** layers) < 4 * error < 0.25 * ratio


def test_selu_brings_a_variance_of_16_within_2_percent_of_1_in_21_layers():
    """Klambauer, Unterthiner, Mayr & Hochreiter 2017: mean 0 and variance 1 are a fixed point.

    By quadrature for endless width, and by networks, whose finite width spreads them about it.
    """
    width, layers, seeds = 128, 21, 32
    variance = 16.0
    for _ in range(layers):
        size = math.sqrt(variance)
        variance = moments(lambda z, size=size: selu(size * z), selu_derivative, (0.0,)).value
    assert variance == pytest.approx(1, abs=0.02)
    inputs = 4 * np.random.default_rng(0).standard_normal((width, 16))
    networks = started(Contestant("selu"), (width,) * (layers + 2), "lecun", seeds)
    z = preactivations(networks, inputs)
    for layer, expected in ((0, 16.0), (layers, variance)):
        of_seeds = np.square(z[layer]).mean(axis=(1, 2))
        error = of_seeds.std(ddof=1) / math.sqrt(seeds)
        assert abs(of_seeds.mean() - expected) < 4 * error < 0.1 * expected


def squares_by_construction(depth, dtype):
    """Yarotsky 2017: x − Σ tentˢ(x)/4ˢ, s = 1 … depth, is x² on [0, 1] within 4^−(depth + 1)."""
    sizes = (1, *(4,) * depth, 1)
    network = Network(Contestant("relu"), sizes, 1, dtype)
    built = squares(Site(sizes, ACTIVATIONS["relu"].value, reach=1.0))
    for layer, weights in zip(network.layers, built, strict=True):
        layer.weights[0] = weights
    return network


def largest_error(depth, dtype):
    # Not on a grid of powers of two, where rounding finds nothing to do.
    x = np.random.default_rng(0).uniform(0, 1, 20000).astype(dtype).astype(np.float64)
    network = squares_by_construction(depth, dtype)
    inputs = np.stack([x, np.ones_like(x)])[None].astype(dtype)
    outputs = network.forward(inputs, Workspace(network, len(x)))[0, 0]
    return np.abs(outputs.astype(np.float64) - x**2).max()


def test_squares_by_construction_gain_a_factor_of_4_a_layer():
    for depth in range(1, 12):
        assert largest_error(depth, "float64") == pytest.approx(4.0 ** -(depth + 1), rel=0.01)


@pytest.mark.parametrize(("dtype", "floor"), [("float32", 2.4e-7), ("float16", 1e-3)])
def test_rounding_stops_the_construction(dtype, floor):
    """Deeper is better only down to a few of the format's epsilon."""
    errors = np.array([largest_error(depth, dtype) for depth in range(1, 16)])
    exact = 4.0 ** -(np.arange(1, 16) + 1)
    assert errors[0] == pytest.approx(exact[0], rel=1e-2)
    assert errors.min() == pytest.approx(floor, rel=0.5)
    assert errors[-1] > 500 * exact[-1]
    assert errors[-1] < 3 * errors.min()
