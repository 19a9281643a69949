"""Splits are disjoint, complete and fair to each class; scaling looks at training rows only."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.data import Data, split, standardise
from engine.settings import Refusal


def labelled(counts):
    classes = np.repeat(np.arange(len(counts)), counts)
    return Data(np.zeros((len(classes), 1)), np.eye(len(counts))[classes], "multiclass")


shares = st.floats(0.05, 0.45)


@example([5, 5, 5], 0.375, 0.4375, 0)  # rounds up to more rows than training can spare
@example([5, 5, 5], 0.45, 0.45, 0)
@example([6, 6, 22], 0.4375, 0.4375, 0)  # two classes are down to their last row
@given(st.lists(st.integers(5, 40), min_size=2, max_size=6), shares, shares, st.integers(0, 99))
def test_a_split_covers_every_row_once_and_each_class_to_within_one(counts, test, validation, seed):
    data = labelled(counts)
    cut = split(data, test, validation, np.random.default_rng(seed))
    together = np.concatenate([cut.train, cut.validation, cut.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(sum(counts)))
    trained = np.bincount(data.classes[cut.train], minlength=len(counts))
    spare = sum(counts) - len(counts)
    for part, share in [(cut.test, test), (cut.validation, validation)]:
        exact = [count * share for count in counts]
        assert len(part) == min(max(1, round(sum(exact))), spare)
        found = np.bincount(data.classes[part], minlength=len(counts))
        # A class that is down to its last row for training can give no more; the others stand in.
        last = trained == 1
        lacking = np.maximum(exact - found, 0)[last].sum()
        assert np.all((exact - found <= 1 + 1e-9) | last)
        assert np.all(found - exact <= 1 + lacking + 1e-9)
        spare -= len(part)
    assert set(data.classes[cut.train]) == set(range(len(counts)))


@given(st.integers(4, 200), st.integers(0, 99))
def test_values_are_split_by_their_number_alone(rows, seed):
    data = Data(np.zeros((rows, 1)), np.arange(rows, dtype=float)[:, None], "regression")
    cut = split(data, 0.5, 0, np.random.default_rng(seed))
    assert len(cut.test) == round(rows * 0.5)
    assert not len(cut.validation)


def test_a_split_is_its_generators_alone_and_in_random_order():
    data = labelled([100, 100])
    first, again, other = (split(data, 0.3, 0.2, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.train, again.train)
    np.testing.assert_array_equal(first.test, again.test)
    assert set(first.test) != set(other.test)
    # Neither sorted nor class by class.
    assert (np.diff(first.train) < 0).any()
    assert 20 < np.count_nonzero(np.diff(data.classes[first.train])) < 80


def test_parts_have_equal_sizes_whatever_the_classes():
    """A race stacks the seeds' parts, and seeds differ in how many points a class has."""
    sizes = set()
    for ones in range(11):
        classes = np.repeat([0.0, 1.0], [10 - ones, ones])
        data = Data(np.zeros((10, 1)), classes[:, None], "binary")
        cut = split(data, 0.4, 0.2, np.random.default_rng(0))
        sizes.add((len(cut.train), len(cut.validation), len(cut.test)))
    assert sizes == {(4, 2, 4)}


@pytest.mark.parametrize(
    ("counts", "refused"), [([1, 1], "test_share"), ([2, 1], "validation_share")]
)
def test_a_part_without_rows_is_refused(counts, refused):
    with pytest.raises(Refusal, match="must leave at least one of") as refusal:
        split(labelled(counts), 0.5, 0.05, np.random.default_rng(0))
    assert refusal.value.field == refused


def test_scaling_looks_at_training_rows_only():
    rng = np.random.default_rng(0)
    values, train = rng.normal(3, 7, (50, 4)), np.arange(0, 50, 2)
    scaled = standardise(values, train)
    np.testing.assert_allclose(scaled[train].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled[train].std(axis=0), 1)
    values[1] = 1e6
    np.testing.assert_array_equal(standardise(values, train)[train], scaled[train])


def test_a_gap_is_filled_with_the_training_rows_median():
    values = np.array([[1.0], [2.0], [9.0], [np.nan], [100.0], [np.nan]])
    train = np.array([0, 1, 2, 3])
    scaled = standardise(values, train)
    assert np.isfinite(scaled).all()
    assert scaled[3] == scaled[5] == scaled[1]


@pytest.mark.parametrize("constant", [0.0, 0.1, -3.3e7, np.nan])
def test_a_feature_constant_in_training_is_zero_everywhere(constant):
    values = np.full((30, 2), constant)
    values[:, 1] = np.arange(30)
    values[29, 0] = 5
    scaled = standardise(values, np.arange(20))
    assert (scaled[:, 0] == 0).all()
    assert np.isfinite(scaled).all()


def test_values_to_predict_are_scaled_and_classes_are_not():
    rng = np.random.default_rng(0)
    train = np.arange(30)
    data = Data(rng.normal(5, 2, (40, 2)), rng.normal(1000, 50, (40, 1)), "regression")
    targets = data.standardised(train).targets
    np.testing.assert_allclose(np.mean(targets[train] ** 2), 1)
    classes = labelled([20, 20])
    np.testing.assert_array_equal(classes.standardised(train).targets, classes.targets)
