"""Data are drawn once for all races that have them in common, and are always those of a seed."""

import gc
import weakref

import numpy as np
import pytest
from small_race import small

from engine.network import no_look
from engine.seeds import first_rows, seed_data


def data_of(experiment, look=no_look):
    return seed_data(experiment, first_rows(experiment), look)


def arrays_of(data):
    first = data.first
    parts = (data.train, data.validation, data.test, first.drawn, first.read)
    points = [array for part in parts for array in (part.inputs, part.targets)]
    return [*points, first.split.train, first.split.validation, first.split.test]


def own_table(path, seed):
    inputs = np.random.default_rng(seed).standard_normal((40, 3))
    np.savez(path, allow_pickle=False, X=inputs, y=inputs.sum(axis=1))
    return small(task__data="table", task__table=str(path), task__target="y")


@pytest.mark.parametrize(
    "changes",
    [
        {"network__width": 9},
        {"network__depth": 1, "network__residual": True},
        {"network__initializer": "orthogonal", "network__activation_bits": 4},
        {"training__learning_rate": 0.5, "training__batch_size": 3, "training__steps": 10},
        {"population__same_order": True, "population__evaluate_every": 1},
        {"contestants": ("gelu",)},
    ],
)
@pytest.mark.parametrize("task", ["circle", "digits", "penguins"])
def test_who_changes_nothing_of_the_data_takes_them_as_they_are(task, changes):
    before = data_of(small(task__data=task))
    experiment = small(task__data=task, **changes)
    assert data_of(experiment) is before
    assert first_rows(experiment) is before.first


@pytest.mark.parametrize(
    "changes",
    [
        {"task__samples": 80},
        {"task__noise": 10.0},
        {"task__label_noise": 20.0},
        {"task__test_share": 0.3},
        {"task__validation_share": 0.2},
        {"task__data": "spiral"},
        {"task__data": "digits"},
        {"network__precision": "float32"},
        {"population__seeds": 2},
        {"population__first_seed": 1},
        {"population__same_data": True},
    ],
)
def test_what_data_follow_from_is_drawn_as_if_there_had_been_no_race_before(changes):
    before = data_of(small())
    changed = data_of(small(**changes))
    assert changed is not before
    beside = [array.copy() for array in arrays_of(changed)]
    del before, changed
    gc.collect()
    for one, other in zip(beside, arrays_of(data_of(small(**changes))), strict=True):
        np.testing.assert_array_equal(one, other)


def test_seeds_that_join_are_shown_the_data_of_its_first_one():
    before = data_of(small(population__first_seed=3))
    joining = small(population__first_seed=3, population__joins=0)
    data = data_of(joining)
    assert data is not before
    np.testing.assert_array_equal(data.train.inputs, before.train.inputs)
    np.testing.assert_array_equal(data.first.drawn.inputs, first_rows(small()).drawn.inputs)


def test_a_table_that_has_changed_is_read_anew(tmp_path):
    path = tmp_path / "own.npz"
    experiment = own_table(path, 0)
    before = data_of(experiment)
    assert data_of(experiment) is before
    after = data_of(own_table(path, 1))
    assert not np.array_equal(before.first.drawn.inputs, after.first.drawn.inputs)


def test_data_that_races_share_cannot_be_written_to():
    for task in ("circle", "digits", "penguins"):
        for array in arrays_of(data_of(small(task__data=task))):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_data_go_with_the_last_race_that_has_them():
    before = data_of(small())
    gone, after = weakref.ref(before), data_of(small(network__width=9))
    del before
    gc.collect()
    assert gone() is after
    del after
    gc.collect()
    assert gone() is None


def test_data_whose_drawing_is_abandoned_are_drawn_in_full_the_next_time():
    def abandon():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        data_of(small(), abandon)
    looks = []
    data_of(small(), lambda: looks.append(1))
    assert len(looks) == small().population.seeds
