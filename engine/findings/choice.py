"""Which to choose here, and when plain ReLU is the right choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from ..comparisons import Answer, Compared
from ..cost import Cost
from ..prospect import prospect
from ..recording import Recording
from ..wording import listed, percent, plural, sentence
from .finding import Finding, middle
from .overfitting import overfits
from .worth import reading, smallest

BETTER, SOONER, ENOUGH, NO_EVIDENCE, TOO_FEW, DIVERGED, NO_UNITS, ALONE = (
    "better", "sooner", "enough", "no evidence", "too few seeds", "all diverged", "no units",
    "alone",
)  # fmt: skip
_NO_WORSE = (Answer.EQUIVALENT, Answer.IDENTICAL, Answer.BETTER)
_NO_SOONER = (Answer.EQUIVALENT, Answer.IDENTICAL, Answer.WORSE, Answer.NEITHER)

_MOST_CHANGES = 3  # of the learning rate that are listed one by one

Compareds = Mapping[int, Compared]


def choice(recording: Recording, compared: Sequence[Compared], costs: Sequence[Cost]) -> Finding:
    """Which contestant to choose: who is better, else who is sooner, else the reference.

    Only primary comparisons choose. The reference is enough where every other contestant is shown
    to be no better by more than the margin; where that is open, it is said, with the smallest
    difference that could have been shown.
    """
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    quality, speed = _by_question(recording, compared)
    answer, chosen = _choose(recording, quality, speed)
    numbers: dict[str, Any] = {
        "chosen": names[chosen],
        "reference": names[reference],
        "ends_no_worse": chosen not in quality or quality[chosen].answer in _NO_WORSE,
        "saves_no_time": _saves_no_time(chosen, compared),
        "none_converged": _none_converged(chosen, speed),
    }
    text = _text(recording, answer, chosen, quality, speed)
    if numbers["none_converged"] and answer in _TOLD:
        text = f"After {recording.last_step:,} steps {_nobody(answer)} has converged yet. {text}"
    zeros = exact_zeros(recording, chosen) if answer == ENOUGH else nan
    if zeros > 0:
        numbers["exact_zeros"] = zeros
        text += (
            f" Its exact zeros, {percent(zeros)} of the activations at the end, are wanted where "
            "these are stored in few bits or skipped."
        )
    if answer in _TOLD:
        text = " ".join([text, *_dearer(recording, chosen, costs), *overfits(recording)])
    return Finding("choice", "Which to choose here?", answer, text, numbers, "comparisons")


_TOLD = (BETTER, SOONER, ENOUGH, NO_EVIDENCE)


def exact_zeros(recording: Recording, contestant: int) -> float:
    """The share of activations that are exactly 0, median over the seeds at the newest reading.

    Of a function that is 0 on the whole negative side; NaN for any other, or where none was read.
    """
    record = recording.experiment.contestants[contestant]
    negative = record.record.value(np.array([-1e6, -1.0, -1e-6]), **record.parameters)
    name, units = "negative_share", np.array(recording.facts.layer_units[:-1], float)
    read = name in recording.layers.names and len(recording.layers) and units.size
    if negative.any() or not read:
        return nan
    shares = recording.layers.values(name)[-1, contestant, :, : units.size]
    return middle(shares @ units / units.sum())


def headline(recording: Recording, chosen: Finding) -> str:
    """The verdict in one sentence, which says what it holds for."""
    experiment, look = recording.experiment, recording.looks
    name, reference = chosen.numbers["chosen"], chosen.numbers["reference"]
    said = {
        ALONE: f"{name} raced alone",
        TOO_FEW: "Too few seeds to call anything",
        DIVERGED: "Every lane diverged",
        NO_UNITS: "There is no hidden layer, and no activation to choose",
        ENOUGH: f"{_plain(recording)} is enough here",
        BETTER: f"{name} learns better than {reference} here",
        SOONER: f"{name} converges sooner than {reference} here, {_sooner(chosen)}",
        NO_EVIDENCE: f"No evidence that anything beats {reference} here",
    }[chosen.answer]
    held = f", {_rates(recording)}" if chosen.answer in _TOLD else ""
    none = f", {_nobody(chosen.answer)} converged yet" if chosen.numbers["none_converged"] else ""
    going = "" if _over(recording) else f" (so far: step {recording.last_step:,}{none})"
    looked = f" (exploratory, look {look})" if look > experiment.population.looks else ""
    return f"{said}{held}{going}{looked}."


def _over(recording: Recording) -> bool:
    return any(event.kind == "finished" for event in recording.events)


def _rates(recording: Recording) -> str:
    """Whose learning rates the verdict holds for, and whether with early stopping."""
    rates = [contestant.learning_rate for contestant in recording.experiment.contestants]
    own = [rate is not None for rate in rates]
    stopped = " and with early stopping" if recording.experiment.population.stops_early else ""
    if all(own):
        return f"with the learning rate of each{stopped}"
    changes = [f"{step:,}" for step in _rate_changes(recording)]
    if len(changes) > _MOST_CHANGES:
        changed = f"{len(changes)} times from step {changes[0]} on"
    else:
        changed = f"at {plural('step', len(changes))} {listed(changes)}"
    if changes:
        return f"with the learning rate changed {changed}{stopped}"
    return f"at {'these learning rates' if any(own) else 'this learning rate'}{stopped}"


def _rate_changes(recording: Recording) -> list[int]:
    """The steps at which somebody changed the learning rate, each once."""
    field = "training.learning_rate"
    changes = (e for e in recording.events if e.kind == "intervention" and e.field == field)
    return sorted({event.step for event in changes})


def _sooner(chosen: Finding) -> str:
    """What else is known of a contestant that needs fewer steps."""
    ends = "and ends no worse" if chosen.numbers["ends_no_worse"] else "how it ends is open"
    return f"{ends}, but saves no time" if chosen.numbers["saves_no_time"] else ends


def _saves_no_time(chosen: int, compared: Sequence[Compared]) -> bool:
    """Whether it is known that the chosen one is no sooner by the clock."""
    timed = [c for c in compared if c.contestant == chosen and c.outcome.key == "seconds"]
    return any(c.answer in _NO_SOONER for c in timed)


def _plain(recording: Recording) -> str:
    """The reference, called plain where it has nothing that could be set."""
    experiment = recording.experiment
    name = experiment.contestant_names[experiment.reference]
    record = experiment.contestants[experiment.reference].record
    return name if record.parameters or record.choices else f"Plain {name}"


def _by_question(
    recording: Recording, compared: Sequence[Compared]
) -> tuple[dict[int, Compared], dict[int, Compared]]:
    """The primary comparisons of quality and of speed, by contestant."""
    speed = recording.experiment.population.speed
    primary = [one for one in compared if one.primary]
    return (
        {c.contestant: c for c in primary if c.outcome.key != speed},
        {c.contestant: c for c in primary if c.outcome.key == speed},
    )


def _choose(recording: Recording, quality: Compareds, speed: Compareds) -> tuple[str, int]:
    """The answer, and the place of the contestant that it is about."""
    reference = recording.experiment.reference
    answers = [compared.answer for compared in quality.values()]
    if not recording.experiment.network.hidden:
        return NO_UNITS, reference
    if not answers:
        return ALONE, reference
    if all(answer == Answer.NEITHER for answer in answers):
        return DIVERGED, reference
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
    if Answer.TOO_FEW in answers:
        return TOO_FEW, reference
    return (NO_EVIDENCE if Answer.NO_EVIDENCE in answers else ENOUGH), reference


def _text(
    recording: Recording, answer: str, chosen: int, quality: Compareds, speed: Compareds
) -> str:
    names, reference = recording.experiment.contestant_names, recording.experiment.reference
    if answer in (BETTER, SOONER):
        found = [c for c in (quality.get(chosen), speed.get(chosen)) if c is not None]
        readings = "; ".join(reading(c, names) for c in found)
        return sentence(f"against {names[reference]}: {readings}")
    if answer == NO_EVIDENCE:
        unsure = [c for c in quality.values() if c.answer == Answer.NO_EVIDENCE]
        widest = max(unsure, key=lambda c: c.smallest)
        return (
            f"Whether {names[widest.contestant]} is better or worse is open, by "
            f"{widest.outcome.label}: {smallest(widest)}. Run more seeds to tell."
        )
    if answer == TOO_FEW:
        return prospect(recording.experiment, recording.looks).text
    return {
        ALONE: "There is nothing to compare it with.",
        DIVERGED: "No contestant learnt anything: lower the learning rate.",
        NO_UNITS: "The contestants differ in nothing that was used.",
        ENOUGH: f"No contestant is better than {names[reference]} by more than would matter.",
    }[answer]


def _none_converged(chosen: int, speed: Compareds) -> bool:
    """Whether the race was too short for a single lane of who is compared to converge."""
    asked = [speed[chosen]] if chosen in speed else [*speed.values()]
    return bool(asked) and all(one.answer == Answer.NEITHER for one in asked)


def _nobody(answer: str) -> str:
    """Of the two that an answer is about, or of all."""
    return "neither" if answer in (BETTER, SOONER) else "none"


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
        return [f"What a step costs does not tell {names[other]} and {names[reference]} apart."]
    times = f"{10**ratio.estimate:.2f} times"
    return [f"A step of {names[other]} costs {times} as much as one of {names[reference]}."]
