"""The files a person opens and saves: experiments (.toml) and recordings (.npz)."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine import experiment_file
from engine.experiment import Experiment, Intervention
from engine.recording import Recording
from engine.settings import Refusal

from .errand import Look


@dataclass(frozen=True)
class Document:
    """What a file held; `notes` is what is to be said of it."""

    experiment: Experiment
    recording: Recording | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """Something to be saved at `path` as it was when it was asked for: it cannot change any more.

    `write` calls `look` now and then, which may raise; the file is then as it was before.
    """

    path: Path
    write: Callable[[Look], None]


def paper(
    path: Path,
    experiment: Experiment,
    recording: Recording | None,
    pending: tuple[Intervention, ...] = (),
    over: bool = False,
) -> Paper:
    """The recording (.npz) or, under any other name, the experiment with what was changed while
    its race ran. `pending` changes are saved as interventions that are still to come. Of a race
    that is not `over` the recording is copied.

    Raises Refusal where there is nothing to save, and MemoryError.
    """
    if path.suffix.lower() == ".npz":
        if recording is None:
            raise Refusal("file", path.name, "nothing is recorded yet: run the race first")
        recording = recording if over else recording.copy()
        return Paper(path, partial(_to_go_on(recording, pending).save, path))
    changed = recording and any(event.kind == "intervention" for event in recording.events)
    if recording and (changed or pending):
        seeds = experiment.population.seeds  # more than were recorded where some are to join
        replayed = _to_go_on(recording, pending).replay_experiment()
        experiment = replayed.with_value("population.seeds", seeds)
    return Paper(path, lambda look: experiment_file.save(experiment, path))


class Documents:
    """Reads files, one at a time, and has a place for the tables that recordings carry."""

    def __init__(self) -> None:
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None

    def open(self, path: Path, look: Look) -> Document:
        """Raises Refusal, OSError or MemoryError for a file that cannot be opened."""
        if path.suffix.lower() != ".npz":
            found = experiment_file.read(path)
            return Document(found.experiment, notes=found.notes)
        recording = Recording.load(path, look)
        if recording.outlived_table:
            self._unpacked = self._unpacked or tempfile.TemporaryDirectory(prefix="activation-lab-")
            recording.unpack_table(Path(self._unpacked.name))
        return Document(recording.replay_experiment(), recording, recording.notes)

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._unpacked:
            self._unpacked.cleanup()


def _to_go_on(recording: Recording, pending: tuple[Intervention, ...]) -> Recording:
    """The same recording of an experiment in which the pending changes are to come."""
    if not pending:
        return recording
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
