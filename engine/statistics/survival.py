"""Times until something happens, some of which never come: Kaplan–Meier and what is read off it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..settings import Refusal
from .interval import Floats, Interval, normal_quantile, sample, wilson


@dataclass(frozen=True)
class RestrictedMean:
    """The mean of min(time, budget), with its standard error and normal interval."""

    estimate: float
    standard_error: float
    low: float
    high: float
    budget: float


@dataclass(frozen=True)
class Curve:
    """How many are still on the way, against time; a step at each time something arrived.

    `times`: (k,) distinct, ascending; `remaining`: (k,) the estimated share that takes longer than
    that time (1 before the first); `at_risk`, `arrived`: (k,) how many were on the way until then,
    and arrived then. `censored`: (c,) when those who did not arrive were last seen, ascending.
    Source: Kaplan & Meier 1958.
    """

    times: Floats
    remaining: Floats
    at_risk: NDArray[np.int64]
    arrived: NDArray[np.int64]
    censored: Floats

    @property
    def n(self) -> int:
        """How many set out."""
        return int(self.arrived.sum()) + self.censored.size

    @property
    def last(self) -> float:
        """The last time anything was seen."""
        return float(max((*self.times[-1:], *self.censored[-1:])))

    def share_reached(self, alpha: float = 0.05) -> Interval:
        """The share that arrived, with Wilson's interval."""
        return wilson(int(self.arrived.sum()), self.n, alpha)

    def limits(self, alpha: float = 0.05) -> tuple[Floats, Floats]:
        """Confidence limits of `remaining` at each time, (k,) each.

        Log-log limits (Kalbfleisch & Prentice 1980). They do not exist where none remains: there
        the exact upper limit of a share of which 0 in n were seen (Clopper & Pearson 1934).
        """
        z = normal_quantile(alpha)
        some = self.remaining > 0
        low = np.zeros_like(self.remaining)
        high = np.full_like(self.remaining, 1 - (alpha / 2) ** (1 / max(1, self.arrived.sum())))
        log = np.log(self.remaining[some])
        reach = z * np.sqrt(np.cumsum(self._greenwood())[some]) / -log
        low[some] = np.exp(log * np.exp(reach))
        high[some] = np.exp(log * np.exp(-reach))
        return low, high

    def median(self, alpha: float = 0.05) -> Interval:
        """The time by which half have arrived, infinite when fewer did.

        The interval is the set of times at which ½ lies between the `limits` of what remains
        (Brookmeyer & Crowley 1982); inf reads beyond the budget. Before the first arrival the exact
        limit holds, so that with five or fewer it starts at 0.
        """
        low, high = self.limits(alpha)
        start = 0.0 if (alpha / 2) ** (1 / self.n) <= 0.5 else self._first(low <= 0.5)
        # A share of exactly ½ may come out of the product a rounding above.
        half = self._first(self.remaining <= 0.5 + 1e-12)
        return Interval(half, start, self._first(high < 0.5))

    def restricted_mean(self, budget: float | None = None, alpha: float = 0.05) -> RestrictedMean:
        """The area under the curve up to `budget` (as far as was seen, if None).

        Source: Irwin 1949; variance Σ (area after tᵢ)² dᵢ / (nᵢ (nᵢ - dᵢ)), Klein & Moeschberger
        2003, section 4.5. Raises Refusal if `budget` lies past what was seen while some remain.
        """
        end = self.last if budget is None else budget
        if end > self.last and self.censored.size and self.censored[-1] >= self.last:
            raise Refusal("budget", budget, f"must be at most {self.last:g}, the last time seen")
        edges = np.minimum(np.concatenate([[0.0], self.times, [end]]), end)
        areas = np.diff(edges) * np.concatenate([[1.0], self.remaining])
        after = np.cumsum(areas[::-1])[::-1][1:]
        error = math.sqrt(float(np.sum(after**2 * self._greenwood())))
        mean = float(areas.sum())
        reach = normal_quantile(alpha) * error
        return RestrictedMean(mean, error, max(0.0, mean - reach), min(end, mean + reach), end)

    def _greenwood(self) -> Floats:
        """dᵢ / (nᵢ (nᵢ - dᵢ)), (k,); 0 where all arrive, after which there is nothing to weigh."""
        left = self.at_risk - self.arrived
        terms = np.zeros(left.size)
        return np.divide(self.arrived, self.at_risk * left, out=terms, where=left > 0)

    def _first(self, where: NDArray[np.bool_]) -> float:
        """The first time for which `where` holds, or inf."""
        return float(self.times[np.argmax(where)]) if where.any() else math.inf


def survival(times: ArrayLike, reached: ArrayLike) -> Curve:
    """The Kaplan–Meier curve of times (steps, microseconds) until something is reached.

    times: (n,) when it was reached, or until when the lane was watched (its budget; also for a lane
    that diverged, since it never will). reached: (n,) bool. Who is last seen when others arrive
    counts as still on the way then.
    """
    row = sample("times", times)
    arrived = np.asarray(reached, dtype=np.bool_)
    if arrived.shape != row.shape:
        raise Refusal(
            "reached", f"shape {arrived.shape}", f"must be {row.shape}, one for each time"
        )
    if row.min() < 0 or not np.isfinite(row).all():
        raise Refusal("times", float(row.min()), "must be finite and at least 0")
    moments, counts = np.unique(row[arrived], return_counts=True)
    at_risk = row.size - np.searchsorted(np.sort(row), moments)
    remaining: Floats = np.cumprod((at_risk - counts) / at_risk, dtype=np.float64)
    return Curve(
        times=moments,
        remaining=remaining,
        at_risk=at_risk,
        arrived=counts,
        censored=np.sort(row[~arrived]),
    )
