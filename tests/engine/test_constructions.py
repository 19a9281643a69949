"""Built weights: x² to the error that is proven, and one line where the network does not fit."""

import dataclasses

import numpy as np
import pytest

from engine import ACTIVATIONS, Contestant, Experiment, Race, Refusal
from engine.constructions import Site, squares
from engine.network import Network
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.workspace import Workspace

RELU = ACTIVATIONS["relu"].value


def outputs(built, x):
    sizes = (1, *(len(weights) for weights in built))
    network = Network(Contestant("relu"), sizes, 1, "float64")
    for layer, weights in zip(network.layers, built, strict=True):
        layer.weights[0] = weights
    inputs = np.stack([x, np.ones_like(x)])[None]
    return network.forward(inputs, Workspace(network, len(x)))[0, 0]


def experiment(depth=3, data="square", contestant=None, **network):
    return Experiment(
        task=TaskSettings(data=data, samples=400),
        network=NetworkSettings(depth=depth, width=6, initializer="squares", **network),
        training=TrainingSettings(learning_rate=0, steps=20),
        population=PopulationSettings(seeds=2),
        contestants=(contestant or Contestant("relu"),),
    )


@pytest.mark.parametrize("depth", range(1, 13))
@pytest.mark.parametrize("reach", [0.5, 1.5])
def test_each_layer_makes_the_largest_error_four_times_smaller(depth, reach):
    built = squares(Site((1, *(4,) * depth, 1), RELU, reach))
    # The error is largest half way between two of the 2^depth + 1 points that are met exactly.
    x = reach * np.linspace(-1, 1, 2 ** (depth + 2) + 1)
    error = np.abs(outputs(built, x) - x**2)
    assert error.max() == pytest.approx(reach**2 * 4.0 ** -(depth + 1), rel=1e-6)
    assert error[::4].max() < 1e-14


def test_units_that_the_construction_does_not_need_say_nothing():
    x = np.linspace(-1.5, 1.5, 101)
    narrow, wide = (squares(Site((1, *widths, 1), RELU, 1.5)) for widths in ((4, 4), (9, 5)))
    np.testing.assert_array_equal(outputs(narrow, x), outputs(wide, x))


def test_an_untrained_race_keeps_the_error_of_the_construction():
    errors = []
    for depth in (1, 2, 3, 4):
        race = Race(experiment(depth, precision="float64"))
        race.advance(20)
        losses = race.recording.curves.values("test_loss")[:, 0]
        np.testing.assert_array_equal(losses, losses[:1].repeat(len(losses), axis=0))
        errors.append(np.sqrt(losses[-1].mean()))
    # The mean error over points that fall anywhere, and so not exactly four times smaller.
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 4, rtol=0.05)


def test_one_contestant_can_be_built_where_others_are_drawn():
    built = Contestant("leaky_relu", {"negative_slope": 0.0}, initializer="squares")
    asked = experiment(initial_bias=0.3).with_value("network.initializer", "forward")
    asked = dataclasses.replace(asked, contestants=(built, Contestant("relu")))
    first, second = (block.network for block in Race(asked)._blocks)
    expected = squares(Site((1, 6, 6, 6, 1), RELU, 1.5))
    for layer, weights in zip(first.layers, expected, strict=True):
        np.testing.assert_array_equal(layer.weights, np.float32([weights] * 2))
    assert (second.layers[1].weights[:, :, -1] == np.float32(0.3)).all()


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"data": "circle"}, "one input and one output"),
        ({"depth": 0}, "1 to 16 hidden layers"),
        ({"depth": 17}, "1 to 16 hidden layers"),
        ({"widths": (6, 3)}, "at least 4 units a layer"),
        ({"residual": True}, "hidden layers that are not residual"),
        ({"contestant": Contestant("leaky_relu")}, "ReLU"),
        ({"contestant": Contestant("gelu")}, "ReLU"),
    ],
)
def test_a_network_that_it_does_not_fit_is_refused_in_one_line(changes, needed):
    with pytest.raises(Refusal) as refused:
        Race(experiment(**changes))
    said = str(refused.value)
    assert said.startswith(f"network.initializer = 'squares': needs {needed} (contestant 1, ")


def test_what_refuses_a_contestants_own_initialisation_is_named():
    built = Contestant("gelu", initializer="squares")
    asked = experiment().with_value("network.initializer", "forward")
    with pytest.raises(Refusal) as refused:
        Race(dataclasses.replace(asked, contestants=(built,)))
    assert str(refused.value) == "contestant 1.initializer = 'squares': needs ReLU"


def test_inputs_must_lie_in_a_known_interval(tmp_path):
    table = tmp_path / "curve.csv"
    table.write_text("x,y\n" + "".join(f"{x / 7},{x * x / 49 + 0.1}\n" for x in range(60)))
    task = TaskSettings(data="table", table=str(table), target="y")
    with pytest.raises(Refusal, match="needs inputs from a known interval"):
        Race(dataclasses.replace(experiment(), task=task))
