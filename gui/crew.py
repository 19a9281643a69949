"""The crew: all workers that there are. One is hired for each new race, and let go with it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

from engine.experiment import Experiment
from engine.joining import further, further_race, steps_to_race
from engine.race import Race
from engine.settings import Refusal

from .stage import Stage
from .worker import Build, Worker

PATIENCE = 5.0  # seconds that closing waits for threads


class Crew:
    """Hires workers, and knows those whose threads may still be under way."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []
        self._speed: float | None = None

    @property
    def speed(self) -> float | None:
        """Steps a second that are aimed at; None: as fast as it goes."""
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._speed = speed
        for worker in self._workers:
            worker.set_speed(speed)

    def stage(self, experiment: Experiment) -> Stage:
        """A race of `experiment`, not begun yet."""
        return Stage(experiment, self._hire(lambda look: Race(experiment, look)))

    def stage_more(self, earlier: Stage | None, seeds: int) -> Stage:
        """A race of so many further seeds, not begun yet, that are to join an `earlier` race.

        Raises Refusal where they cannot.
        """
        recording = earlier.recording if earlier and earlier.state == "finished" else None
        if earlier is None or recording is None:
            raise Refusal("more seeds", seeds, "can only join a race that is finished")
        further(recording, seeds)  # refuses at once what it can
        worker = self._hire(
            lambda look: further_race(recording, seeds, look), steps_to_race(recording)
        )
        total = recording.experiment.population.seeds + seeds
        experiment = earlier.experiment.with_value("population.seeds", total)
        return Stage(
            experiment, worker, recording, earlier.snapshot, earlier.verdict, earlier.costs, earlier
        )

    def keep(self, stages: Iterable[Stage]) -> None:
        """End the workers of all other races: nobody can return to those."""
        held = {stage.worker for stage in stages}
        for worker in self._workers:
            if worker not in held:
                worker.leave()
        self._workers = [w for w in self._workers if w in held or not w.join(0)]

    def dismiss(self) -> float:
        """Tell all to end; the time until which to wait for them, by `monotonic`."""
        self.keep(())
        return time.monotonic() + PATIENCE

    def close(self, until: float) -> None:
        """Wait for the threads of all who were dismissed; no longer than `until`."""
        for worker in self._workers:
            worker.join(max(until - time.monotonic(), 0.0))
        self._workers = []

    def _hire(self, build: Build, most: float = math.inf) -> Worker:
        worker = Worker(build, most)
        worker.set_speed(self._speed)
        self._workers.append(worker)
        return worker
