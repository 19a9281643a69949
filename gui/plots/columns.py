"""Many rows brought down to the columns of a plot, so that painting costs no more than they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COLUMNS = 500


@dataclass(frozen=True)
class Columns:
    """Rows gathered into columns of equal width: `starts` (columns,) and the end of the last one.

    Where few rows are seen, each has a column of its own.
    """

    starts: np.ndarray
    end: int

    @classmethod
    def of(cls, x: np.ndarray, low: float, high: float, count: int = COLUMNS) -> Columns:
        """Gather rows at rising `x` between `low` and `high`, and one more at either side."""
        first = max(0, int(np.searchsorted(x, low)) - 1)
        end = min(len(x), int(np.searchsorted(x, high, "right")) + 1)
        if end - first <= count:
            return cls(np.arange(first, end), end)
        bounds = np.searchsorted(x[first:end], np.linspace(low, high, count + 1)[1:-1]) + first
        return cls(np.unique(np.concatenate([[first], bounds[bounds < end]])), end)

    def __len__(self) -> int:
        return len(self.starts)

    def first(self, values: np.ndarray) -> np.ndarray:
        """(rows, …) → (columns, …): each column's oldest row."""
        return np.asarray(values[self.starts])

    def last(self, values: np.ndarray) -> np.ndarray:
        """(rows, …) → (columns, …): each column's newest row."""
        return values[np.append(self.starts[1:], self.end) - 1] if len(self) else values[:0]

    def lowest(self, values: np.ndarray) -> np.ndarray:
        return self._reduced(np.fmin, values)

    def highest(self, values: np.ndarray) -> np.ndarray:
        return self._reduced(np.fmax, values)

    def _reduced(self, ufunc: np.ufunc, values: np.ndarray) -> np.ndarray:
        return ufunc.reduceat(values[: self.end], self.starts, axis=0) if len(self) else values[:0]


def zigzag(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(columns, …) twice → (2 columns, …): up and down through the extremes of each column."""
    return np.stack([low, high], axis=1).reshape(-1, *low.shape[1:])


def smooth(values: np.ndarray, width: float) -> np.ndarray:
    """A Gaussian mean of standard deviation `width` columns along axis 0; NaN stays NaN.

    Near an end the mean is over what there is, so that it neither lags nor droops.
    """
    reach = max(1, int(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    present = np.isfinite(values)
    filled = np.where(present, values, 0.0)
    result = np.full(values.shape, np.nan)
    middle = slice(reach, reach + len(values))
    for place in np.ndindex(values.shape[1:]):
        lane = (slice(None), *place)
        weight = np.convolve(present[lane], kernel)[middle]
        total = np.convolve(filled[lane], kernel)[middle]
        result[lane] = np.where(present[lane], total / np.maximum(weight, 1e-300), np.nan)
    return result


def nearest(rising: np.ndarray, value: float) -> int:
    """The place of the number nearest to `value` in a rising array."""
    after = int(np.clip(np.searchsorted(rising, value), 1, max(1, len(rising) - 1)))
    before = after - 1
    if after >= len(rising) or value - rising[before] <= rising[after] - value:
        return before
    return after
