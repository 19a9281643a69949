"""Which parameters are new: the rank test against what can be proved on paper."""

import numpy as np
import pytest

from engine import novelty as room
from engine.activations import ACTIVATIONS, Activation, Parameter
from engine.contestant import Contestant
from engine.network import Network
from engine.novelty import columns_of, jacobian, novelty, numerical_rank, stand_in
from engine.settings import Refusal
from engine.workspace import Workspace

DEPTHS = (1, 2, 3)


def found(contestant, depth):
    return {(n.parameter, n.mode): n for n in novelty(contestant, depth)}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("key", ["swish", "softplus", "celu"])
def test_a_scale_of_input_and_output_is_redundant_however_curved(key, depth):
    assert [n.answer for n in novelty(Contestant(key), depth)] == ["redundant"] * 2


@pytest.mark.parametrize("depth", DEPTHS)
def test_both_bounds_of_hardtanh_are_redundant_a_shift_and_a_scale(depth):
    both = Contestant("hardtanh", trained={"min_val": "unit", "max_val": "unit"})
    assert [n.answer for n in novelty(both, depth)] == ["redundant"] * 4


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_positive_slope_is_redundant_beside_a_trained_or_a_zero_negative_one(depth):
    trained = found(Contestant("two_slope_relu"), depth)
    assert not trained["negative_slope", "layer"].redundant
    assert trained["positive_slope", "layer"].redundant
    assert trained["positive_slope", "unit"].redundant
    modes = {"negative_slope": "fixed", "positive_slope": "layer"}
    relu = found(Contestant("two_slope_relu", {"negative_slope": 0.0}, modes), depth)
    assert relu["positive_slope", "layer"].redundant
    assert relu["positive_slope", "unit"].redundant


def test_beside_a_fixed_negative_slope_the_positive_one_is_new():
    """Their ratio is what no weights can change."""
    modes = {"negative_slope": "fixed", "positive_slope": "layer"}
    leaky = found(Contestant("two_slope_relu", {"negative_slope": 0.25}, modes), 2)
    assert leaky["positive_slope", "layer"].answer == "new"


@pytest.mark.parametrize("key", ["leaky_relu", "prelu"])
def test_a_slope_a_layer_is_new_at_any_depth(key):
    for depth in DEPTHS:
        slope = found(Contestant(key), depth)["negative_slope", "layer"]
        assert slope.answer == "new"
        assert slope.elsewhere.added == depth


@pytest.mark.parametrize("key", ["leaky_relu", "prelu"])
def test_slopes_of_one_layer_add_one_linear_skip_and_deeper_ones_are_all_new(key):
    single = found(Contestant(key), 1)["negative_slope", "unit"]
    assert single.elsewhere.added == room.INPUTS < single.elsewhere.columns == room.WIDTH
    assert single.answer == "partly new: 2 of 4 directions"
    for depth in (2, 3):
        slopes = found(Contestant(key), depth)["negative_slope", "unit"]
        assert slopes.elsewhere.added == depth * room.WIDTH
        assert slopes.answer.startswith("new from the second hidden layer on")


@pytest.mark.parametrize("mode", ["layer", "unit"])
@pytest.mark.parametrize("depth", DEPTHS)
def test_elus_depth_is_new_except_exactly_at_1(depth, mode):
    """At α = 1 the derivative by α is the bias's minus a constant."""
    at_one = found(Contestant("elu"), depth)["alpha", mode]
    assert at_one.at_start.added == 0
    assert at_one.answer == "new, except exactly at its starting value"
    assert found(Contestant("elu", {"alpha": 0.5}), depth)["alpha", mode].answer == "new"


def tanh_gain(z, *, out=None, gain=1.0):
    return np.multiply(gain, np.tanh(z), out=out)


def tanh_gain_derivative(z, *, out=None, gain=1.0):
    return np.multiply(gain, 1 - np.tanh(z) ** 2, out=out)


def pelu(z, *, out=None, a=1.0, b=1.0):
    return np.add(a / b * np.maximum(z, 0), a * np.expm1(np.minimum(z, 0) / b), out=out)


