"""Which to choose here, and when plain ReLU is the right choice."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparisons import Answer, Compared
from ..cost import Cost
from ..prospect import prospect
from ..recording import Recording
from .finding import Finding, sentence
from .worth import reading, smallest

ENOUGH, BETTER, SOONER, NO_EVIDENCE, TOO_FEW, ALONE = (
    "enough", "better", "sooner", "no evidence", "too few seeds", "alone",
)  # fmt: skip


def choice(recording: Recording, compared: Sequence[Compared], costs: Sequence[Cost]) -> Finding:
    """Which contestant to choose: who is better, else who is sooner, else the reference.

    Only primary comparisons choose. The reference is enough where it ties or wins; where nothing
    could be shown either way, that is what is said, with the smallest difference that could have
    been.
    """
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    primary = [one for one in compared if one.primary]
    quality, speed = _by_question(recording, primary)
    answer, chosen = _choose(quality, speed, reference)
    sentences = {
        ALONE: "It raced alone: there is nothing to compare it with.",
        TOO_FEW: prospect(recording.experiment, recording.looks).text,
        ENOUGH: f"No contestant is better than {names[reference]} by more than would matter.",
    }
    if answer == NO_EVIDENCE:
        widest = max((c for c in primary if c.answer == NO_EVIDENCE), key=lambda c: c.smallest)
        text = f"No evidence of a difference: {smallest(widest)}. Run more seeds to tell."
    elif answer in (BETTER, SOONER):
        found = [c for c in (quality.get(chosen), speed.get(chosen)) if c is not None]
        text = sentence("; ".join(reading(c, names) for c in found))
    else:
        text = sentences[answer]
    text = " ".join([text, *_dearer(recording, chosen, costs)])
    numbers = {
        "chosen": names[chosen],
        "reference": names[reference],
        "saves_time": _saves_time(chosen, compared),
    }
    return Finding("choice", "Which to choose here?", answer, text, numbers, "comparisons")


def headline(recording: Recording, chosen: Finding) -> str:
    """The verdict in one sentence, which says what it holds for."""
    experiment, look = recording.experiment, recording.looks
    name, reference = chosen.numbers["chosen"], chosen.numbers["reference"]
    said = {
        ALONE: f"{name} raced alone",
        TOO_FEW: "Too few seeds to call anything",
        ENOUGH: f"{_plain(recording)} is enough here",
        BETTER: f"{name} learns better than {reference} here",
        SOONER: f"{name} converges sooner than {reference} here, and {_sooner(chosen)}",
        NO_EVIDENCE: f"No evidence that anything beats {reference} here",
    }[chosen.answer]
    own_rates = all(contestant.learning_rate for contestant in experiment.contestants)
    rate = "with the learning rate of each" if own_rates else "at this learning rate"
    held = "" if chosen.answer in (ALONE, TOO_FEW) else f", {rate}"
    looked = f" (exploratory, look {look})" if look > experiment.population.looks else ""
    return f"{said}{held}{looked}."


def _sooner(chosen: Finding) -> str:
    """What else is known of a contestant that needs fewer steps."""
    saves = chosen.numbers["saves_time"]
    return "ends no worse" if saves in (None, True) else "ends no worse, but saves no time"


def _saves_time(chosen: int, compared: Sequence[Compared]) -> bool | None:
    """Whether the chosen one converges sooner by the clock too; None where that is unknown."""
    timed = [c for c in compared if c.contestant == chosen and c.outcome.key == "seconds"]
    return timed[0].answer == Answer.BETTER if timed else None


def _plain(recording: Recording) -> str:
    """The reference, called plain where it has nothing that could be set."""
    experiment = recording.experiment
    name = experiment.contestant_names[experiment.reference]
    record = experiment.contestants[experiment.reference].record
    return name if record.parameters or record.choices else f"Plain {name}"


def _by_question(
    recording: Recording, primary: Sequence[Compared]
) -> tuple[dict[int, Compared], dict[int, Compared]]:
    """The primary comparisons of quality and of speed, by contestant."""
    speed = recording.experiment.population.speed
    return (
        {c.contestant: c for c in primary if c.outcome.key != speed},
        {c.contestant: c for c in primary if c.outcome.key == speed},
    )


def _choose(
    quality: dict[int, Compared], speed: dict[int, Compared], reference: int
) -> tuple[str, int]:
    """The answer, and the place of the contestant that it is about."""
    found = [*quality.values(), *speed.values()]
    if not found:
        return ALONE, reference
    better = [c for c in quality.values() if c.answer == Answer.BETTER]
    if better:
        return BETTER, max(better, key=lambda c: c.test.estimate).contestant
    sooner = [
        c
        for c in speed.values()
        if c.answer == Answer.BETTER and quality[c.contestant].answer != Answer.WORSE
    ]
    if sooner:
        return SOONER, max(sooner, key=lambda c: c.test.estimate).contestant
    if any(c.answer == Answer.TOO_FEW for c in found):
        return TOO_FEW, reference
    if any(_open(quality[place], speed.get(place)) for place in quality):
        return NO_EVIDENCE, reference
    return ENOUGH, reference


def _open(quality: Compared, speed: Compared | None) -> bool:
    """Whether a contestant could still be worth choosing: nothing bad, and something unknown."""
    answers = [quality.answer, *([speed.answer] if speed else [])]
    return Answer.WORSE not in answers and Answer.NO_EVIDENCE in answers


def _dearer(recording: Recording, chosen: int, costs: Sequence[Cost]) -> list[str]:
    """How the cost of a step compares: the reference's with the dearest, another's with it."""
    reference = recording.experiment.reference
    if len(costs) < 2:
        return []
    names = recording.experiment.contestant_names
    other = chosen
    if chosen == reference:
        rest = [place for place in range(len(costs)) if place != reference]
        other = max(rest, key=lambda place: costs[place].seconds)
    ratio = costs[reference].log_ratio(costs[other])
    if ratio.estimate == 0:
        return [f"A step of {names[other]} costs what one of {names[reference]} does."]
    times = f"{10**ratio.estimate:.2f} times"
    return [f"A step of {names[other]} costs {times} one of {names[reference]}."]
