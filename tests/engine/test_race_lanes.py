"""The lanes of a race are paired by construction, and do not feel their company."""

import numpy as np
import pytest
from small_race import assert_same_curves, curves_of, layers_of, run, small

from engine import ACTIVATIONS, Contestant, Race
from engine.initializers import INITIALIZERS
from engine.optimizers import OPTIMIZERS

# 1. Paired by construction.


def test_contestants_of_a_seed_share_data_split_draws_and_order():
    race = run(small(("relu", "relu")))
    for seed in range(3):
        assert_same_curves(curves_of(race, 0, seed), curves_of(race, 1, seed))


def test_seeds_differ_unless_data_and_order_are_pinned():
    race = run(small())
    assert not np.array_equal(
        curves_of(race, 0, 0)["test_loss"], curves_of(race, 0, 1)["test_loss"]
    )
    pinned = Race(small(population__same_data=True, population__same_order=True))
    assert len(pinned._data.train.inputs) == 1


@pytest.mark.parametrize("initializer", sorted(set(INITIALIZERS) - {"playground", "squares"}))
def test_a_gain_scales_the_same_draws(initializer):
    contestants = tuple(Contestant("tanh", initializer=initializer, gain=g) for g in (0.5, 1.0))
    race = Race(small(contestants))
    one, two = (block.network.layers[2].weights for block in race._blocks)
    np.testing.assert_allclose(two[:, :, :-1], 2 * one[:, :, :-1], rtol=1e-12)


# 2. A lane does not feel its company.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_lane_is_bit_for_bit_the_same_in_any_company(optimizer):
    settings = {"training__optimizer": optimizer, "training__clip_norm": 1.0}
    settings |= {"training__weight_decay": 0.01, "training__l1": 0.001, "training__l2": 0.001}
    alone = run(small(("prelu",), population__seeds=1, population__first_seed=1, **settings))
    beside = run(small(("elu", "prelu", "gelu"), population__seeds=70, **settings))
    assert_same_curves(curves_of(alone, 0, 0), curves_of(beside, 1, 1))
    assert_same_curves(layers_of(alone, 0, 0), layers_of(beside, 1, 1))


@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("same_order", [False, True])
@pytest.mark.parametrize("same_data", [False, True])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_whatever_lanes_share_they_do_not_feel_it(precision, same_data, same_order, width):
    settings = {"population__same_data": same_data, "population__same_order": same_order}
    settings |= {"network__precision": precision, "network__width": width}
    alone = run(small(("tanh",), population__seeds=1, **settings))
    beside = run(small(("tanh",), population__seeds=3, **settings))
    assert_same_curves(curves_of(alone, 0, 0), curves_of(beside, 0, 0))


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_activation_is_deaf_to_its_company(key):
    alone = run(small((key,), population__seeds=1, population__first_seed=2))
    beside = run(small(("relu", key), population__seeds=5))
    assert_same_curves(curves_of(alone, 0, 0), curves_of(beside, 1, 2))


@pytest.mark.parametrize("batch_size", [1, 7, 30, 0])
def test_steps_taken_one_by_one_or_at_once_give_the_same_curves(batch_size):
    experiment = small(training__batch_size=batch_size)
    at_once, one_by_one = run(experiment), run(experiment, *[1] * 40)
    in_parts = run(experiment, 3, 14, 23)
    for other in (one_by_one, in_parts):
        for contestant in range(2):
            assert_same_curves(curves_of(at_once, contestant, 1), curves_of(other, contestant, 1))


def test_a_diverging_lane_leaves_the_others_alone_and_is_a_result():
    wild = Contestant("leaky_relu", learning_rate=100.0)
    settings = {
        "task__data": "plane",
        "training__optimizer": "sgd",
        "training__learning_rate": 0.01,
    }
    race = run(small((wild, "relu"), **settings))
    calm = run(small(("relu",), **settings))
    diverged = [event for event in race.recording.events if event.kind == "diverged"]
    assert {(event.contestant, event.seed) for event in diverged} == {(0, 0), (0, 1), (0, 2)}
    assert np.isnan(race.recording.curves.values("test_loss")[-1, 0]).all()
    assert_same_curves(curves_of(race, 1, 2), curves_of(calm, 0, 2))


@pytest.mark.parametrize("rate", [30.0, 100.0])
def test_nothing_that_is_recorded_depends_on_slices_even_where_all_diverge(rate):
    wild = Contestant("leaky_relu", learning_rate=rate)
    experiment = small((wild,), task__data="plane", training__optimizer="sgd")
    at_once, one_by_one = run(experiment), run(experiment, *[1] * 40)
    events = [set(map(repr, race.recording.events)) for race in (at_once, one_by_one)]
    assert any("diverged" in event for event in events[0])
    assert events[0] == events[1]
    assert at_once.recording.last_step == one_by_one.recording.last_step
    np.testing.assert_array_equal(at_once.recording.curves.steps, one_by_one.recording.curves.steps)
    for name in at_once.recording.layers.names:
        part = at_once.recording.layers.channels[name].parts[0]
        np.testing.assert_array_equal(
            at_once.recording.layers.values(name, part),
            one_by_one.recording.layers.values(name, part),
        )


def test_a_race_whose_lanes_are_all_gone_ends_with_a_row_that_says_so():
    wild = Contestant("leaky_relu", learning_rate=100.0)
    race = run(small((wild,), task__data="plane", training__optimizer="sgd"))
    assert race.finished
    assert np.isnan(race.recording.curves.values("test_loss")[-1]).all()


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_another_lanes_infinity_is_none_of_a_lanes_business(slope):
    z = np.array([[[-np.inf, -1.0]], [[-np.inf, 2.0]]])
    slopes = np.array([[[0.25]], [[slope]]])
    together = ACTIVATIONS["prelu"].value(z, negative_slope=slopes)
    for lane in range(2):
        alone = ACTIVATIONS["prelu"].value(z[lane], negative_slope=slopes[lane])
        np.testing.assert_array_equal(together[lane], alone)
