"""What is done for a sweep beside the window: its price, its earlier races, and racing the rest.

Each is a work for an errand; what it finds on the way it tells, for the window to take.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.experiment import Experiment
from engine.sweeps import (
    Axis,
    Execution,
    GridRace,
    Progress,
    RaceResult,
    Sweep,
    SweepFolder,
)

from .errand import Look

if TYPE_CHECKING:
    from distributed import Client

Found = tuple[GridRace, RaceResult]


@dataclass(frozen=True)
class Came:
    """All races of a sweep that have been finished, and those that were given up, and why."""

    raced: tuple[Found, ...] = ()
    failed: tuple[tuple[GridRace, str], ...] = ()


News = Progress | Came
Tell = Callable[[News], None]


@dataclass(frozen=True)
class Plan:
    """A sweep as it is put together; `sweep` says what is still missing to make it one."""

    experiment: Experiment
    axes: tuple[Axis, ...] = ()
    tuned: bool = False
    name: str = ""
    claim: str = ""
    timeout: float = Sweep.timeout

    @classmethod
    def of(cls, sweep: Sweep) -> Plan:
        return cls(**vars(sweep))

    def sweep(self) -> Sweep:
        """Raises Refusal where it is none."""
        return Sweep(**vars(self))


@dataclass(frozen=True)
class Price:
    """What racing a plan would take: all its races, those done already, and seconds on one core."""

    sweep: Sweep
    races: int
    done: int
    seconds: float


def price(plan: Plan, folder: Path, earlier: Path | None, look: Look) -> Price:
    """The price of what `folder` lacks; races that lie in the folder `earlier` come along.

    Raises Refusal where the plan is no sweep.
    """
    sweep = plan.sweep()
    if earlier is not None:
        _bring(sweep, earlier, folder, look)
    execution = Execution(sweep, SweepFolder(folder))
    progress = execution.progress
    return Price(sweep, progress.races, progress.done, execution.seconds_on_one_core)


def look_up(sweep: Sweep, folder: SweepFolder, tell: Tell, look: Look) -> None:
    """Tell the races of a sweep that a folder has, and those that failed when it was raced.

    Raises Refusal where it is not known which failed; what is there is told all the same.
    """
    came = Came(tuple(folder.raced(sweep, look)))
    try:
        came = replace(came, failed=tuple(folder.failed(sweep, look)))
    finally:
        tell(came)


def race(
    sweep: Sweep,
    folder: SweepFolder,
    cluster: AbstractContextManager[Client],
    tell: Tell,
    look: Look,
) -> dict[str, str]:
    """Race what the folder lacks; the reasons of the races that have failed, by key.

    The tables are written however it ends. Raises Refusal and OSError as the engine does.
    """
    found = {race.key: (race, result) for race, result in folder.raced(sweep, look)}
    tell(Came(tuple(found.values())))  # what has failed before is tried again
    races = {race.key: race for race in sweep.races()}
    execution = Execution(sweep, folder)
    failed: tuple[tuple[GridRace, str], ...] = ()
    with cluster as client:
        look()  # who was called off as the workers started has nothing to write
        try:
            for progress in execution.run(client):
                new = execution.raced.keys() - found.keys()
                if new or len(execution.failures) > len(failed):
                    found |= {key: (races[key], execution.raced[key]) for key in new}
                    failed = tuple((races[k], why) for k, why in execution.failures.items())
                    tell(Came(tuple(found[key] for key in races if key in found), failed))
                tell(progress)
                look()
        finally:
            execution.write_report()
    return execution.failures


def _bring(sweep: Sweep, earlier: Path, folder: Path, look: Look) -> None:
    """Copy finished races that another folder has."""
    source, target = SweepFolder(earlier), SweepFolder(folder)
    for race in sweep.races():
        look()
        if source.has(race) and not target.has(race):
            target.begin(sweep)
            shutil.copytree(source.of(race), target.of(race), dirs_exist_ok=True)
