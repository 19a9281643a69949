"""Everything that decides a race, as one frozen value that validates itself."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .contestant import Contestant
from .initializers import INITIALIZERS
from .losses import LOSSES
from .sections import (
    MAX_CONTESTANTS,
    NetworkSettings,
    PopulationSettings,
    TaskSettings,
    TrainingSettings,
)
from .settings import Refusal, Setting, check, settings_of
from .tasks import TASKS

# The activation that the laboratory's question is about.
PLAIN = "relu"


@dataclass(frozen=True)
class Intervention:
    """A live setting changed while a race runs: from `step` on, `field` is `value`."""

    step: int
    field: str
    value: float

    def __post_init__(self) -> None:
        check(self)
        live = [f"training.{n}" for n, s in settings_of(TrainingSettings).items() if s.live]
        if self.field not in live:
            raise Refusal("field", self.field, f"must be one of {', '.join(live)}")
        if self.step < 0:
            raise Refusal("step", self.step, "must be at least 0")


SECTIONS = {
    "task": TaskSettings,
    "network": NetworkSettings,
    "training": TrainingSettings,
    "population": PopulationSettings,
}


def _four_contestants() -> tuple[Contestant, ...]:
    return tuple(Contestant(key) for key in ("relu", "leaky_relu", "prelu", "elu"))


def _coloured(contestants: tuple[Contestant, ...]) -> tuple[Contestant, ...]:
    """Each with a colour of its own: the one it has, or the first one that nobody has."""
    taken = {contestant.colour for contestant in contestants}
    free = (colour for colour in range(MAX_CONTESTANTS) if colour not in taken)
    worn: set[int] = set()
    coloured = []
    for contestant in contestants:
        if contestant.colour is None or contestant.colour in worn:
            contestant = dataclasses.replace(contestant, colour=next(free))
        assert contestant.colour is not None
        worn.add(contestant.colour)
        coloured.append(contestant)
    return tuple(coloured)


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a race. Raises Refusal where a value is not allowed."""

    name: str = ""
    claim: str = field(default="", metadata={"lines": True})
    task: TaskSettings = field(default_factory=TaskSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    population: PopulationSettings = field(default_factory=PopulationSettings)
    contestants: tuple[Contestant, ...] = field(default_factory=_four_contestants)
    interventions: tuple[Intervention, ...] = ()

    def __post_init__(self) -> None:
        check(self)
        if not 1 <= len(self.contestants) <= MAX_CONTESTANTS:
            count = len(self.contestants)
            raise Refusal("contestants", count, f"must be 1 to {MAX_CONTESTANTS} contestants")
        object.__setattr__(self, "contestants", _coloured(self.contestants))
        if self.population.reference > len(self.contestants):
            allowed = f"must be the number of one of {len(self.contestants)} contestants, or 0"
            raise Refusal("population.reference", self.population.reference, allowed)
        stopping = self.population.early_stopping
        if self.population.stops_early and not self.task.validation_share:
            allowed = "needs validation data: task.validation_share must be above 0"
            raise Refusal("population.early_stopping", stopping, allowed)
        loss, task = self.training.loss, TASKS[self.task.data]
        if loss != "automatic" and task.kind and task.kind not in LOSSES[loss].kinds:
            raise Refusal("training.loss", loss, f"must fit {task.label}, a {task.kind} task")
        for number, contestant in enumerate(self.contestants, start=1):
            initializer = INITIALIZERS[contestant.initializer or self.network.initializer]
            if contestant.gain is not None and initializer.gain is None:
                allowed = f"must be empty: {initializer.label} initialisation takes no gain"
                raise Refusal(f"contestant {number}.gain", contestant.gain, allowed)
        for number, intervention in enumerate(self.interventions, start=1):
            try:
                self.section_with(intervention.field, intervention.value)
            except Refusal as refusal:
                raise refusal.inside(f"intervention {number}") from None

    @property
    def reference(self) -> int:
        """The place of the contestant that the others are compared with.

        The one chosen; else the first plain ReLU, whose rate may be its own but whose start may
        not; else the first contestant.
        """
        plain = [
            place
            for place, c in enumerate(self.contestants)
            if (c.activation, c.initializer, c.gain) == (PLAIN, None, None)
        ]
        return self.population.reference - 1 if self.population.reference else [*plain, 0][0]

    @property
    def contestant_names(self) -> list[str]:
        """The contestants' names; one that comes again carries its number, as "ReLU (2)"."""
        seen: Counter[str] = Counter()
        names = []
        for contestant in self.contestants:
            seen[contestant.name] += 1
            again = seen[contestant.name]
            names.append(contestant.name if again == 1 else f"{contestant.name} ({again})")
        return names

    def value(self, path: str) -> Any:
        """The value of a setting named as `training.learning_rate`."""
        section, name = path.split(".")
        return getattr(getattr(self, section), name)

    def section_with(self, path: str, value: Any) -> Any:
        """The section of `path` with one setting changed; raises Refusal naming the whole path."""
        section, name = path.split(".")
        try:
            return dataclasses.replace(getattr(self, section), **{name: value})
        except Refusal as refusal:
            raise refusal.inside(section) from None

    def with_value(self, path: str, value: Any) -> Experiment:
        """This experiment with one setting changed; raises Refusal where it is not allowed."""
        section, _ = path.split(".")
        return dataclasses.replace(self, **{section: self.section_with(path, value)})

    @staticmethod
    def setting(path: str) -> Setting:
        """The label, range and help of a setting named as `training.learning_rate`."""
        section, name = path.split(".")
        return settings_of(SECTIONS[section])[name]
