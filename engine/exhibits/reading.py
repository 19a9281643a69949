"""A reading: one number a lane, taken inside the networks, that an exhibit is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..measures import MEASURES
from ..recording import Recording
from ..settings import Refusal, check, labels_of, setting
from ..track import Array

_WHEN = {"start": "at the start", "end": "at the end", "between": "over the race"}


@dataclass(frozen=True)
class Reading:
    """A measure of one layer at the start or over a race. Raises Refusal for what there is not.

    layer: counted from 1; negative ones from the last hidden layer, -1, backwards. at: the first
    record, the newest, or the median of all records after the first.
    """

    measure: str = setting(
        "dead_share", label="Measure", help="What is read.", choices=labels_of(MEASURES)
    )
    layer: int = setting(1, label="Layer", help="Of which layer.", low=-100, high=101)
    at: str = setting(
        "end", label="When", help="At which record.",
        choices=lambda: _WHEN,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if not self.layer:
            raise Refusal("layer", self.layer, "must count from 1, or from -1 backwards")

    @property
    def label(self) -> str:
        """In words, as "mean cosine of layer 30 at the start"."""
        where = f"layer {self.layer}" if self.layer > 0 else f"hidden layer {self.layer}"
        return f"{MEASURES[self.measure].label} of {where}, {_WHEN[self.at]}"

    def values(self, recording: Recording) -> Array:
        """The number of each lane, (C, S), NaN where it was not read.

        Raises Refusal where the race's networks have no such layer.
        """
        hidden = len(recording.experiment.network.hidden)
        if not -hidden <= self.layer <= hidden + 1:
            allowed = f"must be one of {hidden} hidden layers, or {hidden + 1}, the output"
            raise Refusal("layer", self.layer, allowed)
        place = self.layer - 1 if self.layer > 0 else hidden + self.layer
        rows = np.asarray(recording.layers.values(self.measure)[..., place], np.float64)
        if self.at == "start":
            return _first(rows)
        return _first(rows[::-1]) if self.at == "end" else _median(rows[1:])


def _first(rows: Array) -> Array:
    """Of (rows, C, S), the first one in which anything was read."""
    known = ~np.isnan(rows).all(axis=(1, 2))
    return np.asarray(rows[int(np.argmax(known))])


def _median(rows: Array) -> Array:
    """Over the rows, without what was not read."""
    unread = np.isnan(rows).all(axis=0)
    found = np.full(rows.shape[1:], np.nan)
    found[~unread] = np.nanmedian(rows[:, ~unread], axis=0)
    return found
