"""Is there saturation here? Whether units die, and what goes back becomes exactly zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..outcomes import diverged_lanes
from ..recording import Recording
from ..track import Array
from ..wording import listed, percent
from .finding import Finding, middle
from .worth import leaks_at_start

# Shares of hidden units that are dead before the first step. From trials of small networks, each
# activation at its own best rate, 1,060 of them born dead: under 5 % a slope on the negative side
# cost a tenth, from 10 % on it gained ×1.35, from 20 % on ×2.3 to ×4.9.
FEW_DEAD, SOME_DEAD, MANY_DEAD = 0.05, 0.10, 0.20
# A dead share that grows by more than this while training says that the rate is too high.
GROWN_DEAD = 0.15
LEAK = 0.1  # the least slope on the negative side that gained in those trials


class Saturation(StrEnum):
    """How much of the signal going back is exactly zero."""

    BORN_DEAD = "born dead"  # in some seeds a whole layer is dead before the first step
    MANY = "many dead"
    SOME = "some dead"
    FEW = "few dead"
    NONE = "none"


@dataclass(frozen=True)
class Health:
    """One contestant's units and signal, medians over its seeds.

    `dead_first` and `dead_last` are shares of all hidden units, at the first and the last reading;
    `grown` is the median of their differences. `born_dead` counts seeds in which a whole layer
    is dead at the start, of `seeds`; `untouched` those in which no unit was dead at either reading.
    `saturated` is the share of (unit, input) pairs in a flat tail at the end.
    """

    seeds: int
    born_dead: int
    untouched: int
    dead_first: float
    dead_last: float
    grown: float
    saturated: float

    @property
    def saturation(self) -> Saturation:
        """By the larger of the shares at the start and, if any lane is left, at the end."""
        dead = np.fmax(self.dead_first, self.dead_last)
        if self.born_dead:
            return Saturation.BORN_DEAD
        if dead > MANY_DEAD:
            return Saturation.MANY
        if dead > SOME_DEAD:
            return Saturation.SOME
        return Saturation.FEW if dead > FEW_DEAD else Saturation.NONE

    @property
    def dies_in_training(self) -> bool:
        return self.grown > GROWN_DEAD


def health(recording: Recording, contestant: int) -> Health | None:
    """What the layers' track says of a contestant; None without a hidden layer or a reading."""
    units = np.array(recording.facts.layer_units[:-1], float)
    if not units.size or not len(recording.layers):
        return None
    dead = recording.layers.values("dead_share")[:, contestant, :, : units.size]
    first, last = (_of_units(dead[row], units) for row in (0, -1))
    saturated = recording.layers.values("saturated_share")[-1, contestant, :, : units.size]
    return Health(
        seeds=dead.shape[1],
        born_dead=int((dead[0] == 1).any(axis=1).sum()),
        untouched=int(((first == 0) & ~(last > 0)).sum()),
        dead_first=middle(first),
        dead_last=middle(last),
        grown=middle(last - first),
        saturated=middle(_of_units(saturated, units)),
    )


def saturates(recording: Recording, contestant: int) -> Finding:
    """Does this contestant saturate here?"""
    name = recording.experiment.contestant_names[contestant]
    title = f"Do units of {name} die or saturate here?"
    shows = {"quantity": "dead_share", "contestant": contestant}
    found = health(recording, contestant)
    if found is None:
        hidden = recording.experiment.network.hidden
        text = "Nothing was recorded yet." if hidden else "There is no hidden layer to saturate."
        return Finding("saturation", title, Saturation.NONE, text, {}, "heatmaps", shows)
    sentences = [_of_dead(found, _leak(recording)), *_of_tails(found), *_of_training(found)]
    out = int(diverged_lanes(recording)[contestant].sum())
    if out:
        sentences.append(f"{out} of {found.seeds} seeds diverged, and show nothing at the end.")
    numbers = {
        "seeds": found.seeds,
        "born_dead": found.born_dead,
        "dead_at_the_start": found.dead_first,
        "dead_at_the_end": found.dead_last,
        "grown": found.grown,
        "saturated_at_the_end": found.saturated,
    }
    text = " ".join(sentences)
    return Finding("saturation", title, found.saturation, text, numbers, "heatmaps", shows)


def _of_dead(found: Health, leak: str) -> str:
    if found.born_dead:
        return (
            f"In {found.born_dead} of {found.seeds} seeds a whole layer is dead before the first "
            "step: nothing goes back through it, and no rate or patience revives it. Start anew "
            "with wider layers, or with a slope on the negative side that is not 0."
        )
    if found.untouched == found.seeds:
        return "Not one unit is dead, at the start or at the end."
    words = {
        Saturation.NONE: "Hardly",
        Saturation.FEW: "A little",
        Saturation.SOME: "Yes",
        Saturation.MANY: "Yes, badly",
    }[found.saturation]
    end = "" if np.isnan(found.dead_last) else f", {percent(found.dead_last)} at the end"
    start = f"{percent(found.dead_first)} of the units are dead at the start"
    advice = {Saturation.SOME: leak, Saturation.MANY: f"{leak} {_BIAS}"}.get(found.saturation, "")
    return f"{words}: in the median seed {start}{end}. {advice}".rstrip()


_BIAS = "First look at biases, rate and gain."


def _leak(recording: Recording) -> str:
    """The advice to leak, and who of the race does."""
    experiment = recording.experiment
    racing = [
        name
        for name, c in zip(experiment.contestant_names, experiment.contestants, strict=True)
        if leaks_at_start(c) and c.record.derivative(np.array([-1e6]), **c.parameters)[0] >= LEAK
    ]
    have = f"{listed(racing)} {'has' if len(racing) == 1 else 'have'} one" if racing else "race it"
    return f"A slope of {LEAK} or more on the negative side, fixed or trained, may gain: {have}."


def _of_tails(found: Health) -> list[str]:
    if not found.saturated > FEW_DEAD:
        return []
    share = percent(found.saturated)
    return [f"At the end {share} of all (unit, input) pairs lie in a flat tail."]


def _of_training(found: Health) -> list[str]:
    if not found.dies_in_training:
        return []
    return [
        f"The dead share grew by {percent(found.grown)} of all units while training: "
        "the learning rate is too high for it."
    ]


def _of_units(shares: Array, units: Array) -> Array:
    """Shares (S, layers) as one of all hidden units, (S,)."""
    return np.asarray(shares @ units / units.sum())
