"""The order in which each seed's network sees its training points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from .seeds import Part, empty_part


class Batches:
    """Epochs of shuffled batches, the same for every contestant of a seed.

    `orders` shuffle each seed's points once an epoch; a single one shuffles for all. Only the
    size of what is read next can change while an epoch runs, never its order. A batch as large
    as the training set leaves nothing to order, and is not shuffled.
    """

    def __init__(self, train: Part, orders: Sequence[Generator], batch_size: int) -> None:
        self._train = train
        self._orders = orders
        features, outputs = train.inputs.shape[1] - 1, train.targets.shape[1]
        dtype = str(train.inputs.dtype)
        self._epoch = empty_part(len(orders), train.size, features, outputs, dtype)
        self.batch_size = batch_size
        self._seen = 0
        self._place = 0
        self._order = ""  # how the epoch's points stand: "" not yet, "stored" or "shuffled"

    @property
    def points(self) -> int:
        """Training points of a seed."""
        return self._train.size

    @property
    def size(self) -> int:
        """Points of a full batch."""
        return min(self.batch_size or self.points, self.points)

    @property
    def steps_an_epoch(self) -> int:
        return -(-self.points // self.size)

    @property
    def epoch(self) -> float:
        """Passes over the training points, with fractions."""
        return self._seen / self.points

    @property
    def epoch_points(self) -> Part:
        """The running epoch's points, in its order."""
        return self._epoch

    def peek(self) -> Part:
        """The next batch, left where it is."""
        self._prepare()
        return self._epoch.columns(slice(self._place, self._place + self.size))

    def plan(self, limit: int) -> list[slice]:
        """The columns of the next batches: `limit` of them, or fewer where the epoch ends first."""
        self._prepare()
        size, points = self.size, self.points
        if size == points and self._place == 0:
            self._seen += limit * points
            return [slice(0, points)] * limit
        starts = range(self._place, points, size)[:limit]
        batches = [slice(start, min(start + size, points)) for start in starts]
        self._seen += batches[-1].stop - self._place
        self._place = batches[-1].stop % points
        if self._place == 0:
            self._order = ""
        return batches

    def _prepare(self) -> None:
        """At an epoch's start, put its points in order, unless they stand so already."""
        wanted = "shuffled" if self.size < self.points else "stored"
        if not self._order or (self._place == 0 and self._order != wanted):
            self._arrange(shuffled=wanted == "shuffled")
            self._order = wanted

    def _arrange(self, shuffled: bool) -> None:
        for place, order in enumerate(self._orders):
            columns = order.permutation(self.points) if shuffled else np.arange(self.points)
            source = place if len(self._train.inputs) > 1 else 0
            train, epoch = self._train, self._epoch
            # Without "clip" NumPy fills a copy of `out` first, in case an index is wrong.
            points = train.inputs[source].T, epoch.inputs[place].T
            points[0].take(columns, axis=0, out=points[1], mode="clip")
            train.targets[source].take(columns, axis=1, out=epoch.targets[place], mode="clip")
