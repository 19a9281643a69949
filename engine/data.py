"""What a network learns from: points in three parts, standardised by the training part."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .settings import Refusal

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Data:
    """Points to learn from, row by row.

    inputs: (n, features); NaN is a missing value, filled in by `standardised`.
    targets: (n, outputs): the values (regression), 0 or 1 (binary), one-hot rows (multiclass).
    notes: sentences on what was found, assumed or left out on the way.
    """

    inputs: Floats
    targets: Floats
    kind: str
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> Indices:
        """The number of each row's class, (n,); 0 for every row of a regression."""
        if self.kind == "regression":
            return np.zeros(len(self.targets), np.intp)
        if self.kind == "binary":
            return self.targets[:, 0].astype(np.intp)
        return np.asarray(np.argmax(self.targets, axis=1))

    def standardised(self, train: Indices) -> Data:
        """The same points in units of the training rows' spread, missing inputs filled in.

        Regression targets are standardised too: a loss is then a share of the variance, and the
        trivial baseline, the mean of the training targets, has a mean squared error near 1.
        """
        targets = self.targets
        if self.kind == "regression":
            targets = standardise(targets, train)
        return dataclasses.replace(self, inputs=standardise(self.inputs, train), targets=targets)


@dataclass(frozen=True)
class Split:
    """Row numbers of three disjoint parts, each in random order; `validation` may be empty."""

    train: Indices
    validation: Indices
    test: Indices


@dataclass(frozen=True)
class Scaling:
    """What brings each feature to mean 0 and spread 1; all arrays (features,)."""

    fill: Floats
    mean: Floats
    deviation: Floats

    def apply(self, values: Floats) -> Floats:
        """`values` (n, features), missing ones filled in; a constant feature becomes 0."""
        scaled = np.where(np.isnan(values), self.fill, values)
        # In place: handing out more memory would take longer than the arithmetic.
        scaled -= self.mean
        scaled /= self.deviation
        return scaled


def scaling(values: Floats, train: Indices) -> Scaling:
    """Median, mean and standard deviation of each column of `values`, of its training rows only."""
    known, fill = values[train], np.zeros(values.shape[1])
    if np.isnan(values).any():
        # A column with no value in any training row is taken for 0, and so becomes constant.
        known = np.where(np.isnan(known).all(axis=0), 0.0, known)
        fill = np.nanmedian(known, axis=0)
        known = np.where(np.isnan(known), fill, known)
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    # Rounding gives a constant column a tiny spread; infinity sends it to 0 wherever it is applied.
    constant = deviation <= 1e-12 * np.abs(mean)
    return Scaling(fill, mean, np.where(constant, np.inf, deviation))


def standardise(values: Floats, train: Indices) -> Floats:
    """`values` (n, features) with mean 0 and standard deviation 1 over the rows `train`."""
    return scaling(values, train).apply(values)


def split(data: Data, test_share: float, validation_share: float, rng: Generator) -> Split:
    """Cut the rows in three, each class in the same shares to within one row.

    A class keeps at least one row for training; what it cannot give, the others make up for.
    Refuses shares that leave a part without rows.
    """
    order = rng.permutation(len(data.targets))
    classes = data.classes[order]
    counts = np.bincount(classes)
    room = np.maximum(counts - 1, 0)
    test = _apportion(counts * test_share, room)
    validation = _apportion(counts * validation_share, room - test)
    for name, share, part in [
        ("test_share", test_share, test),
        ("validation_share", validation_share, validation),
    ]:
        if share > 0 and part.sum() == 0:
            raise Refusal(name, share, f"must leave at least one of {len(order)} rows in each part")
    rank = _rank_within(classes)
    in_test = rank < test[classes]
    in_validation = ~in_test & (rank < (test + validation)[classes])
    return Split(order[~in_test & ~in_validation], order[in_validation], order[in_test])


def mislabelled(data: Data, rows: Indices, share: float, rng: Generator) -> Data:
    """The points with wrong labels on a `share` of `rows`, each that of another class at random.

    A larger share takes further rows and leaves the wrong labels of a smaller one as they are.
    Refuses values, which have no classes.
    """
    if data.kind == "regression":
        raise Refusal("label_noise", 100 * share, "must be 0: values have no other class to take")
    classes, number = data.classes, max(2, data.targets.shape[1])
    order = rng.permutation(len(rows))
    moved = rng.integers(1, number, len(rows))
    wrong = rows[order[: round(share * len(rows))]]
    classes[wrong] = (classes[wrong] + moved[: len(wrong)]) % number
    targets = classes[:, None] if data.kind == "binary" else np.eye(number)[classes]
    return dataclasses.replace(data, targets=targets.astype(np.float64))


def _apportion(exact: NDArray[np.floating], room: Indices) -> Indices:
    """Whole rows for each class, one in all at least: rounded down, then more to those behind."""
    quota: Indices = np.minimum(np.floor(exact).astype(np.intp), room)
    total = float(exact.sum())
    wanted = max(1, round(total)) if total else 0
    missing = min(wanted, int(room.sum())) - int(quota.sum())
    for _ in range(missing):
        quota[np.argmax(np.where(quota < room, exact - quota, -np.inf))] += 1
    return quota


def _rank_within(classes: Indices) -> Indices:
    """How many rows of the same class come before each row."""
    rank = np.empty_like(classes)
    for number in set(classes.tolist()):
        rows = np.flatnonzero(classes == number)
        rank[rows] = np.arange(len(rows))
    return rank
