"""How two contestants differ against a field of the grid, as depth: does the gap vanish?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from ..outcomes import OUTCOMES, RATIO_MARGIN
from ..settings import Refusal
from ..statistics import Comparison, differences, signed_rank
from ..track import Array
from .result import RaceResult
from .sweep import GridRace

ALPHA = 0.05
DOUBLING = "doubling"

Raced = Sequence[tuple[GridRace, RaceResult]]


class Persistence(StrEnum):
    """What becomes of a difference, by its 95 % interval."""

    VANISHED = "vanished"  # it lies inside the margin of ±0.1, 26 %, even where it excludes 0
    PERSISTS = "persists"  # it excludes 0
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Gap:
    """The difference at one value of the field: log₁₀ ratios paired by seed, `gains` (S,).

    Positive where the second contestant is better. `test` is the Hodges–Lehmann estimate with its
    interval, for itself alone: many gaps are many intervals. `neither`: pairs that both diverged.
    """

    value: float
    gains: Array
    neither: int
    test: Comparison
    warnings: tuple[str, ...]

    @property
    def answer(self) -> Persistence:
        low, high = self.test.low, self.test.high
        if self.neither == self.test.n:
            return Persistence.UNDETERMINED
        if low > -RATIO_MARGIN and high < RATIO_MARGIN:
            return Persistence.VANISHED
        return Persistence.PERSISTS if low > 0 or high < 0 else Persistence.UNDETERMINED


@dataclass(frozen=True)
class Disparity:
    """Two contestants, by their places, on one outcome, along the field `path`.

    `at` are the values of the grid's other fields. `trend` is how the gap moves: by doubling of the
    field where `per` is "doubling", which is so where all its values are positive, else by 1; None
    where less than two values have results, or not of equally many seeds.
    """

    path: str
    at: Mapping[str, Any]
    first: int
    second: int
    outcome: str
    gaps: tuple[Gap, ...]
    per: str
    trend: Comparison | None

    @property
    def answer(self) -> Persistence:
        """That of the last value, the deepest network."""
        return self.gaps[-1].answer


def disparity(raced: Raced, path: str, first: int, second: int, outcome: str) -> list[Disparity]:
    """The disparities along `path`, one for each combination of the grid's other values.

    outcome: a loss, or an accuracy, of which the errors are compared. Raises Refusal where the
    values of the field are no numbers.
    """
    found: dict[str, tuple[dict[str, Any], list[Gap]]] = {}
    for race, result in raced:
        value = race.values[path]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Refusal(path, value, "must be a number for a disparity along it")
        at = {name: v for name, v in race.values.items() if name != path}
        _, gaps = found.setdefault(repr(at), (at, []))
        gaps.append(_gap(value, result, first, second, outcome))
    disparities = []
    for at, gaps in found.values():
        ordered = tuple(sorted(gaps, key=lambda gap: gap.value))
        per, trend = _trend(ordered)
        disparities.append(Disparity(path, at, first, second, outcome, ordered, per, trend))
    return disparities


def errors(result: RaceResult, outcome: str) -> Array:
    """What the logarithm is taken of, (C, S): a loss, or the share of points that are wrong.

    An error of 0 is clipped at half a count.
    """
    values = result.outcomes[outcome]
    if not OUTCOMES[outcome].share:
        return values
    part, _ = outcome.split("_")
    wrong: Array = np.maximum(1 - values, 0.5 / result.counts[part])
    return wrong


def _gap(value: float, result: RaceResult, first: int, second: int, outcome: str) -> Gap:
    with np.errstate(divide="ignore"):
        logs = np.log10(errors(result, outcome))
    gains = differences(logs[first], logs[second])
    neither = int(np.isposinf(logs[[first, second]]).all(axis=0).sum())
    return Gap(float(value), gains, neither, signed_rank(gains, ALPHA), result.warnings)


def fitted(found: Disparity, values: Array) -> list[Comparison]:
    """Where the seeds' straight lines run at `values` of the field, (n,): their test at each.

    They are the lines whose slopes the trend is of; without a trend there are none.
    """
    if found.trend is None:
        return []
    x, pull = _leverage(found.gaps)
    at = np.log2(values) if found.per == DOUBLING else values
    return [
        _tested(_weighted(found.gaps, 1 / x.size + pull * (place - x.mean())))
        for place in at.tolist()
    ]


def _trend(gaps: Sequence[Gap]) -> tuple[str, Comparison | None]:
    """Each seed's own straight line by least squares, and the test of their slopes.

    Equal seeds share data and batches at every value, so a seed's gaps are no independent points;
    its slope is one number, and the seeds are independent.
    """
    per = DOUBLING if all(gap.value > 0 for gap in gaps) else "unit"
    if len(gaps) < 2 or len({gap.gains.size for gap in gaps}) > 1:
        return per, None
    return per, _tested(_weighted(gaps, _leverage(gaps)[1]))


def _leverage(gaps: Sequence[Gap]) -> tuple[Array, Array]:
    """The places of the values along the field, (n,), and what each gap weighs in a slope, (n,)."""
    at = np.array([gap.value for gap in gaps])
    x = np.log2(at) if (at > 0).all() else at
    return x, (x - x.mean()) / np.sum((x - x.mean()) ** 2)


def _weighted(gaps: Sequence[Gap], weights: Array) -> Array:
    """The sum of each seed's gaps by their weights, (S,); NaN where it may be anything."""
    with np.errstate(invalid="ignore"):
        # A weight of exactly 0, in the middle, makes nothing of an infinite gap either.
        parts = [w * gap.gains for w, gap in zip(weights, gaps, strict=True) if w]
        total: Array = np.sum(parts, axis=0)
    return total


def _tested(values: Array) -> Comparison:
    """The signed-rank test; a value from -inf to inf may be anything, and counts against both."""
    unknown = np.isnan(values)
    low = signed_rank(np.where(unknown, -np.inf, values), ALPHA)
    high = signed_rank(np.where(unknown, np.inf, values), ALPHA)
    middle = signed_rank(np.where(unknown, 0.0, values), ALPHA)
    undecided = low.estimate < 0 < high.estimate
    return Comparison(
        n=middle.n,
        ties=int(np.count_nonzero(values == 0)),
        estimate=middle.estimate,
        low=low.low,
        high=high.high,
        p=1.0 if undecided else max(low.p, high.p),
        alpha=ALPHA,
    )


def paired_outcomes(raced: Raced) -> list[str]:
    """What the races have of errors and losses, each on test and on training data."""
    keys = [f"{part}_{kind}" for kind in ("accuracy", "loss") for part in ("test", "train")]
    return [key for key in keys if all(key in result.outcomes for _, result in raced)]


def against(raced: Raced, path: str, reference: int) -> Iterator[Disparity]:
    """Every contestant against the reference along `path`, on test and on training data."""
    for outcome in paired_outcomes(raced):
        for c in range(len(raced[0][1].contestants)):
            if c != reference:
                yield from disparity(raced, path, reference, c, outcome)
