"""The verdict: what a race says of the laboratory's questions, each answer with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .arrival import Arrival, arrivals
from .comparisons import Compared, comparisons
from .cost import Cost
from .experiment import PLAIN, Experiment
from .findings import (
    Finding,
    choice,
    headline,
    rounds,
    saturates,
    speeds,
    trainings,
    travels,
    worths,
)
from .recording import Recording


@dataclass(frozen=True)
class Verdict:
    """The answers of one race at a `step`, and the numbers they rest on.

    `headline` is one sentence; `findings` stand in the order of the questions, the choice first.
    `arrivals` are in steps, one a contestant; so are `costs` of a step, empty where unknown.
    """

    step: int
    headline: str
    findings: tuple[Finding, ...]
    comparisons: tuple[Compared, ...]
    arrivals: tuple[Arrival, ...]
    costs: tuple[Cost, ...]


def plain_relu(experiment: Experiment) -> int:
    """The place of the contestant that is asked whether it saturates: a plain ReLU if one races.

    The reference, if it is one or none races; else the first, one that starts as the experiment
    says before one that does not.
    """
    contestants, reference = experiment.contestants, experiment.reference
    relus = [place for place, c in enumerate(contestants) if c.activation == PLAIN]
    own = {place: (contestants[place].initializer, contestants[place].gain) for place in relus}
    if reference in relus:
        return reference
    return min(relus, key=lambda place: own[place] != (None, None), default=reference)


def verdict(recording: Recording, costs: Sequence[Cost] = ()) -> Verdict:
    """What the recording says so far; without `costs` nothing is said of time."""
    compared = comparisons(recording, costs)
    primary = [one for one in compared if one.primary]
    arrived, plain = arrivals(recording), plain_relu(recording.experiment)
    chosen = choice(recording, compared, costs)
    findings = (
        chosen,
        saturates(recording, plain),
        travels(recording, plain),
        rounds(recording),
        *worths(recording, primary),
        *trainings(recording, primary, costs),
        *speeds(recording, arrived, costs, compared),
    )
    return Verdict(
        step=recording.last_step,
        headline=headline(recording, chosen),
        findings=findings,
        comparisons=tuple(compared),
        arrivals=tuple(arrived),
        costs=tuple(costs),
    )
