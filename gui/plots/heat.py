"""A layer measure over the race as an image: columns of steps, codes for colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.measures import Measure
from engine.track import Track

from .seeds import LayerSummary, median_of_present
from .seen import Seen

# Codes of an image: not measured, exactly zero, then the scale from its lowest to its highest.
NAN_CODE, ZERO_CODE, FIRST_CODE, LAST_CODE = 0, 1, 2, 255
_LEAST_DECADES = 2.0
_TAIL = 0.005  # share of cells at either end that may lie beyond the scale


class HeatColumns:
    """One measure, brought to `limit` columns at most, each `pitch` steps wide.

    A column holds, for each contestant and layer, the median over seeds and recorded rows. The
    last one ends at `end`, the race's last step, and takes in what was read there; 0: no limit.
    """

    def __init__(
        self,
        track: Track | Seen,
        name: str,
        every: int,
        limit: int,
        seed: int | None = None,
        end: int = 0,
    ) -> None:
        self._track, self._every, self._limit, self._end = track, every, limit, end
        self._summary = LayerSummary(track, name, seed)
        self._places = np.empty(0, np.int64)
        self.pitch = 0
        self.values = np.empty((0, 0, 0))

    def update(self) -> None:
        """Take in what the track has got since the last call."""
        first = self._summary.update()
        steps = self._track.steps
        pitch = self._pitch_for(int(steps[-1, 0]))
        if pitch != self.pitch:
            self.pitch, first = pitch, 0
        self._places = steps[:, 0] // pitch
        if self._end:
            self._places = np.minimum(self._places, (self._end - 1) // pitch)
        first_column = int(self._places[first])
        rows = slice(int(np.searchsorted(self._places, first_column)), None)
        new = _medians(self._summary.values[rows], self._places[rows] - first_column)
        kept = self.values[..., :first_column] if first_column else np.empty((*new.shape[:2], 0))
        self.values = np.concatenate([kept, new], axis=2)

    def _pitch_for(self, last: int) -> int:
        """Recorded rows come every so many steps, or buckets of them; columns are never finer."""
        pitch = self._every * self._track.width
        while last // pitch >= self._limit:
            pitch *= 2
        return pitch

    @property
    def count(self) -> int:
        return self.values.shape[2]

    def steps_of(self, column: int) -> tuple[int, int]:
        """First and last recorded step of a column; an empty one has those of its neighbours."""
        rows = np.searchsorted(self._places, [column, column + 1])
        first, last = int(rows[0]), max(int(rows[0]), int(rows[1]) - 1)
        return int(self._track.steps[first, 0]), int(self._track.steps[last, 1])


def _medians(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(rows, contestants, layers) → (contestants, layers, columns): rows of equal place as one."""
    columns, starts, counts = np.unique(places, return_index=True, return_counts=True)
    result = np.full((int(columns[-1]) + 1, *values.shape[1:]), np.nan)
    for count in np.unique(counts):
        alike = counts == count
        rows = starts[alike][:, None] + np.arange(count)
        result[columns[alike]] = median_of_present(values[rows], axis=1)
    return np.moveaxis(result, 0, 2)


@dataclass(frozen=True)
class HeatScale:
    """What the colours mean: `low` and `high` are log₁₀ where `log`."""

    low: float
    high: float
    log: bool

    @classmethod
    def over(cls, values: np.ndarray, measure: Measure, old: HeatScale | None) -> HeatScale:
        """A scale for these values; one for magnitudes spans whole decades and seldom moves."""
        if not measure.log:
            return cls(measure.low, measure.high, log=False)
        sizes = values[np.isfinite(values) & (values > 0)]
        if not sizes.size:
            return old or cls(np.log10(measure.low), np.log10(measure.high), log=True)
        tails = np.log10(np.quantile(sizes, [_TAIL, 1 - _TAIL]))
        low, high = float(np.floor(tails[0])), float(np.ceil(tails[1]))
        low = min(low, high - _LEAST_DECADES)
        if old is not None and old.log:
            low = old.low if old.low <= low <= old.low + 1 else low
            high = old.high if old.high - 1 <= high <= old.high else high
        return cls(low, high, log=True)

    def codes(self, values: np.ndarray) -> np.ndarray:
        """The colour of each value, uint8."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = (np.log10(values) if self.log else values) - self.low
            share = np.clip(scaled / (self.high - self.low), 0, 1)
        share[np.isnan(share)] = 0
        codes = (FIRST_CODE + np.rint(share * (LAST_CODE - FIRST_CODE))).astype(np.uint8)
        if self.log:
            codes[values == 0] = ZERO_CODE
        codes[np.isnan(values)] = NAN_CODE
        return codes
