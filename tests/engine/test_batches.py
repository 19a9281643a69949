"""Every epoch shows every point once, in an order that the seed alone decides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.batches import Batches
from engine.seeds import STREAMS, Part, stream


def points(count, seeds=2):
    numbers = np.arange(count, dtype=float)
    return Part(
        np.stack([np.stack([numbers, np.ones(count)])] * seeds), np.stack([numbers[None]] * seeds)
    )


def batches(count, size, seeds=2):
    return Batches(points(count, seeds), [stream(seed, "order") for seed in range(seeds)], size)


@given(count=st.integers(1, 30), size=st.integers(0, 40), limit=st.integers(1, 9))
def test_each_epoch_shows_each_point_once(count, size, limit):
    order = batches(count, size)
    for epoch in range(1, 4):
        seen = []
        while order.epoch < epoch:
            step = limit if 0 < size < count else 1
            planned = order.plan(step)
            seen += [order.epoch_points.inputs[0, 0, columns] for columns in planned]
        assert sorted(np.concatenate(seen)) == list(range(count))


def test_targets_stay_with_their_inputs():
    order = batches(20, 6)
    order.plan(1)
    epoch = order.epoch_points
    np.testing.assert_array_equal(epoch.inputs[:, :1], epoch.targets)


def test_seeds_have_orders_of_their_own_and_epochs_differ():
    order = batches(50, 50 // 5)
    order.plan(5)
    first = order.epoch_points.inputs.copy()
    order.plan(5)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, order.epoch_points.inputs)


def test_the_purposes_of_a_seed_have_streams_of_their_own():
    draws = {stream(3, name).random() for name in STREAMS} | {stream(4, "order").random()}
    assert len(draws) == len(STREAMS) + 1


def test_small_batches_after_full_ones_are_shuffled():
    order = batches(30, 0)
    order.plan(2)
    order.batch_size = 6
    order.plan(1)
    numbers = order.epoch_points.inputs[0, 0]
    assert sorted(numbers) == list(range(30))
    assert not np.array_equal(numbers, np.arange(30))