def pelu_derivative(z, *, out=None, a=1.0, b=1.0):
    return np.multiply(a / b, np.exp(np.minimum(z, 0) / b), out=out)


def pelu_by_parameters(z, *, a=1.0, b=1.0):
    q = np.minimum(z, 0) / b
    by_b = -a / b**2 * np.maximum(z, 0) - a / b * q * np.exp(q)
    return {"a": np.maximum(z, 0) / b + np.expm1(q), "b": by_b}


def positive(name):
    return Parameter(name, name, 1.0, low=0.0, open_low=True, positive=True)


GAINED = Activation(
    key="tanh_gain",
    label="tanh with a gain",
    source="",
    value=tanh_gain,
    derivative=tanh_gain_derivative,
    parameter_derivatives=lambda z, gain=1.0: {"gain": np.tanh(z)},
    parameters=(positive("gain"),),
    curved=True,
)
PELU = Activation(
    key="pelu",
    label="PELU",
    source="Trottier, Giguère & Chaib-draa, Parametric Exponential Linear Unit, 2017",
    value=pelu,
    derivative=pelu_derivative,
    parameter_derivatives=pelu_by_parameters,
    parameters=(positive("a"), positive("b")),
    curved=True,
)


@pytest.mark.parametrize("record", [GAINED, PELU], ids=lambda record: record.key)
def test_both_of_pelu_and_the_gain_of_tanh_are_redundant(monkeypatch, record):
    """Neither is raced here; a record is all that the test needs."""
    monkeypatch.setitem(ACTIVATIONS, record.key, record)
    contestant = Contestant(record.key, trained={p.name: "layer" for p in record.parameters})
    for depth in DEPTHS:
        assert all(n.redundant for n in novelty(contestant, depth))


def test_the_jacobian_agrees_with_central_differences():
    contestant = Contestant("swish", trained={"beta": "unit"})
    network, inputs = stand_in(contestant, (2, 3, 3, 1), np.random.default_rng(1), 0.3)
    columns, h = jacobian(network, inputs), 1e-6
    assert len(columns) >= 4 * columns.shape[1]
    workspace = Workspace(network, 1)
    for place in range(columns.shape[1]):
        kept = network.parameters[:, place].copy()
        network.parameters[:, place] = kept + h
        above = network.forward(inputs, workspace)[:, 0, 0].copy()
        network.parameters[:, place] = kept - h
        slope = (above - network.forward(inputs, workspace)[:, 0, 0]) / (2 * h)
        network.parameters[:, place] = kept
        np.testing.assert_allclose(columns[:, place], slope, rtol=1e-5, atol=1e-7)


def test_columns_are_told_apart_by_their_parameter():
    modes = {"negative_slope": "layer", "positive_slope": "unit"}
    contestant = Contestant("two_slope_relu", trained=modes)
    network = Network(contestant, (2, 3, 4, 1), 1, "float64")
    network.parameters[...] = 0.0
    for layer in network.hidden:
        layer.trained[1].raw[...] = 1.0
    positive_slope = contestant.record.parameters[1]
    assert columns_of(network, positive_slope).tolist() == (network.parameters[0] == 1).tolist()
    assert columns_of(network, positive_slope).sum() == 7


def test_the_rank_is_that_of_the_columns_whatever_their_sizes():
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((60, 5))
    mixed = np.concatenate([columns, columns @ rng.standard_normal((5, 3))], axis=1)
    mixed *= 10.0 ** np.arange(-8, 8, 2)
    assert numerical_rank(mixed) == (5, True)
    assert numerical_rank(np.zeros((9, 3))) == (0, True)
    nearly = np.stack([columns[:, 0], columns[:, 0] + 3e-10 * columns[:, 1]], axis=1)
    assert numerical_rank(nearly) == (1, False)


def test_no_parameters_no_questions_and_no_hidden_layer_no_answer():
    assert novelty(Contestant("gelu"), 2) == ()
    with pytest.raises(Refusal, match="depth"):
        novelty(Contestant("prelu"), 0)


def test_a_deep_network_is_answered_by_a_shallower_stand_in():
    assert novelty(Contestant("prelu"), 30) == novelty(Contestant("prelu"), room.MOST_LAYERS)
