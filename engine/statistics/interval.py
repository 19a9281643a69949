"""An estimate and what it may as well have been: medians and shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..settings import Refusal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate between its confidence limits; a limit the data cannot give is infinite."""

    estimate: float
    low: float
    high: float


def sample(name: str, values: ArrayLike) -> Floats:
    """`values` as one row of numbers, infinite ones allowed; raises Refusal for NaN and none."""
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1 or not row.size:
        raise Refusal(name, f"shape {row.shape}", "must be one row of at least one number")
    if np.isnan(row).any():
        raise Refusal(name, "NaN", "must be numbers; what never came is infinite")
    return row


def check_alpha(alpha: float) -> None:
    """Raises Refusal for what is no error rate."""
    if not 0 < alpha < 1:
        raise Refusal("alpha", alpha, "must lie between 0 and 1")


def normal_quantile(alpha: float) -> float:
    """How many standard deviations leave a share `alpha` outside, both sides together."""
    check_alpha(alpha)
    return -NormalDist().inv_cdf(alpha / 2)


def middle(ascending: Floats) -> float:
    """The median of sorted numbers; between -inf and inf nothing is known, which reads 0."""
    low = float(ascending[(ascending.size - 1) // 2])
    high = float(ascending[ascending.size // 2])
    if low == high:
        return low + 0.0
    return 0.0 if math.isinf(low) and math.isinf(high) else low / 2 + high / 2


def median(values: ArrayLike, alpha: float = 0.05) -> Interval:
    """The median between two of the values, by inverting the exact sign test.

    values: (n,), may be infinite. With k values left out at each end a true median is missed with
    probability 2 P(Bin(n, ½) < k), at most `alpha`; for n < 6 and 5 % the limits are infinite.
    Source: David & Nagaraja 2003, Order Statistics, section 7.1.
    """
    from scipy.special import bdtr

    check_alpha(alpha)
    ascending = np.sort(sample("values", values))
    size = ascending.size
    missed = 2 * bdtr(np.arange(size // 2 + 1), size, 0.5)
    outside = int(np.searchsorted(missed, alpha))
    if not outside:
        return Interval(middle(ascending), -math.inf, math.inf)
    return Interval(
        middle(ascending), float(ascending[outside - 1]), float(ascending[size - outside])
    )


def wilson(successes: float, n: int, alpha: float = 0.05) -> Interval:
    """A share and its score interval; `successes` may count halves (ties).

    Source: Wilson 1927. Never leaves [0, 1] nor collapses at its ends. Half successes vary less
    than a coin, so that with ties the interval is too wide rather than too narrow.
    """
    if n < 1 or not 0 <= successes <= n:
        raise Refusal("successes", f"{successes} of {n}", "must be 0 to n, and n at least 1")
    share = successes / n
    z = normal_quantile(alpha)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    # Rounding must not put a limit on the wrong side of the share, where none or all succeed.
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return Interval(share, min(share, low), max(share, high))
