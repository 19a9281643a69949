"""Which contestant converges first, in steps and in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrival import Arrival
from ..comparisons import Answer, Compared
from ..cost import Cost
from ..recording import Recording
from ..statistics import Interval
from ..wording import listed, sentence
from .finding import Finding

NOBODY, OPEN = "nobody", "open"


def speeds(
    recording: Recording,
    arrivals: Sequence[Arrival],
    costs: Sequence[Cost],
    compared: Sequence[Compared],
) -> Iterator[Finding]:
    """First in steps and, where the costs of a step are known, first in time."""
    means = np.array([arrival.restricted_mean.estimate for arrival in arrivals])
    yield _first(recording, "steps", arrivals, means, compared)
    if costs:
        timed = [arrival.in_seconds(cost) for arrival, cost in zip(arrivals, costs, strict=True)]
        yield _first(recording, "seconds", timed, means * _cheapness(recording, costs), compared)


def _cheapness(recording: Recording, costs: Sequence[Cost]) -> np.ndarray:
    """What a step costs beside the reference's, exactly 1 where the two cannot be told apart.

    So the order by time follows the order by steps wherever the clock cannot decide.
    """
    own = costs[recording.experiment.reference]
    return np.array([10 ** own.log_ratio(cost).estimate for cost in costs])


def _first(
    recording: Recording,
    clock: str,
    arrivals: Sequence[Arrival],
    means: np.ndarray,
    compared: Sequence[Compared],
) -> Finding:
    names = recording.experiment.contestant_names
    order = [int(place) for place in np.argsort(means, kind="stable")]
    title = f"Who converges first, in {'steps' if clock == 'steps' else 'time'}?"
    numbers = {
        name: {
            "share": arrival.share.estimate,
            "median": arrival.median.estimate,
            "restricted_mean": arrival.restricted_mean.estimate,
        }
        for name, arrival in zip(names, arrivals, strict=True)
    }
    answer, lead = _lead(recording, order, [c for c in compared if c.outcome.key == clock])
    text = sentence("; ".join(f"{names[place]} {_arrival(arrivals[place])}" for place in order))
    if not any(arrival.share.estimate for arrival in arrivals):
        answer, lead, text = NOBODY, f"No seed met the criterion: {recording.facts.criterion}.", ""
    text = " ".join(filter(None, (lead, text)))
    shows = {"clock": clock}
    return Finding(f"first_in_{clock}", title, answer, text, numbers, "convergence", shows)


def _lead(recording: Recording, order: list[int], against: list[Compared]) -> tuple[str, str]:
    """Who is first, and how surely: every contestant was compared with the reference alone."""
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    answers = {c.contestant: c.answer for c in against}
    sooner = [place for place in order if answers.get(place) == Answer.BETTER]
    later = [place for place in order if answers.get(place) == Answer.WORSE]
    standing = f" ({against[0].standing})" if against and against[0].exploratory else ""
    said = []
    if sooner:
        said.append(f"sooner than {names[reference]}: {listed([names[p] for p in sooner])}")
    if later:
        said.append(f"later: {listed([names[p] for p in later])}")
    if said:
        first = names[sooner[0]] if sooner else OPEN
        if not sooner and len(later) == len(answers):
            first = names[reference]
        return first, sentence("; ".join(said) + standing)
    if not answers:
        return OPEN, ""
    return OPEN, f"None could be told apart from {names[reference]}{standing}."


def _arrival(arrival: Arrival) -> str:
    """The median with its interval, who never arrived, and the restricted mean, which orders."""
    middle, mean = arrival.median, arrival.restricted_mean
    share = f", {100 * arrival.share.estimate:.0f} % of seeds" if arrival.share.estimate < 1 else ""
    on_average = f", mean within the budget {span(mean, arrival.unit)}"
    if not np.isfinite(middle.estimate):
        return f"beyond the budget{share}{on_average}"
    return f"{span(middle, arrival.unit)}{share}{on_average}"


def span(interval: Interval, unit: str) -> str:
    """A median or a mean with its interval: "120 steps [110, 140]", "41 ms [38, 45]"."""
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
