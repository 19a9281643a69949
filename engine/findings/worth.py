"""Does a shape pay: leaking and curvature against the reference, and the words for any worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..comparisons import Answer, Compared
from ..contestant import Contestant
from ..outcomes import LARGEST_EXPONENT, SPEEDS
from ..recording import Recording
from .bending import fit_bends
from .finding import Finding


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
    """Straight pieces out to infinity, with a fixed slope on the negative side that is not 0."""
    return leaks_at_start(contestant) and not trains(contestant)


def leaks_at_start(contestant: Contestant) -> bool:
    """Whether both sides are straight at first, of two slopes; one slope alone is no activation."""
    record = contestant.record
    low, high = record.derivative(np.array([-1e6, 1e6]), **contestant.parameters)
    return not record.curved and bool(low not in (0, high))


def trains(contestant: Contestant) -> bool:
    return any(mode != "fixed" for mode in contestant.trained.values())


def curves(contestant: Contestant) -> bool:
    return contestant.record.curved and not trains(contestant)


def _nothing(recording: Recording, contestant: int) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Question:
    """A question that the contestants answer for whom `asks` is true.

    `remarks` are the sentences that follow what one of them is worth.
    """

    key: str
    title: str
    asks: Callable[[Contestant], bool]
    view: str
    remarks: Callable[[Recording, int], Iterable[str]] = _nothing


QUESTIONS = (
    Question("leaking", "Does leaking help?", leaks, "comparisons"),
    Question("curvature", "Does curvature help?", curves, "comparisons", fit_bends),
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
        found = {
            place: [c for c in primary if c.contestant == place]
            for place, contestant in enumerate(experiment.contestants)
            if place != experiment.reference and question.asks(contestant)
        }
        if found:
            remarks = {place: question.remarks(recording, place) for place in found}
            yield worth_of(recording, question, found, remarks)


def worth_of(
    recording: Recording,
    question: Question,
    found: Mapping[int, Sequence[Compared]],
    remarks: Mapping[int, Iterable[str]],
) -> Finding:
    """What each contestant asked is worth by its comparisons, with the sentences that follow."""
    names = recording.experiment.contestant_names
    worths = {place: worth(compared) for place, compared in found.items()}
    best = min(worths.values(), key=list(Worth).index)
    sentences = []
    for place, compared in found.items():
        readings = "; ".join(reading(one, names) for one in compared)
        standing = f" ({compared[0].standing})" if compared[0].exploratory else ""
        against = f"against {names[compared[0].reference]}{standing}"
        sentences.append(f"{names[place]} {_WORDS[worths[place]]}, {against}: {readings}.")
        sentences += remarks[place]
    numbers = {
        names[place]: {
            "against": names[compared[0].reference],
            **{one.outcome.key: one.test.estimate for one in compared},
        }
        for place, compared in found.items()
    }
    shows = {"contestant": next(iter(found))}
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
    if not abs(test.estimate) <= LARGEST_EXPONENT:
        late = names[compared.reference if test.estimate > 0 else compared.contestant]
        beyond = compared.outcome.beyond
        return f"{label}: {beyond} for {late} in the median pair, {said}"
    return f"{label} {compared.outcome.tells(test.estimate, test.low, test.high)}, {said}"


def smallest(compared: Compared) -> str:
    """The smallest difference that these seeds could have shown, in words."""
    seeds = compared.test.n
    if not np.isfinite(compared.smallest):
        return f"what {seeds} seeds could have shown is unknown"
    return f"the smallest that {seeds} seeds show: {compared.outcome.reads(compared.smallest)}"
