"""Two contestants compared seed by seed: which is better, by how much, how surely.

One rule gives p and interval, so that they cannot contradict each other. Of n differences take the
n(n + 1)/2 Walsh averages (dᵢ + dⱼ)/2, i ≤ j. A shift θ is rejected when so few of them lie at or
under θ, or at or over it, that the exact signed-rank distribution calls it rarer than alpha. The
interval is every θ not rejected, p is that of θ = 0, and the estimate is the averages' median
(Hodges & Lehmann 1963; Hollander, Wolfe & Chicken 2014, chapter 3).

An average that equals θ counts against both claims. So ties and zeros need no rule of their own,
and the level holds for tied data too, being that of the worst way of breaking the ties (Noether
1967, Wilcoxon confidence intervals for location parameters in the discrete case). Midranks, with
zeros dropped, would be a little bolder, but their p is not monotone in θ: then p may reject a 0
that the interval contains.

An infinite difference is a pair of which one never arrived: worse than any finite one. The average
of inf and -inf may be anything, and counts against both claims as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ..settings import Refusal
from .interval import Floats, Interval, check_alpha, middle, sample, wilson


@dataclass(frozen=True)
class Comparison:
    """The shift between two contestants over `n` pairs, of which `ties` are exactly equal.

    `low` to `high` is the interval at 1 - alpha, both ends in it; `p` < alpha if and only if it
    excludes 0. An infinite limit reads: beyond the budget, or too few pairs to say.
    """

    n: int
    ties: int
    estimate: float
    low: float
    high: float
    p: float
    alpha: float

    @property
    def identical(self) -> bool:
        """Every pair is exactly equal: there is nothing to test."""
        return self.ties == self.n


def differences(first: ArrayLike, second: ArrayLike) -> Floats:
    """first - second by pairs, (n,) each; what neither reached (both infinite) is a tie, 0."""
    one, other = sample("first", first), sample("second", second)
    if one.size != other.size:
        raise Refusal("second", f"{other.size} values", f"must be {one.size}, in pairs with first")
    return np.subtract(one, other, out=np.zeros(one.size), where=one != other)


def signed_rank(values: ArrayLike, alpha: float = 0.05) -> Comparison:
    """The two-sided exact signed-rank test of paired differences, with its interval.

    values: (n,), infinite ones allowed. As the module explains; for differences without zeros and
    ties p is Wilcoxon's (1945) exact one. Exact for every n; work and memory grow as n².
    """
    row = sample("differences", values)
    twice_low, twice_high = _walsh_sums(row)
    cumulative = _null_cumulative(row.size)
    fewest = min(np.count_nonzero(twice_low <= 0), np.count_nonzero(twice_high >= 0))
    outside = critical_count(row.size, alpha)
    unknown = np.count_nonzero(np.isneginf(twice_low)) - np.count_nonzero(np.isneginf(twice_high))
    return Comparison(
        n=row.size,
        ties=int(np.count_nonzero(row == 0)),
        estimate=middle(twice_low[unknown:]) / 2 + 0.0,
        low=float(twice_low[outside]) / 2 + 0.0 if outside >= 0 else -math.inf,
        high=float(twice_high[-1 - outside]) / 2 + 0.0 if outside >= 0 else math.inf,
        p=min(1.0, 2 * float(cumulative[fewest])),
        alpha=alpha,
    )


def superiority(values: ArrayLike, alpha: float = 0.05) -> Interval:
    """How probably a difference is positive: the share of pairs, a tie counting half.

    values: (n,) differences. An effect size (Grissom & Kim 2012), with Wilson's interval.
    """
    row = sample("differences", values)
    return wilson(np.count_nonzero(row > 0) + np.count_nonzero(row == 0) / 2, row.size, alpha)


def smallest_p(n: int) -> float:
    """The least p that n pairs can give, all of one sign: 2 · 2⁻ⁿ."""
    return min(1.0, 2.0 ** (1 - n))


def critical_count(n: int, alpha: float) -> int:
    """The most Walsh averages on the far side of a rejected shift; -1 if n is too small for any."""
    check_alpha(alpha)
    return int(np.searchsorted(2 * _null_cumulative(n), alpha)) - 1


def _walsh_sums(row: Floats) -> tuple[Floats, Floats]:
    """dᵢ + dⱼ, i ≤ j, sorted twice: what may be anything as -inf in the first, inf in the second.

    Sums, not averages: their sign is exact.
    """
    ascending = np.sort(row)
    i, j = np.triu_indices(row.size)
    with np.errstate(invalid="ignore"):
        sums = ascending[i] + ascending[j]
    unknown = np.isnan(sums)
    sums[unknown] = -np.inf
    low = np.sort(sums)
    sums[unknown] = np.inf
    return low, np.sort(sums)


@lru_cache(maxsize=64)
def _null_cumulative(n: int) -> Floats:
    """P(W ≤ w), w = 0 … n(n + 1)/2, for W the sum of those of the ranks 1 … n that a coin picks."""
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for rank in range(1, n + 1):
        top = rank * (rank + 1) // 2 + 1
        chance[rank:top] += chance[: top - rank].copy()
        chance[:top] /= 2
    cumulative = np.minimum(np.cumsum(chance), 1.0)
    cumulative.flags.writeable = False
    return cumulative
