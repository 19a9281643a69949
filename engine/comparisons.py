"""Each contestant against the reference, seed by seed: better, worse, or what else can be said.

One outcome answers each question, quality and speed, and is declared with the experiment. These
primary comparisons are one family: together they are wrong no more often than the look's share of
`ALPHA` allows (Holm). All other outcomes are compared too, each at `ALPHA` by itself, and are
exploratory; so is everything after the last planned look, and whatever pairs of contestants without
the reference are looked at besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .cost import Cost
from .outcomes import SPEEDS, Outcome, final_scores, outcomes, scores, steps_to_criterion
from .prospect import ALPHA, family_size, look_alpha
from .recording import Recording
from .statistics import (
    Comparison,
    Interval,
    holm,
    signed_rank,
    smallest_difference,
    smallest_p,
    spread,
    superiority,
)
from .track import Array

# The log₁₀ ratio of two costs that are equal, or of no account.
NO_DEARER = Interval(0.0, 0.0, 0.0)


class Answer(StrEnum):
    """What a comparison says of the contestant, measured against the reference."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"  # the whole interval lies inside the outcome's margin
    IDENTICAL = "identical"  # equal in every pair
    NEITHER = "neither arrived"  # in every pair both never converged, or both diverged
    NO_EVIDENCE = "no evidence"  # of a difference; `smallest` says what could have been shown
    TOO_FEW = "too few seeds"  # not even the clearest result could be told from chance


@dataclass(frozen=True)
class Gains:
    """By how much a contestant is better than its reference on one outcome, (S,) by seed.

    `neither`, (S,), marks the pairs of which no lane arrived. `dearer` is the log₁₀ of how much
    dearer a step of the reference is, where the outcome is time; it is known only as an interval.
    """

    contestant: int
    reference: int
    outcome: Outcome
    steps: Array
    neither: Array
    dearer: Interval = NO_DEARER

    @property
    def values(self) -> Array:
        return self._at(self.dearer.estimate)

    def tested(self, alpha: float) -> Comparison:
        """The exact signed-rank test at `alpha`, true for every cost of a step that may be.

        The interval is the union of those at each such cost, p the largest. The gains only shift
        with the cost, so both ends of its interval tell.
        """
        middle = signed_rank(self.values, alpha)
        if self.dearer.low == self.dearer.high:
            return middle
        low = signed_rank(self._at(self.dearer.low), alpha)
        high = signed_rank(self._at(self.dearer.high), alpha)
        undecided = low.estimate < 0 < high.estimate
        return Comparison(
            n=middle.n,
            ties=middle.ties,
            estimate=middle.estimate,
            low=low.low,
            high=high.high,
            p=1.0 if undecided else max(low.p, high.p),
            alpha=alpha,
        )

    def _at(self, dearer: float) -> Array:
        return np.where(self.neither, 0.0, self.steps + dearer)


@dataclass(frozen=True)
class Compared:
    """A contestant compared with the reference, both by their place, on one outcome.

    Differences are gains: positive where the contestant is better, log₁₀ ratios except for shares.
    `test` is the Hodges–Lehmann estimate with interval and p, at the threshold really used,
    `test.alpha`, after looks and Holm: p < alpha if and only if the interval excludes 0. An
    infinite limit is beyond the budget, or unknown where seeds are too few.
    `adjusted_p` is Holm's in a family, else p. `superiority`: how probably the contestant
    is better, ties counting half. `neither`: pairs of which no lane arrived. `smallest`: the
    smallest gain that these seeds show in four of five races, at the threshold and by the test
    really used, and the `spread` really found; infinite where that is unknown.
    """

    contestant: int
    reference: int
    outcome: Outcome
    primary: bool
    look: int
    planned_looks: int
    test: Comparison
    adjusted_p: float
    superiority: Interval
    wins: int
    losses: int
    neither: int
    spread: float
    smallest: float

    @property
    def answer(self) -> Answer:
        test, margin = self.test, self.outcome.margin
        if self.neither == test.n:
            return Answer.NEITHER
        if test.identical:
            return Answer.IDENTICAL
        if self.too_few:
            return Answer.TOO_FEW
        if -margin < test.low and test.high < margin:
            return Answer.EQUIVALENT
        if test.low > 0 or test.high < 0:
            return Answer.BETTER if test.low > 0 else Answer.WORSE
        return Answer.NO_EVIDENCE

    @property
    def too_few(self) -> bool:
        """Whether no result of so many pairs could have passed the threshold."""
        return smallest_p(self.test.n) >= self.test.alpha

    @property
    def exploratory(self) -> bool:
        """Whether its error rate is its own, and not kept for the whole verdict."""
        return not self.primary or self.look > self.planned_looks

    @property
    def standing(self) -> str:
        """How much weight it may carry: primary or exploratory, and past the plan which look."""
        if self.look > self.planned_looks:
            return f"exploratory, look {self.look}"
        return "primary" if self.primary else "exploratory"

    def reads(self, gain: float) -> str:
        """The estimate or a limit in words: "×1.58", "+0.012", "its own beyond the budget"."""
        unknown = self.too_few and not np.isfinite(gain)
        return "unknown" if unknown else self.outcome.reads(gain)


