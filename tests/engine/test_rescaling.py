"""Where a parameter is redundant, other weights give the same function: shown, not only said."""

import numpy as np
import pytest

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.network import Network
from engine.novelty import novelty
from engine.rescaling import difference, rescaled

RESCALED = [key for key, record in ACTIVATIONS.items() if record.rescaling is not None]


def shifted(key, mode, dtype="float64", seed=0):
    """A random network whose parameters have left their starting values."""
    names = [p.name for p in ACTIVATIONS[key].parameters]
    network = Network(Contestant(key, trained=dict.fromkeys(names, mode)), (3, 6, 5, 2), 4, dtype)
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        layer.weights[...] = rng.standard_normal(layer.weights.shape) * 0.7
        for one in layer.trained:
            one.raw[...] += rng.uniform(0.1, 0.9, one.raw.shape)
    return network


INPUTS = np.concatenate(
    [np.random.default_rng(9).standard_normal((1, 3, 200)) * 2, np.ones((1, 1, 200))], axis=1
)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", ["layer", "unit"])
@pytest.mark.parametrize("key", RESCALED)
def test_rescaled_weights_give_the_same_function_to_rounding(key, mode, dtype):
    network = shifted(key, mode, dtype)
    twin = rescaled(network)
    apart = difference(network, twin, INPUTS)
    assert apart.max() < 50 * np.finfo(dtype).eps
    assert apart.max() > 0
    other = shifted(key, mode, dtype, seed=1)
    assert difference(network, other, INPUTS).min() > 0.01


@pytest.mark.parametrize("key", RESCALED)
def test_the_rank_test_calls_the_same_parameters_redundant(key):
    record = ACTIVATIONS[key]
    modes = {p.name: "layer" for p in record.parameters}
    redundant = {n.parameter for n in novelty(Contestant(key, trained=modes), 2) if n.redundant}
    network = rescaled(shifted(key, "layer"))
    values = {one.parameter.name: one for one in network.hidden[0].trained}
    for one in values.values():
        one.refresh()
    assert redundant == {name for name, one in values.items() if np.allclose(one.value, 1.0)}


def test_nothing_to_rescale():
    assert rescaled(shifted("prelu", "layer")) is None
    assert rescaled(Network(Contestant("swish"), (2, 3, 1), 1, "float32")) is None


def test_a_fixed_slope_is_rescaled_too():
    fixed = {"negative_slope": "fixed", "positive_slope": "fixed"}
    slopes = {"negative_slope": 0.3, "positive_slope": 1.7}
    network = Network(Contestant("two_slope_relu", slopes, fixed), (3, 6, 5, 2), 2, "float64")
    network.parameters[...] = np.random.default_rng(3).standard_normal(network.parameters.shape)
    assert difference(network, rescaled(network), INPUTS).max() < 1e-14
