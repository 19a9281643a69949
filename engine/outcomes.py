"""What each lane of a race came to: its scores at the end, and when it met the criterion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .experiment import Experiment
from .recording import Recording
from .statistics import differences
from .stopping import STOPPED
from .track import Array

# Ten to a larger power is no float any more.
LARGEST_EXPONENT = 308


@dataclass(frozen=True)
class Outcome:
    """One number a lane, and how those of two contestants compare.

    A share (an accuracy) is better the larger it is, and compared by difference; all else is better
    the smaller it is, and compared by the log₁₀ of the ratio. Two contestants are equivalent where
    they differ by less than `margin` either way. `beyond` is how a difference reads that is
    infinite, or a ratio past all floats, after whose it is: the first of `sides` for an infinite
    loss, the second for an infinite gain. `ways` are what a ratio is for a loss and for a gain.
    """

    key: str
    label: str
    share: bool
    margin: float
    beyond: str
    sides: tuple[str, str]
    ways: tuple[str, str]

    @property
    def worst(self) -> float:
        """What a lane scores that diverged, or never arrived."""
        return -np.inf if self.share else np.inf

    def gains(self, own: Array, reference: Array) -> Array:
        """By how much each lane is better than its pair, (S,) of (S,) each; 0 where both are worst.

        A loss of exactly 0 is infinitely better than any other.
        """
        if self.share:
            return differences(own, reference)
        with np.errstate(divide="ignore"):
            return differences(np.log10(reference), np.log10(own))

    def reads(self, difference: float) -> str:
        """A difference in words: "×1.58" for a ratio, "+0.012" for a share."""
        if not abs(difference) <= LARGEST_EXPONENT:
            return f"{self.sides[int(difference > 0)]} {self.beyond}"
        if self.share:
            return f"{difference:+.3g}".replace("-", "−")
        return f"×{_factor(difference)}"

    def tells(self, difference: float, low: float, high: float) -> str:
        """A difference and its interval in words that say which way it goes.

        "1.58 times fewer [1.2, 2.1]" for a gain and "1.58 times more" for a loss, where a limit
        under 1 is the other way; "+0.012 [−0.01, +0.03]" for a share.
        """
        if self.share:
            return f"{self.reads(difference)} {between(low, high, self.reads)}"
        way = self.ways[int(difference >= 0)]
        if difference < 0:
            difference, low, high = -difference, -high, -low
        if difference == low == high == 0:
            return "exactly the same"
        if difference == 0:
            return f"the same {between(low, high, _factor, f' times {way}')}"
        return f"{_factor(difference)} times {way} {between(low, high, _factor)}"


def between(low: float, high: float, reads: Callable[[float], str], unit: str = "") -> str:
    """An interval in brackets; a limit that is infinite bounds nothing, and is left out."""
    bounds = [abs(limit) <= LARGEST_EXPONENT for limit in (low, high)]
    if all(bounds):
        return f"[{reads(low)}, {reads(high)}{unit}]"
    if any(bounds):
        said = f"at least {reads(low)}" if bounds[0] else f"at most {reads(high)}"
        return f"[{said}{unit}]"
    return "[no limits]"


def _factor(difference: float) -> str:
    """The ratio of a log₁₀, in three figures."""
    ratio = 10**difference
    return f"{float(f'{ratio:.3g}'):,.0f}" if ratio >= 1000 else f"{ratio:.3g}"


# A tenth in log₁₀ is 26 %. At an error of some 5 % it is one point of accuracy, the other margin.
RATIO_MARGIN = 0.1
SHARE_MARGIN = 0.01


def _scores_read(where: str) -> dict[str, Outcome]:
    """Every loss and accuracy, by its key."""
    return {
        outcome.key: outcome
        for kind in ("loss", "accuracy")
        for part in ("test", "validation", "train")
        for outcome in [_score(part, kind, where)]
    }


def _score(part: str, kind: str, where: str) -> Outcome:
    label = f"{'training' if part == 'train' else part} {kind} {where}"
    share = kind == "accuracy"
    margin = SHARE_MARGIN if share else RATIO_MARGIN
    sides, ways = ("worse", "better"), ("higher", "lower")
    return Outcome(f"{part}_{kind}", label, share, margin, "beyond any number", sides, ways)


SCORES = _scores_read("at the end")
STOPPED_SCORES = _scores_read("at the lowest validation loss")
SPEEDS = {
    key: Outcome(
        key, f"{what} to the criterion", False, RATIO_MARGIN, "beyond the budget",
        ("its own", "the other's"), ("more", less),
    )
    for key, what, less in (("steps", "steps", "fewer"), ("seconds", "time", "less"))
}  # fmt: skip
OUTCOMES = SCORES | SPEEDS


def outcomes(experiment: Experiment) -> dict[str, Outcome]:
    """All that this experiment's lanes may come to: at the end, or where early stopping stops."""
    return (STOPPED_SCORES if experiment.population.stops_early else SCORES) | SPEEDS


def scores(recording: Recording) -> list[Outcome]:
    """The scores that this race has curves of."""
    found = outcomes(recording.experiment)
    return [found[key] for key in SCORES if key in recording.curves.names]


def final_scores(recording: Recording, score: Outcome) -> Array:
    """A score at the last recorded step, or where a lane would have stopped early, (C, S).

    Worst where a lane diverged, be it after it would have stopped.
    """
    stopped = STOPPED if recording.experiment.population.stops_early else ""
    curve = recording.curves.values(f"{stopped}{score.key}")
    final = curve[-1] if len(curve) else _every_lane(recording, np.nan)
    return np.where(diverged_lanes(recording) | np.isnan(final), score.worst, final)


class Milestones:
    """What became of each lane of a race, read from its events as they come.

    held: (C, S) the step from which each lane first held the criterion, infinite until then.
    diverged: (C, S) bool. over: whether the race has ended.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._clear()
        self.update()

    def _clear(self) -> None:
        self._seen = 0
        self._met: Array = _every_lane(self._recording, np.inf)
        self.held: Array = _every_lane(self._recording, np.inf)
        self.diverged: Array = _every_lane(self._recording, False)
        self.over = False

    @property
    def steps(self) -> Array:
        """Step to the criterion, (C, S); infinite if not within the budget, or diverged since."""
        return np.where(self.diverged, np.inf, self.held)

    def update(self) -> None:
        """Take in the events that are new."""
        events = self._recording.events
        if len(events) < self._seen:
            self._clear()  # added up in pairs since: what was seen stands elsewhere now
        for event in events[self._seen :]:
            lane = (event.contestant, event.seed)
            if event.kind == "met":
                self._met[lane] = event.step
            elif event.kind == "held" and np.isinf(self.held[lane]):
                self.held[lane] = self._met[lane]
            elif event.kind == "diverged":
                self.diverged[lane] = True
            self.over = self.over or event.kind == "finished"
        self._seen = len(events)


def steps_to_criterion(recording: Recording) -> Array:
    """Step from which each lane first held the criterion, (C, S).

    Infinite if it never did within the budget, or diverged, be it later.
    """
    return Milestones(recording).steps


def diverged_lanes(recording: Recording) -> Array:
    """Which lanes are out, (C, S)."""
    return Milestones(recording).diverged


def _every_lane(recording: Recording, value: bool | float) -> Array:
    """The value for each lane, (C, S)."""
    experiment = recording.experiment
    return np.full((len(experiment.contestants), experiment.population.seeds), value)
