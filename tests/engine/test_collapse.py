"""Effective rank and mean cosine against singular values and pairs taken one by one."""

import numpy as np
import pytest

from engine.collapse import COLLAPSE_EVERY, COLLAPSE_INPUTS, effective_rank, mean_cosine
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings


def activations(rank, units=9, inputs=40, seed=0):
    """Values that vary in exactly `rank` directions, all equally much, about a common mean."""
    rng = np.random.default_rng(seed)
    left = np.linalg.qr(rng.standard_normal((units, units)))[0][:, :rank]
    centred = rng.standard_normal((inputs, rank + 1))
    centred[:, 0] = 1
    right = np.linalg.qr(centred)[0][:, 1:]
    return (left @ right.T + rng.standard_normal((units, 1)))[None]


@pytest.mark.parametrize("units", [9, 60])
@pytest.mark.parametrize("rank", [1, 2, 7])
def test_equal_directions_are_counted(rank, units):
    assert effective_rank(activations(rank, units)) == pytest.approx([rank], rel=1e-5)


def test_unequal_directions_count_by_the_entropy_of_their_singular_values():
    values = np.random.default_rng(1).standard_normal((3, 5, 30)) * [[[9], [3], [1], [0.3], [0.1]]]
    for lane, found in enumerate(effective_rank(values)):
        centred = values[lane] - values[lane].mean(axis=1, keepdims=True)
        shares = np.linalg.svd(centred, compute_uv=False)
        shares /= shares.sum()
        assert found == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-9)


@pytest.mark.parametrize("size", [1e-30, 1e-200, 1e200])
def test_the_rank_does_not_depend_on_size(size):
    assert effective_rank(activations(4) * size) == pytest.approx([4], rel=1e-5)


def test_a_constant_layer_has_no_direction_and_a_diverged_lane_no_rank():
    values = np.concatenate([activations(3), np.full((1, 9, 40), 2.5), activations(5)])
    values[2, 0, 0] = np.nan
    ranks = effective_rank(values)
    assert ranks[:2] == pytest.approx([3, 0], abs=1e-6)
    assert np.isnan(ranks[2])


def test_the_mean_cosine_is_that_of_all_pairs_that_have_a_direction():
    values = np.random.default_rng(2).standard_normal((2, 6, 12)) + 0.5
    values[0, :, 3] = 0
    for lane, found in enumerate(mean_cosine(values)):
        columns = [v for v in values[lane].T if v.any()]
        cosines = [
            a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            for i, a in enumerate(columns)
            for b in columns[:i]
        ]
        assert found == pytest.approx(np.mean(cosines), rel=1e-9)


def test_the_cosine_needs_two_directions_and_no_size():
    values = np.zeros((2, 4, 5))
    values[0, :, 0] = 1
    values[1] = 1e-200
    cosines = mean_cosine(values)
    assert np.isnan(cosines[0])
    assert cosines[1] == pytest.approx(1)


DEEP = Experiment(
    task=TaskSettings(data="gaussians", samples=200),
    network=NetworkSettings(depth=30, width=100, initializer="forward"),
    training=TrainingSettings(steps=3),
    population=PopulationSettings(seeds=2, memory=64, record_every=1),
    contestants=(Contestant("relu"), Contestant("elu"), Contestant("tanh", gain=5 / 3)),
)


def test_deep_relu_networks_make_all_inputs_alike_and_chaotic_ones_keep_them_apart():
    """Schoenholz et al. 2017: ReLU's cosine goes to 1; tanh with a gain over its critical 1 is
    chaotic, and loses what was alike instead."""
    race = Race(DEEP)
    race.advance(1)
    cosines = race.recording.layers.values("mean_cosine")[0]
    relu, elu, tanh = cosines[:, :, 29].mean(axis=1)
    assert relu > 0.97 > elu > tanh
    assert tanh < 0.5
    shares = race.recording.layers.values("effective_rank_share")[0]
    assert (shares[0, :, 29] < shares[2, :, 29]).all()
    assert np.isnan(cosines[:, :, 30]).all()


def test_it_is_read_at_the_first_record_at_every_so_many_and_at_the_end():
    steps = COLLAPSE_EVERY + 3
    race = Race(
        Experiment(
            task=TaskSettings(data="xor", samples=200),
            network=NetworkSettings(depth=2, width=6),
            training=TrainingSettings(steps=steps),
            population=PopulationSettings(seeds=2, record_every=1, memory=16),
            contestants=(Contestant("tanh"),),
        )
    )
    race.advance(steps)
    cosines = race.recording.layers.values("mean_cosine")[:, 0, 0, 0]
    fresh = np.flatnonzero(np.diff(cosines, prepend=np.nan) != 0)
    assert fresh.tolist() == [0, COLLAPSE_EVERY, steps]
    [block] = race._blocks
    points = race._observer._probe.inputs[0, :-1, :COLLAPSE_INPUTS]
    weights = block.network.layers[0].weights[0]
    first = np.tanh(weights[:, :-1] @ points + weights[:, -1:])
    assert cosines[-1] == pytest.approx(mean_cosine(first[None])[0], rel=1e-5)
