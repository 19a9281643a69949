"""Wrong labels: as many as asked, in the training part alone, the same for all contestants."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Contestant, Experiment, Race, Refusal
from engine.data import Data, mislabelled
from engine.seeds import first_rows

DIGITS = Experiment(contestants=(Contestant("relu"),)).with_value("task.data", "digits")


def with_noise(experiment, percent):
    return experiment.with_value("task.label_noise", percent)


def labelled(kind, rows=300):
    classes = np.arange(rows) % (2 if kind == "binary" else 5)
    targets = classes[:, None] if kind == "binary" else np.eye(5)[classes]
    return Data(np.zeros((rows, 1)), targets.astype(float), kind)


@given(
    st.sampled_from(["binary", "multiclass"]),
    st.floats(0, 1),
    st.sets(st.integers(0, 299), min_size=1).map(sorted),
)
def test_so_many_rows_get_another_class_and_no_others(kind, share, rows):
    data = labelled(kind)
    noisy = mislabelled(data, np.array(rows), share, np.random.default_rng(0))
    assert noisy.targets.shape == data.targets.shape
    wrong = np.flatnonzero(noisy.classes != data.classes)
    assert len(wrong) == round(share * len(rows))
    assert set(wrong) <= set(rows)
    if kind == "multiclass":
        np.testing.assert_array_equal(noisy.targets.sum(axis=1), 1)


def test_every_other_class_is_taken_equally_often():
    data = labelled("multiclass", 50_000)
    noisy = mislabelled(data, np.arange(50_000), 1, np.random.default_rng(0))
    moved = np.bincount((noisy.classes - data.classes) % 5, minlength=5)
    assert moved[0] == 0
    np.testing.assert_allclose(moved[1:], 12_500, rtol=0.05)


def test_more_noise_adds_wrong_labels_and_keeps_those_there_were():
    data, rows = labelled("multiclass"), np.arange(300)
    less, more = (mislabelled(data, rows, p, np.random.default_rng(3)) for p in (0.2, 0.5))
    wrong = less.classes != data.classes
    np.testing.assert_array_equal(more.classes[wrong], less.classes[wrong])


def test_only_training_labels_are_wrong_and_nothing_else_of_a_seed_moves():
    experiment = DIGITS.with_value("task.validation_share", 0.1)
    clean, noisy = first_rows(experiment), first_rows(with_noise(experiment, 40))
    np.testing.assert_array_equal(clean.read.inputs, noisy.read.inputs)
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(clean.split, part), getattr(noisy.split, part))
    for part in (clean.split.validation, clean.split.test):
        np.testing.assert_array_equal(clean.read.targets[part], noisy.read.targets[part])
    wrong = np.mean(clean.read.classes[clean.split.train] != noisy.read.classes[clean.split.train])
    assert wrong == pytest.approx(0.4, abs=0.001)


def test_each_seed_has_wrong_labels_of_its_own_also_of_data_that_all_share():
    experiment = with_noise(DIGITS, 40)
    data = Race(experiment.with_value("population.seeds", 3))._data
    for seed in range(3):
        alone = experiment.with_value("population.first_seed", seed)
        rows = first_rows(alone)
        expected = rows.read.targets[rows.split.train].T
        np.testing.assert_array_equal(data.train.targets[seed], expected)
        clean = rows.drawn.targets[rows.split.train].T
        assert np.mean(np.any(expected != clean, axis=0)) == pytest.approx(0.4, abs=0.001)


def test_values_have_no_labels_to_be_wrong():
    with pytest.raises(Refusal, match=r"task.label_noise = 10.0: must be 0: sin 3x has values"):
        with_noise(Experiment().with_value("task.data", "sin3x"), 10)


def test_a_table_of_values_is_refused_once_it_is_read(tmp_path):
    table = tmp_path / "lengths.csv"
    lines = "".join(f"{x},{x * x + 0.5}\n" for x in range(40))
    table.write_text("x,length\n" + lines)
    task = dataclasses.replace(
        Experiment().task, data="table", table=str(table), target="length", label_noise=10
    )
    with pytest.raises(Refusal, match=r"task.label_noise = 10.0: must be 0: values have"):
        Race(dataclasses.replace(Experiment(), task=task))
