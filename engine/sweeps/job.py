"""One race of a sweep: its tuning before, its cost after, and the message that comes of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..archive import write_archive
from ..cost import Cost, cost_per_step
from ..experiment import Experiment
from ..network import no_look
from ..race import Race
from ..recording import Recording
from ..report import summary
from ..settings import Refusal
from ..tune import Tuning
from .result import RaceResult, result


@dataclass(frozen=True)
class Message:
    """What comes back of one race: its result, its summary, and its recording as a file's bytes."""

    result: RaceResult
    summary: dict[str, Any]
    recording: bytes


def run(
    experiment: Experiment,
    tuned: bool,
    look: Callable[[], None] = no_look,
    home: Path = Path("race.npz"),
) -> Message:
    """Race once, the learning rates tuned before if so asked; `look` may raise to abandon it.

    `home` is where the recording's file is to lie, from which it names a user's table. Raises what
    `Race` and `Tuning` refuse.
    """
    started = time.monotonic()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if tuned:
        tuning = Tuning(experiment)
        for _ in tuning.run(look):
            look()
        experiment, warnings = tuning.tuned, tuning.warnings
        notes = tuning.notes[len(warnings) :]
    recording = _raced(experiment, look)
    costs, unmeasured = _costs(recording.experiment, look)
    found = summary(recording, costs, (*warnings, *notes, *unmeasured))
    seconds = time.monotonic() - started
    return Message(result(recording, found, warnings, seconds), found, _file(recording, home, look))


def _raced(experiment: Experiment, look: Callable[[], None]) -> Recording:
    """The recording of the whole race; the race itself is gone, and its memory free."""
    race = Race(experiment, look)
    for records in race.run():
        for record in records:
            race.recording.add(record)
        look()
    return race.recording


def _costs(experiment: Experiment, look: Callable[[], None]) -> tuple[list[Cost], tuple[str, ...]]:
    """What a step costs each contestant; where that cannot be measured none, and why."""
    try:
        return cost_per_step(experiment, look), ()
    except (Refusal, MemoryError) as error:
        why = error or "too little memory"
        return [], (f"it could not be measured what a step costs: {why}",)


def _file(recording: Recording, home: Path, look: Callable[[], None]) -> bytes:
    """The bytes of the recording's file, as large at most as `population.memory` lets it be."""
    with tempfile.TemporaryDirectory(prefix="activation-lab-") as folder:
        path = Path(folder) / "recording.npz"
        write_archive(path, recording.to_arrays(home), look)
        return path.read_bytes()