def comparisons(recording: Recording, costs: Sequence[Cost] = ()) -> list[Compared]:
    """Every contestant but the reference, on every outcome: first those of the primary family.

    `costs` are the contestants' costs of a step; without them nothing is compared by time.
    """
    experiment = recording.experiment
    primary, reference = primary_outcomes(recording), experiment.reference
    others = [c for c in range(len(experiment.contestants)) if c != reference]
    found = list(_gains(recording, [(c, reference) for c in others], costs))
    # By question, quality first.
    family = [gains for question in primary for gains in found if gains.outcome == question]
    rest = [gains for gains in found if gains.outcome not in primary]
    return [
        *_family(recording, family, family_size(experiment), primary=True),
        *(_compared(recording, gains, gains.tested(ALPHA)) for gains in rest),
    ]


def side_comparisons(
    recording: Recording, pairs: Sequence[tuple[int, int]], costs: Sequence[Cost] = ()
) -> list[Compared]:
    """Pairs of contestant and its own reference, by place, on the primary outcomes.

    They were not declared, and so are exploratory; but they are a family of their own, wrong
    together no more often than the primary one.
    """
    primary = primary_outcomes(recording)
    found = [gains for gains in _gains(recording, pairs, costs) if gains.outcome in primary]
    return _family(recording, found, len(primary) * len(pairs), primary=False)


def _family(
    recording: Recording, family: Sequence[Gains], size: int, primary: bool
) -> list[Compared]:
    """The comparisons of a family, held to the look's alpha together."""
    # What was declared but cannot be tested counts in the family all the same.
    p_values = np.ones(size)
    p_values[: len(family)] = [gains.tested(ALPHA).p for gains in family]
    thresholds = holm_thresholds(p_values, look_alpha(recording.experiment, recording.looks))
    adjusted = holm(p_values) if size else p_values
    return [
        _compared(recording, gains, gains.tested(threshold), float(p), primary)
        for gains, threshold, p in zip(family, thresholds, adjusted, strict=False)
    ]


def primary_outcomes(recording: Recording) -> tuple[Outcome, Outcome]:
    """The declared outcomes of quality and of speed."""
    experiment, population = recording.experiment, recording.experiment.population
    quality = population.quality_for(recording.facts.kind)
    return outcomes(experiment)[quality], SPEEDS[population.speed]


def holm_thresholds(p_values: Array, alpha: float) -> list[float]:
    """The threshold that Holm's method really holds each of a family's p-values against.

    alpha / m for the smallest, alpha / (m - 1) for the next, … as long as they pass; what comes
    after the first that fails is held against that one's. So p under its threshold, `holm`'s p
    under alpha, and an interval at the threshold that excludes 0 all say the same.
    """
    thresholds, left, failed = np.empty(p_values.size), p_values.size, False
    for place in np.argsort(p_values, kind="stable"):
        thresholds[place] = alpha / left
        failed = failed or not p_values[place] < alpha / left
        left -= not failed
    return [float(threshold) for threshold in thresholds]


def _gains(
    recording: Recording, pairs: Sequence[tuple[int, int]], costs: Sequence[Cost]
) -> Iterator[Gains]:
    """Every outcome that the race has, of each pair of contestant and reference."""
    for outcome in scores(recording):
        values = final_scores(recording, outcome)
        for pair in pairs:
            yield _paired(outcome, pair, values)
    # A lane that starts converged counts one step: of none there is no ratio.
    steps = np.maximum(steps_to_criterion(recording), 1)
    for pair in pairs:
        yield _paired(SPEEDS["steps"], pair, steps)
    for own, reference in pairs if costs else ():
        dearer = costs[own].log_ratio(costs[reference])
        yield _paired(SPEEDS["seconds"], (own, reference), steps, dearer)


def _paired(
    outcome: Outcome, pair: tuple[int, int], values: Array, dearer: Interval = NO_DEARER
) -> Gains:
    """Of values (C, S)."""
    own, reference = (values[place] for place in pair)
    neither = np.isinf(own) & np.isinf(reference)
    return Gains(*pair, outcome, outcome.gains(own, reference), neither, dearer)


def _compared(
    recording: Recording,
    gains: Gains,
    test: Comparison,
    adjusted_p: float | None = None,
    primary: bool = False,
) -> Compared:
    """`adjusted_p` is None outside of any family."""
    values = gains.values
    found = spread(values)
    return Compared(
        contestant=gains.contestant,
        reference=gains.reference,
        outcome=gains.outcome,
        primary=primary,
        look=recording.looks,
        planned_looks=recording.experiment.population.looks,
        test=test,
        adjusted_p=test.p if adjusted_p is None else adjusted_p,
        superiority=superiority(values),
        wins=int((values > 0).sum()),
        losses=int((values < 0).sum()),
        neither=int(gains.neither.sum()),
        spread=found,
        smallest=smallest_difference(test.n, found, test.alpha),
    )
