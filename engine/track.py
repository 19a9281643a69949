"""A table of recorded rows that never outgrows its memory: when full, it halves its resolution."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .archive import fitting
from .settings import Refusal

Array = np.ndarray[Any, Any]

MIN_ROWS = 32


def _earlier(earlier: Array, later: Array) -> Array:
    return earlier


def _later(earlier: Array, later: Array) -> Array:
    return later


def _earlier_present(earlier: Array, later: Array) -> Array:
    return np.where(np.isnan(earlier), later, earlier)


def _later_present(earlier: Array, later: Array) -> Array:
    return np.where(np.isnan(later), earlier, later)


# What is kept of a channel, and how each kept part of an earlier and a later row becomes one.
# fmin and fmax pass over NaN, so that a diverged lane never hides the spike that came before.
Merge = Callable[[Array, Array], Array]
_EXTREMA: dict[str, Merge] = {
    "first": _earlier, "last": _later, "min": np.fmin, "max": np.fmax,
}  # fmt: skip
MERGES: dict[str, dict[str, Merge]] = {
    "extrema": _EXTREMA,
    "sparse": _EXTREMA | {"first": _earlier_present, "last": _later_present},
    "sum": {"sum": np.add},
    "last": {"last": _later},
}
DTYPES = ("float64", "float32", "uint32", "uint64")


@dataclass(frozen=True)
class Channel:
    """One quantity of a row: its shape, its number format, and what is kept when rows merge.

    `merge` is "extrema" (first, last, smallest, largest), "sparse" (the same of a quantity that
    most rows lack, NaN there), "sum" (counts) or "last" (totals so far).
    """

    shape: tuple[int, ...] = ()
    merge: str = "extrema"
    dtype: str = "float64"

    def __post_init__(self) -> None:
        if self.merge not in MERGES:
            raise Refusal("merge", self.merge, f"must be one of {', '.join(MERGES)}")
        if self.dtype not in DTYPES:
            raise Refusal("dtype", self.dtype, f"must be one of {', '.join(DTYPES)}")
        if not all(type(size) is int and size >= 0 for size in self.shape):
            raise Refusal("shape", self.shape, "must be whole numbers")

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(MERGES[self.merge])

    @property
    def row_bytes(self) -> int:
        size = int(np.prod(self.shape, dtype=np.int64))
        return len(self.parts) * size * np.dtype(self.dtype).itemsize


class Track:
    """Rows in the order of their steps, in at most `memory` bytes.

    The first and the newest row always stand alone. Between them stand buckets of `width` recorded
    rows, the last of them perhaps still filling. A full table merges neighbouring buckets, and
    `width` doubles. While a small table grows, one array at a time exists twice.

    `memory` in bytes is the `share` of `population.memory` that this table may take. Raises Refusal
    (`population.memory`) where fewer than 32 rows would fit.
    """

    def __init__(self, channels: Mapping[str, Channel], memory: int, share: float = 1.0) -> None:
        self.channels = dict(channels)
        self.memory = memory
        row_bytes = 2 * 8 + sum(channel.row_bytes for channel in self.channels.values())
        self.capacity = memory // row_bytes
        if self.capacity < MIN_ROWS:
            least = math.ceil(MIN_ROWS * row_bytes / share / 1e6)
            raise Refusal(
                "population.memory", round(memory / share / 1e6, 3),
                f"must be at least {least:,} MB, of which {share:.0%} hold {MIN_ROWS} rows of one "
                "kind; raise it, or take fewer seeds, contestants or layers",
            )  # fmt: skip
        self.width = 1
        self._filled = 0  # recorded rows in the last bucket
        self._length = 0
        self._steps: Array = np.empty((MIN_ROWS, 2), np.int64)
        self._parts: dict[tuple[str, str], Array] = {
            (name, part): np.empty((MIN_ROWS, *channel.shape), channel.dtype)
            for name, channel in self.channels.items()
            for part in channel.parts
        }

    def __len__(self) -> int:
        return self._length

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.channels)

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return self._steps.nbytes + sum(array.nbytes for array in self._parts.values())

    @property
    def steps(self) -> Array:
        """First and last step of each row, (rows, 2); a view, valid until the next `add`."""
        return _read_only(self._steps[: self._length])

    def values(self, name: str, part: str = "last") -> Array:
        """One part of a channel, (rows, *shape); a view, valid until the next `add`.

        Counts have the single part "sum", totals so far the single part "last".
        """
        return _read_only(self._parts[name, part][: self._length])

    def add(self, step: int, values: Mapping[str, Array]) -> None:
        """Append the row of `step`, which must lie after the last, with a value a channel."""
        if self._length and step <= self._steps[self._length - 1, 1]:
            last = self._steps[self._length - 1, 1]
            raise ValueError(f"step {step} was recorded after step {last}")
        if values.keys() != self.channels.keys():
            raise ValueError(f"a row needs {sorted(self.channels)}, not {sorted(values)}")
        self._settle_newest()
        row = self._length
        self._steps[row] = step
        with np.errstate(over="ignore"):  # what float32 cannot hold is recorded as infinite
            for (name, _), array in self._parts.items():
                array[row] = values[name]
        self._length += 1

    def coarsen(self) -> None:
        """Halve the resolution before the memory asks for it: as if there were room for less."""
        newest = self._length - 1
        kept = [array[newest].copy() for array in self._arrays()]
        self._length = newest
        self._halve()
        for array, row in zip(self._arrays(), kept, strict=True):
            array[self._length] = row
        self._length += 1

    def _settle_newest(self) -> None:
        """Make room: put the newest row into the bucket before it, or let it open a bucket."""
        newest = self._length - 1
        if newest >= 2 and self._filled < self.width:
            self._merge(slice(newest - 1, newest), slice(newest, newest + 1), newest - 1)
            self._filled += 1
            self._length -= 1
        elif newest >= 1:
            self._filled = 1
        if self._length == self.capacity:
            self._halve()
        elif self._length == len(self._steps):
            self._grow()

    def _halve(self) -> None:
        """Merge the buckets in pairs; one left over stays, half filled."""
        stop = self._length
        buckets = stop - 1
        paired = 1 + buckets // 2 * 2
        self._merge(slice(1, paired, 2), slice(2, paired, 2), 1)
        self._length = 1 + buckets // 2
        if buckets % 2:
            for array in self._arrays():
                array[self._length] = array[stop - 1]
            self._length += 1
        else:
            self._filled += self.width
        self.width *= 2

    def _merge(self, earlier: slice, later: slice, row: int) -> None:
        """Write the rows merged of `earlier` and `later` from `row` on."""
        count = len(range(earlier.start, earlier.stop, earlier.step or 1))
        target = slice(row, row + count)
        self._steps[target, 0] = self._steps[earlier, 0]
        self._steps[target, 1] = self._steps[later, 1]
        for (name, part), array in self._parts.items():
            merge = MERGES[self.channels[name].merge][part]
            array[target] = merge(array[earlier], array[later])

    def _grow(self) -> None:
        rows = min(2 * len(self._steps), self.capacity)
        self._steps = _grown(self._steps, rows)
        for key, array in self._parts.items():
            self._parts[key] = _grown(array, rows)

    def _arrays(self) -> Iterator[Array]:
        yield self._steps
        yield from self._parts.values()

    def copy(self) -> Track:
        """The rows there are, apart from those to come."""
        copied, room = copy.copy(self), max(self._length, MIN_ROWS)
        copied._steps = _grown(self.steps, room)
        copied._parts = {key: _grown(self.values(*key), room) for key in self._parts}
        return copied

    def to_arrays(self) -> dict[str, Array]:
        """What `from_arrays` needs besides channels and memory; equal parts are written once."""
        arrays = {"steps": self.steps, "buckets": np.array([self.width, self._filled])}
        for name, part in self._parts:
            if self.width > 1 or part in ("last", "sum"):
                arrays[f"{name}/{part}"] = self.values(name, part)
        return arrays

    @classmethod
    def from_arrays(
        cls, channels: Mapping[str, Channel], memory: int, arrays: Mapping[str, Array]
    ) -> Track:
        """The table that `to_arrays` wrote. Raises Refusal naming an array that does not fit."""
        track = cls(channels, memory)
        steps = fitting(arrays, "steps", np.dtype(np.int64), (None, 2))
        buckets = fitting(arrays, "buckets", np.dtype(np.int64), (2,))
        rows = len(steps)
        if rows > track.capacity:
            raise Refusal("steps", rows, f"must be {track.capacity} rows at most in this memory")
        if np.any(steps[:, 0] > steps[:, 1]) or np.any(steps[1:, 0] <= steps[:-1, 1]):
            raise Refusal("steps", "out of order", "must rise from row to row")
        track.width, track._filled = int(buckets[0]), int(buckets[1])
        if not (0 <= track._filled <= track.width and track.width.bit_count() == 1):
            raise Refusal("buckets", buckets.tolist(), "must be a power of two and no more than it")
        track._length = rows
        track._steps = _grown(steps, max(rows, MIN_ROWS))
        for name, part in track._parts:
            channel = track.channels[name]
            kept = part if track.width > 1 or part == "sum" else "last"
            array = fitting(
                arrays, f"{name}/{kept}", np.dtype(channel.dtype), (rows, *channel.shape)
            )
            track._parts[name, part] = _grown(array, max(rows, MIN_ROWS))
        return track


def _read_only(view: Array) -> Array:
    view.flags.writeable = False
    return view


def _grown(array: Array, rows: int) -> Array:
    """A copy with room for `rows` rows."""
    grown = np.empty((rows, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown
