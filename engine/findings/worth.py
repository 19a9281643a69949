"""Does a shape pay: leaking, training the shape, curvature, each against the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..comparisons import Answer, Compared
from ..contestant import Contestant
from ..novelty import novelty
from ..outcomes import SPEEDS
from ..recording import Recording
from ..track import Array
from .finding import Finding, listed


class Worth(StrEnum):
    """What a contestant is worth against the reference, over both primary outcomes."""

    HELPS = "helps"
    MIXED = "helps and hurts"
    NO_EVIDENCE = "no evidence"
    TOO_FEW = "too few seeds"
    SAME = "no difference"
    HURTS = "hurts"


def worth(primary: Sequence[Compared]) -> Worth:
    """Of a contestant's primary comparisons."""
    answers = {compared.answer for compared in primary}
    if Answer.BETTER in answers:
        return Worth.MIXED if Answer.WORSE in answers else Worth.HELPS
    if Answer.WORSE in answers:
        return Worth.HURTS
    if Answer.TOO_FEW in answers:
        return Worth.TOO_FEW
    return Worth.NO_EVIDENCE if Answer.NO_EVIDENCE in answers else Worth.SAME


def leaks(contestant: Contestant) -> bool:
    """Straight pieces with a fixed slope that is not 0 on the negative side, out to infinity."""
    record = contestant.record
    far = record.derivative(np.array([-1e6]), **contestant.parameters)
    return not record.curved and not trains(contestant) and bool(far[0] != 0)


def trains(contestant: Contestant) -> bool:
    return any(mode != "fixed" for mode in contestant.trained.values())


def curves(contestant: Contestant) -> bool:
    return contestant.record.curved and not trains(contestant)


_MOST_LAYERS = 4  # that are listed one by one


@dataclass(frozen=True)
class Question:
    """A question that the contestants answer for whom `asks` is true."""

    key: str
    title: str
    asks: Callable[[Contestant], bool]
    view: str


QUESTIONS = (
    Question("leaking", "Does leaking help?", leaks, "comparisons"),
    Question("training", "Does training the shape help?", trains, "shapes"),
    Question("curvature", "Does curvature help?", curves, "comparisons"),
)

_WORDS = {
    Worth.HELPS: "helps",
    Worth.MIXED: "helps on one count and hurts on the other",
    Worth.NO_EVIDENCE: "makes no difference that could be shown",
    Worth.TOO_FEW: "cannot be told from chance with so few seeds",
    Worth.SAME: "makes no difference worth naming",
    Worth.HURTS: "hurts",
}
_ANSWERS = {
    Answer.BETTER: "better",
    Answer.WORSE: "worse",
    Answer.EQUIVALENT: "equivalent",
    Answer.IDENTICAL: "identical",
    Answer.TOO_FEW: "too few seeds to tell",
}


def worths(recording: Recording, primary: Sequence[Compared]) -> Iterator[Finding]:
    """One finding for each question that a contestant answers and the reference does not."""
    experiment = recording.experiment
    reference = experiment.contestants[experiment.reference]
    for question in QUESTIONS:
        if question.asks(reference) or not experiment.network.hidden:
            continue
        asked = [
            place
            for place, contestant in enumerate(experiment.contestants)
            if place != experiment.reference and question.asks(contestant)
        ]
        if asked:
            yield _finding(recording, question, asked, primary)


def _finding(
    recording: Recording, question: Question, asked: list[int], primary: Sequence[Compared]
) -> Finding:
    names = recording.experiment.contestant_names
    found = {place: [c for c in primary if c.contestant == place] for place in asked}
    worths = {place: worth(compared) for place, compared in found.items()}
    best = min(worths.values(), key=list(Worth).index)
    sentences = []
    for place, compared in found.items():
        readings = "; ".join(reading(one, names) for one in compared)
        against = names[recording.experiment.reference]
        sentences.append(f"{names[place]} {_WORDS[worths[place]]}, against {against}: {readings}.")
        sentences += _learnt(recording, place)
    numbers = {
        names[place]: {one.outcome.key: one.test.estimate for one in compared}
        for place, compared in found.items()
    }
    shows = {"contestant": asked[0]}
    return Finding(
        question.key, question.title, best, " ".join(sentences), numbers, question.view, shows
    )


def reading(compared: Compared, names: Sequence[str]) -> str:
    """A comparison in words: outcome, estimate with its interval, and what that says."""
    test = compared.test
    label, answer = compared.outcome.label, compared.answer
    said = _ANSWERS.get(answer) or f"no evidence of a difference ({smallest(compared)})"
    if answer == Answer.NEITHER:
        never = "neither arrived" if compared.outcome.key in SPEEDS else "both diverged"
        return f"{label}: {never}, in every pair"
    if answer in (Answer.IDENTICAL, Answer.TOO_FEW):
        return f"{label} {said}"
    estimate, low, high = map(compared.reads, (test.estimate, test.low, test.high))
    if np.isinf(test.estimate):
        late = names[compared.reference if test.estimate > 0 else compared.contestant]
        return f"{label} {estimate} for {late} in the middle of the pairs, {said}"
    return f"{label} {estimate} [{low}, {high}], {said}"


def smallest(compared: Compared) -> str:
    """The smallest difference that these seeds could have shown, in words."""
    seeds = compared.test.n
    if not np.isfinite(compared.smallest):
        return f"what {seeds} seeds could have shown is unknown"
    return f"the smallest that {seeds} seeds show: {compared.outcome.reads(compared.smallest)}"


def _learnt(recording: Recording, place: int) -> Iterator[str]:
    """What became of the trained parameters, in the middle of the seeds, layer by layer."""
    contestant = recording.experiment.contestants[place]
    for parameter in contestant.record.parameters:
        channel = f"parameter.{place}.{parameter.name}"
        if channel not in recording.layers.names or not len(recording.layers):
            continue
        values = recording.layers.values(channel)[-1]  # (seeds, layers)
        values = values[np.isfinite(values).all(axis=1)]
        if not values.size:
            continue
        start, label = contestant.parameters[parameter.name], parameter.label.lower()
        yield f"Its {label} went from {start:.2g} to {_by_layer(values)}."
        if _redundant(recording, contestant, parameter.name):
            yield f"To the weights, its {label} adds no new function: it is a step size."


def _redundant(recording: Recording, contestant: Contestant, parameter: str) -> bool:
    """Whether weights and biases can do all that this trained parameter can."""
    network, mode = recording.experiment.network, contestant.trained[parameter]
    return any(
        found.redundant
        for found in novelty(contestant, len(network.hidden), network.residual)
        if (found.parameter, found.mode) == (parameter, mode)
    )


def _by_layer(values: Array) -> str:
    """Medians over the seeds of (seeds, layers), in words."""
    middles = [f"{value:.2g}" for value in np.median(values, axis=0)]
    low, high = min(middles, key=float), max(middles, key=float)
    if low == high:
        return f"{low} in every layer" if len(middles) > 1 else low
    if len(middles) > _MOST_LAYERS:
        return f"between {low} and {high}, by layer"
    return f"{listed(middles)} in layers {listed([str(n + 1) for n in range(len(middles))])}"
