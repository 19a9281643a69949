"""The grid of a sweep: which fields of an experiment take which values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contestant import Contestant
from ..experiment import SECTIONS, Experiment
from ..settings import Refusal, Setting, settings_of

# Every contestant has its own learning rate, tuned, where the grid says so in place of values.
RATE, TUNED = "training.learning_rate", "tuned"
MOST_RACES = 100_000

_ONE, _EACH = "contestant", "contestants"
_OWN = tuple(name for name in settings_of(Contestant) if name != "colour")


@dataclass(frozen=True)
class Axis:
    """One field of the grid, by its path, and the values that it takes.

    Paths are those of `Experiment.with_value`, as `network.depth`; `contestant.2.negative_slope`
    for a value of the second contestant or a parameter of its activation; `contestants.gain` for
    the same value of all of them.
    """

    path: str
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.values, (tuple, list)) or not self.values:
            raise Refusal(self.path, self.values, "must be a list of at least one value")
        values = tuple(tuple(v) if isinstance(v, list) else v for v in self.values)
        for place, value in enumerate(values):
            if value in values[:place]:
                raise Refusal(self.path, value, "must not come twice")
        object.__setattr__(self, "values", values)

    @property
    def numeric(self) -> bool:
        """Whether the values can be laid along a line."""
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)


def points(
    experiment: Experiment, axes: Sequence[Axis]
) -> Iterator[tuple[dict[str, Any], Experiment]]:
    """Every point of the grid, the last axis fastest: its values by path, and its experiment.

    Values are set in the order of the axes. Raises Refusal naming the field of the first that is
    unknown or not allowed.
    """
    if not axes:
        yield {}, experiment
        return
    axis, *others = axes
    for value in axis.values:
        changed = with_field(experiment, axis.path, value)
        for values, point in points(changed, others):
            yield {axis.path: value, **values}, point


def count(axes: Sequence[Axis]) -> int:
    """How many points the grid has; raises Refusal for more than any sweep can race."""
    races = math.prod(len(axis.values) for axis in axes)
    if races > MOST_RACES:
        raise Refusal("grid", f"{races:,} races", f"must be {MOST_RACES:,} at most")
    return races


def with_field(experiment: Experiment, path: str, value: Any) -> Experiment:
    """The experiment with one field changed. Raises Refusal for an unknown path or a wrong value.

    So far no contestant: those of a path like `contestants.gain` are changed together.
    """
    place, _, name = path.partition(".")
    if place in SECTIONS:
        if name not in _fields(place):
            raise Refusal(path, value, f"is no field; {place} has {', '.join(_fields(place))}")
        return experiment.with_value(path, value)
    contestants = list(experiment.contestants)
    if place == _EACH:
        chosen = range(len(contestants))
    elif place == _ONE:
        number, _, name = name.partition(".")
        if number not in map(str, range(1, len(contestants) + 1)):
            raise Refusal(path, value, f"must name one of contestants 1 to {len(contestants)}")
        chosen = range(int(number) - 1, int(number))
    else:
        known = ", ".join((*SECTIONS, f"{_ONE}.1", _EACH))
        raise Refusal(path, value, f"is no field; it must begin with one of {known}")
    for c in chosen:
        try:
            contestants[c] = _with_own(contestants[c], name, value)
        except Refusal as refusal:
            raise Refusal(path, refusal.value, refusal.allowed) from None
    return dataclasses.replace(experiment, contestants=tuple(contestants))


def offers(experiment: Experiment) -> Iterator[str]:
    """The paths that a grid over this experiment may name, of all that matters there.

    What holds for one contestant alone is named for its activation's parameters.
    """
    for place in SECTIONS:
        section = getattr(experiment, place)
        for name, about in _fields(place).items():
            if about.shown_for is None or about.shown_for(section):
                yield f"{place}.{name}"
    yield f"{_EACH}.gain"
    for number, contestant in enumerate(experiment.contestants, 1):
        for parameter in contestant.record.parameters:
            yield f"{_ONE}.{number}.{parameter.name}"


def label(experiment: Experiment, path: str) -> str:
    """A field that `with_field` knows, as people read it: "Hidden layers", "ELU 1: alpha"."""
    place, _, name = path.partition(".")
    if place in SECTIONS:
        return experiment.setting(path).label
    number, _, own = name.rpartition(".")
    what = settings_of(Contestant)[own].label if own in _OWN else own
    return f"{experiment.contestants[int(number) - 1].name}: {what}" if number else what


def choices(experiment: Experiment, path: str) -> Mapping[str, str]:
    """What the values of a field are called that is chosen from a list; nothing for any other."""
    place, _, name = path.partition(".")
    settings = _fields(place) if place in SECTIONS else settings_of(Contestant)
    found = settings.get(name.rpartition(".")[2])
    return found.choices() if found is not None and found.choices is not None else {}


def names_only(path: str) -> bool:
    """Whether a field's numbers are names, as a seed's, of which none is more than another."""
    place, _, name = path.partition(".")
    return place in SECTIONS and _fields(place)[name].names_only


def _fields(section: str) -> Mapping[str, Setting]:
    """The fields of a section that a grid may name: files lie in other places on other machines."""
    return {name: s for name, s in settings_of(SECTIONS[section]).items() if not s.files}


def _with_own(contestant: Contestant, name: str, value: Any) -> Contestant:
    """The contestant with one of its own values, or one of its activation's, changed."""
    record = contestant.record
    own = [p.name for p in record.parameters] + [c.name for c in record.choices]
    if name in own:
        return dataclasses.replace(contestant, parameters={**contestant.parameters, name: value})
    if name not in _OWN:
        allowed = f"is no field; {contestant.name} has {', '.join((*_OWN, *own))}"
        raise Refusal(name, value, allowed)
    changes: dict[str, Any] = {name: value}
    if name == "activation":  # what it has of its own, another does not know
        changes |= {"parameters": {}, "trained": {}}
    return dataclasses.replace(contestant, **changes)
