"""Statistics over seeds, worked out once for each recorded row and never while painting."""

from __future__ import annotations

import numpy as np

from engine.track import Track

from .seen import Seen


class NewRows:
    """Tells which rows of a track are new since it was last asked."""

    def __init__(self) -> None:
        self._count = 0
        self._width = 0

    def first(self, track: Track | Seen) -> int:
        """The first row that may differ from what it was.

        The newest row, if it is only a glimpse the one before it too, and the bucket before that
        may still change; thinning changes all of them.
        """
        known, width = self._count, self._width
        self._count, self._width = len(track), track.width
        return max(0, known - 3) if width == track.width else 0


class Grown:
    """Rows kept in an array that doubles when it is full."""

    def __init__(self) -> None:
        self._kept = np.empty((0,))
        self._count = 0

    @property
    def rows(self) -> np.ndarray:
        return self._kept[: self._count]

    def put(self, first: int, rows: np.ndarray) -> None:
        """Replace everything from row `first` on by these rows."""
        self._count = first + len(rows)
        if self._count > len(self._kept) or self._kept.shape[1:] != rows.shape[1:]:
            grown = np.empty((max(64, 2 * self._count), *rows.shape[1:]), rows.dtype)
            if first:
                grown[:first] = self._kept[:first]
            self._kept = grown
        self._kept[first : self._count] = rows


class SeedSummary:
    """Median and quartiles over seeds of one curve (rows, contestants, seeds) of a track.

    A seed without a number has diverged and counts as the worst of all: a statistic that would
    rest on it is NaN. `falling`: small is good.
    """

    def __init__(self, track: Track | Seen, name: str, falling: bool = True) -> None:
        self._track, self._name, self._falling = track, name, falling
        self._new = NewRows()
        self._kept = Grown()

    def update(self) -> None:
        """Take in what the track has got since the last call."""
        first = self._new.first(self._track)
        parts = [self._track.values(self._name, part)[first:] for part in ("last", "min", "max")]
        last, low, high = (_ordered(part, self._falling) for part in parts)
        self._kept.put(
            first,
            np.stack(
                [
                    quantile(last, 0.5), quantile(low, 0.5), quantile(high, 0.5),
                    quantile(low, 0.25 if self._falling else 0.75),
                    quantile(high, 0.75 if self._falling else 0.25),
                ],
                axis=1,
            ),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self._kept.rows)

    @property
    def median(self) -> np.ndarray:
        """(rows, contestants): at each row's last step."""
        return self._kept.rows[:, 0]

    @property
    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Between what the median moved within each row."""
        return self._kept.rows[:, 1], self._kept.rows[:, 2]

    @property
    def quartiles(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest lower and the highest upper quartile within each row."""
        return self._kept.rows[:, 3], self._kept.rows[:, 4]


class LayerSummary:
    """Median over seeds of one measure (rows, contestants, seeds, layers) of a track.

    `seed` takes a single one instead. Where no seed has a number the result is NaN.
    """

    def __init__(self, track: Track | Seen, name: str, seed: int | None = None) -> None:
        self._track, self._name, self._seed = track, name, seed
        self._new = NewRows()
        self._kept = Grown()

    def update(self) -> int:
        """Take in what the track has got since the last call; return the first row that differs."""
        first = self._new.first(self._track)
        values = self._track.values(self._name)[first:]
        if self._seed is None:
            self._kept.put(first, median_of_present(values, axis=2))
        else:
            self._kept.put(first, values[:, :, self._seed].astype(np.float64))
        return first

    @property
    def values(self) -> np.ndarray:
        """(rows, contestants, layers) at each row's last step."""
        return self._kept.rows


def _ordered(values: np.ndarray, falling: bool) -> np.ndarray:
    """Sorted over seeds from the best to the worst, those without a number last."""
    return np.sort(values, axis=-1) if falling else np.negative(np.sort(-values, axis=-1))


def quantile(ordered: np.ndarray, share: float) -> np.ndarray:
    """Along the sorted last axis, between neighbours in proportion."""
    place = share * (ordered.shape[-1] - 1)
    below = int(place)
    weight = place - below
    if weight == 0:
        return np.asarray(ordered[..., below])
    return np.asarray(ordered[..., below] * (1 - weight) + ordered[..., below + 1] * weight)


def median_of_present(values: np.ndarray, axis: int) -> np.ndarray:
    """The median along an axis of what is not NaN, as float64; NaN where there is nothing else."""
    ordered = np.sort(np.moveaxis(values, axis, -1), axis=-1)
    present = np.count_nonzero(~np.isnan(ordered), axis=-1)[..., None]
    low = np.take_along_axis(ordered, np.maximum(present - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, present // 2 * (present > 0), axis=-1)
    # In float64 half of float32's smallest number is not zero yet.
    return np.asarray((low.astype(np.float64)[..., 0] + high[..., 0]) / 2)
