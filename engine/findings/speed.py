"""Which contestant converges first, in steps and in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrival import Arrival
from ..comparisons import Answer, Compared
from ..cost import Cost
from ..recording import Recording
from ..statistics import Interval
from .finding import Finding, sentence

NOBODY, TIED = "nobody", "tied"


def speeds(
    recording: Recording,
    arrivals: Sequence[Arrival],
    costs: Sequence[Cost],
    compared: Sequence[Compared],
) -> Iterator[Finding]:
    """First in steps and, where the costs of a step are known, first in time."""
    yield _first(recording, "steps", arrivals, compared)
    if costs:
        timed = [arrival.in_seconds(cost) for arrival, cost in zip(arrivals, costs, strict=True)]
        yield _first(recording, "seconds", timed, compared)


def _first(
    recording: Recording, clock: str, arrivals: Sequence[Arrival], compared: Sequence[Compared]
) -> Finding:
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    means = [arrival.restricted_mean.estimate for arrival in arrivals]
    order = [int(place) for place in np.argsort(means, kind="stable")]
    title = f"Who converges first, in {'steps' if clock == 'steps' else 'time'}?"
    against = {c.contestant: c.answer for c in compared if c.outcome.key == clock}
    answer = _winner(order, against, reference, arrivals)
    numbers = {
        name: {
            "share": arrival.share.estimate,
            "median": arrival.median.estimate,
            "restricted_mean": arrival.restricted_mean.estimate,
        }
        for name, arrival in zip(names, arrivals, strict=True)
    }
    lines = [f"{names[place]} {_arrival(arrivals[place])}" for place in order]
    text = sentence("; ".join(lines))
    if answer == NOBODY:
        text = f"No seed of any contestant met {recording.facts.criterion} and held it."
    elif answer == TIED:
        text = f"None could be told apart from {names[reference]}. {text}"
    else:
        answer = names[int(answer)]
        text = text if answer == names[order[0]] else f"{answer}, for certain. {text}"
    shows = {"clock": clock}
    return Finding(f"first_in_{clock}", title, answer, text, numbers, "convergence", shows)


def _winner(
    order: list[int], against: dict[int, Answer], reference: int, arrivals: Sequence[Arrival]
) -> str:
    """The place of who is first for certain: better than the reference, or it than all others."""
    if not any(arrival.share.estimate for arrival in arrivals):
        return NOBODY
    better = [place for place in order if against.get(place) == Answer.BETTER]
    if better:
        return str(better[0])
    if against and all(answer == Answer.WORSE for answer in against.values()):
        return str(reference)
    return TIED


def _arrival(arrival: Arrival) -> str:
    """The median with its interval, and who never arrived."""
    middle = arrival.median
    share = f", {100 * arrival.share.estimate:.0f} % of seeds" if arrival.share.estimate < 1 else ""
    if not np.isfinite(middle.estimate):
        return f"beyond the budget{share}"
    return f"{span(middle, arrival.unit)}{share}"


def span(interval: Interval, unit: str) -> str:
    """A median with its interval: "120 steps [110, 140]", "41 ms [38, 45]"."""
    scale, word = 1.0, unit
    if unit == "seconds":
        scale, word = (1.0, "s") if interval.estimate >= 1 else (1e3, "ms")
        scale, word = (1e6, "µs") if interval.estimate < 1e-3 else (scale, word)
    low, high = (_number(scale * end) for end in (interval.low, interval.high))
    return f"{_number(scale * interval.estimate)} {word} [{low}, {high}]"


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "beyond the budget"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
