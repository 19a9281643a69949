"""The files a person opens and saves: experiments (.toml) and recordings (.npz)."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine import experiment_file
from engine.experiment import Experiment, Intervention
from engine.recording import Recording
from engine.settings import Refusal


@dataclass(frozen=True)
class Document:
    """What a file held; `notes` is what is to be said of it."""

    experiment: Experiment
    recording: Recording | None = None
    notes: tuple[str, ...] = ()


class Documents:
    """Reads and writes files, and has a place for the tables that recordings carry."""

    def __init__(self) -> None:
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None

    def open(self, path: Path) -> Document:
        """Raises Refusal, OSError or MemoryError for a file that cannot be opened."""
        if path.suffix.lower() != ".npz":
            found = experiment_file.read(path)
            return Document(found.experiment, notes=found.notes)
        recording = Recording.load(path)
        table = recording.experiment.task.table
        if recording.table and not Path(table).exists():
            self._unpacked = self._unpacked or tempfile.TemporaryDirectory(prefix="activation-lab-")
            recording.unpack_table(Path(self._unpacked.name))
        return Document(recording.replay_experiment(), recording, recording.notes)

    def save(
        self,
        path: Path,
        experiment: Experiment,
        recording: Recording | None,
        pending: tuple[Intervention, ...] = (),
    ) -> None:
        """Save the recording (.npz) or, under any other name, the experiment with what was changed
        while its race ran. `pending` changes are saved as interventions that are still to come.

        Raises Refusal or OSError where that is not possible.
        """
        if recording and pending:
            recording = _to_go_on(recording, pending)
        if path.suffix.lower() == ".npz":
            if recording is None:
                raise Refusal("file", path.name, "nothing is recorded yet: run the race first")
            recording.save(path)
            return
        changed = recording and any(event.kind == "intervention" for event in recording.events)
        if recording and (changed or pending):
            seeds = experiment.population.seeds  # more than were recorded where some are to join
            experiment = recording.replay_experiment().with_value("population.seeds", seeds)
        experiment_file.save(experiment, path)

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._unpacked:
            self._unpacked.cleanup()


def _to_go_on(recording: Recording, pending: tuple[Intervention, ...]) -> Recording:
    """The same recording of an experiment in which the pending changes are to come."""
    interventions = (*recording.experiment.interventions, *pending)
    to_go_on = copy.copy(recording)
    to_go_on.experiment = dataclasses.replace(recording.experiment, interventions=interventions)
    return to_go_on


def in_words(error: Exception, path: Path | None = None) -> str:
    """An error as one line that a person can act on."""
    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, MemoryError):
        return "This needs more memory than the machine has free."
    if isinstance(error, OSError) and path is not None:
        return f"{path}: {error.strerror or error}"
    return f"{type(error).__name__}: {error}"
