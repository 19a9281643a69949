"""What a number of seeds can show: the smallest difference."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ..settings import Refusal
from .interval import sample
from .pairs import critical_count

# Walsh averages drawn for one answer: a tenth of a second at most, and half a per cent of error.
_DRAWS = 2_000_000


def spread(values: ArrayLike) -> float:
    """The standard deviation of paired differences, (n,); infinite where it is unknown.

    So it is of one difference, and as soon as one is infinite: what lies beyond the budget is not
    normal, and a spread of the quartiles promises far more than is found (docs/verdict.md).
    """
    row = np.sort(sample("differences", values))  # sums must not depend on the order of the seeds
    if row.size < 2 or not np.isfinite(row).all():
        return math.inf
    return float(np.std(row, ddof=1))


def smallest_difference(n: int, spread: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The shift that `n` pairs find with probability `power`; infinite if they can find none.

    spread: standard deviation of the paired differences, taken to be normal. alpha: the threshold
    really used, after Holm and looks. Of the exact signed-rank test, as `signed_rank` does it; a
    rejection in the wrong direction is no find.
    """
    if not spread >= 0:
        raise Refusal("spread", spread, "must be at least 0")
    if not alpha < power < 1:
        raise Refusal("power", power, "must lie between alpha and 1")
    shift = _standard_shift(n, alpha, power)
    return math.inf if math.isinf(shift) else shift * spread


@lru_cache(maxsize=1024)
def _standard_shift(n: int, alpha: float, power: float) -> float:
    """`smallest_difference` at spread 1.

    The test finds a shift δ when its lower limit exceeds 0. Of n normal draws the mean and the
    deviations from it are independent, and the limit is mean + limit of the deviations, ℓ. So the
    power is the average of Φ(√n (δ + ℓ)) over drawn deviations: smooth, and hardly noisy.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    outside = critical_count(n, alpha)
    if outside < 0:
        return math.inf
    i, j = np.triu_indices(n)
    draws = np.random.default_rng(n).standard_normal((_draw_count(i.size), n))
    draws -= draws.mean(axis=1, keepdims=True)
    walsh = (draws[:, i] + draws[:, j]) / 2
    walsh.partition((outside, i.size - 1 - outside), axis=1)
    # Mirrored draws are as likely: their lower limit is minus the upper one.
    limits = np.concatenate([walsh[:, outside], -walsh[:, -1 - outside]])

    def shortfall(shift: float) -> float:
        return float(np.mean(ndtr(math.sqrt(n) * (shift + limits)))) - power

    furthest = float(-limits.min()) + 10 / math.sqrt(n)
    return float(brentq(shortfall, -furthest, furthest))


def _draw_count(averages: int) -> int:
    return max(64, min(4000, _DRAWS // averages))
