"""A stage: a race as the window has it, and what it has seen of it so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from engine.cost import Cost
from engine.experiment import Experiment, Intervention
from engine.joining import join, steps_to_race
from engine.race import Snapshot
from engine.recording import Event, Recording
from engine.settings import Refusal
from engine.verdict import Verdict

from .worker import Worker

# The plots of a race that is replaced stay for so many seconds at most: by then most are built, and
# plots need to be built once, not twice.
MOMENT = 0.2


@dataclass(eq=False)
class Stage:
    """A race on show, driven by `worker`; an opened recording has none.

    `experiment` is what its race is run with, as it was changed since; `recording` is there once
    the race is prepared. Where its seeds are to join an `earlier` race, that is what is on show,
    until at the end both are one.
    """

    experiment: Experiment
    worker: Worker | None = None
    recording: Recording | None = None
    snapshot: Snapshot | None = None
    verdict: Verdict | None = None  # on what is on show
    costs: tuple[Cost, ...] = ()  # of a step of what is on show, once measured
    earlier: Stage | None = None
    _made: float = field(default_factory=time.perf_counter)
    _asked: list[tuple[str, float]] = field(default_factory=list)
    _apart: Exception | None = None  # why its seeds cannot join

    @property
    def state(self) -> str:
        return self.worker.state if self.worker else "finished"

    @property
    def error(self) -> Exception | None:
        """Why its race has failed, or cannot join the earlier one."""
        return self._apart or (self.worker.error if self.worker else None)

    @property
    def elapsed(self) -> float:
        """Seconds that it has run, pauses apart."""
        return self.worker.elapsed if self.worker else 0.0

    @property
    def silence(self) -> float:
        """Seconds since its race last gave a sign of life."""
        return time.perf_counter() - self.worker.last_sign if self.worker else 0.0

    @property
    def steps_done(self) -> int:
        """The step the race stands at."""
        if self.worker:
            return self.worker.steps_done
        return self.recording.last_step if self.recording else 0

    @property
    def epoch(self) -> float:
        """The epoch it stands at; of a recording, that of its last row."""
        if self.worker:
            return self.worker.epoch
        if self.recording is None or not len(self.recording.curves):
            return 0.0
        return float(self.recording.curves.values("epoch")[-1])

    @property
    def joining(self) -> int:
        """How many seeds are to join the earlier race."""
        if self.earlier is None:
            return 0
        return self.experiment.population.seeds - self.earlier.experiment.population.seeds

    @property
    def limit(self) -> int:
        """The step at which its race is over; 0: there is none."""
        if self.earlier and self.earlier.recording:
            return steps_to_race(self.earlier.recording)
        return self.experiment.training.steps

    @property
    def can_go_on(self) -> bool:
        return self.state in ("running", "paused")

    @property
    def is_on_its_way(self) -> bool:
        """Whether there is nothing of its race yet, but may be in a moment."""
        moment_left = time.perf_counter() - self._made < MOMENT
        return self.recording is None and self.state == "preparing" and moment_left

    @property
    def takes_live_changes(self) -> bool:
        """Whether a live setting can change within its race: not in one that must equal another."""
        return self.can_go_on and self.earlier is None

    def go(self, steps: float) -> None:
        """Take so many steps further."""
        if self.earlier is None:
            self.verdict = None
        if self.worker:
            self.worker.go(steps)

    def intervene(self, path: str, value: float) -> None:
        """Change a live setting of its race from the next step on."""
        if self.worker:
            self.experiment = self.experiment.with_value(path, value)
            self._asked.append((path, value))
            self.worker.intervene(path, value)

    @property
    def pending(self) -> tuple[Intervention, ...]:
        """The changes asked for that the recording does not show yet, as of the next step."""
        return tuple(Intervention(self.steps_done, path, value) for path, value in self._asked)

    def pause(self) -> bool:
        """Stop after the step under way; say whether it would have gone on by itself."""
        if self.worker is None:
            return False
        went_on = self.worker.runs_freely
        self.worker.pause()
        return went_on

    def take_in(self) -> bool:
        """Empty the worker's inbox into the recording; say whether there is more on show."""
        worker = self.worker
        if worker is None or worker.race is None:
            return False
        over = self.state == "finished"  # before the inbox: what led to it is in there
        recording, grew = worker.race.recording, bool(worker.inbox)
        while worker.inbox:
            record = worker.inbox.popleft()
            recording.add(record)
            if isinstance(record, Event) and (record.field, record.value) in self._asked:
                self._asked.remove((record.field, record.value))
        snapshot = worker.take_snapshot()
        if snapshot is not None:
            recording.add(snapshot.fit)
        if self.earlier is not None:
            return over and self._join(self.earlier, recording)
        self.recording = self.recording or recording
        self.snapshot = snapshot or self.snapshot
        return grew or snapshot is not None

    def _join(self, earlier: Stage, more: Recording) -> bool:
        """Show both races as one, which has still to be judged; `error` says why that cannot be."""
        assert earlier.recording is not None
        try:
            self.recording = join(earlier.recording, more)
        except (Refusal, MemoryError) as error:
            self._apart = error
            return False
        self.snapshot = self.verdict = self.earlier = None
        self.costs = ()
        return True
