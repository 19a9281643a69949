"""What an axis shows: round limits that change rarely and do not follow a single spike."""

from __future__ import annotations

import numpy as np

from .chart import Range

_RUNGS = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10)
_DECADES_ABOVE = 2.0  # what rises further above the start leaves the picture
_TIMES_ABOVE = 3.0  # the same on a linear axis


def rung_over(value: float) -> float:
    """The next round number: an axis that ends there need not move with every row."""
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    rung = next((r for r in _RUNGS if r * power >= value * (1 - 1e-9)), 10)
    return float(f"{rung * power:.2g}")


def log_range(seen: np.ndarray, start: np.ndarray) -> Range:
    """A range of log₁₀ values over those `seen`; `start` is what they began with."""
    seen, start = seen[np.isfinite(seen)], start[np.isfinite(start)]
    if not seen.size:
        return -1.0, 0.0
    high = float(seen.max(initial=start.max(initial=-np.inf)))
    if start.size:
        high = min(high, float(start.max()) + _DECADES_ABOVE)
    low = min(float(seen.min()), high - 0.25)
    return float(np.floor(4 * low - 0.2) / 4), float(np.ceil(4 * high + 0.2) / 4)


def linear_range(seen: np.ndarray, start: np.ndarray) -> Range:
    """A range from 0 over the values `seen`; `start` is what they began with."""
    seen, start = seen[np.isfinite(seen)], start[np.isfinite(start)]
    high = float(seen.max(initial=0.0))
    if start.size and start.min() > 0:
        high = min(high, _TIMES_ABOVE * float(start.min()))
    return 0.0, rung_over(high * 1.05)


def share_range(seen: np.ndarray) -> Range:
    """A range of shares that ends a little over 1."""
    seen = seen[np.isfinite(seen)]
    low = float(np.floor(10 * seen.min(initial=1.0) - 0.2) / 10)
    return max(0.0, min(low, 0.9)), 1.02
