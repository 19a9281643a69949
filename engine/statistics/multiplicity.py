"""Many questions, and looking more than once: how the error rate is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..settings import Refusal
from .interval import Floats, check_alpha, sample

MOST_LOOKS = 4


def holm(p_values: ArrayLike) -> Floats:
    """The p-values of a family, adjusted so that none is called wrongly more often than alpha.

    p_values: (m,), in any order, which is kept. Step-down: the smallest times m, the next times
    m - 1, …, never under the one before (Holm 1979). Holds under any dependence.
    """
    p = sample("p_values", p_values)
    if p.min() < 0 or p.max() > 1:
        raise Refusal("p_values", f"{p.min():g} to {p.max():g}", "must lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def levels(looks: int, alpha: float = 0.05) -> tuple[float, ...]:
    """The alpha to test at on each of `looks` declared looks, 1 to 4; they add up to `alpha`.

    Half on the first look, since most races are looked at once; half of the rest on each further
    one, and all that is left on the last. By Bonferroni's inequality the whole keeps alpha however
    many seeds each look adds and with Holm within each look; dearer than Pocock's (1977) or Lan &
    DeMets's (1983) boundaries, which need the looks' sizes beforehand or their joint distribution.
    """
    check_alpha(alpha)
    if not 1 <= looks <= MOST_LOOKS:
        raise Refusal("looks", looks, f"must be 1 to {MOST_LOOKS}")
    halved = [alpha / 2**look for look in range(1, looks)]
    return (*halved, alpha / 2 ** (looks - 1))
