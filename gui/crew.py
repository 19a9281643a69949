"""The crew: all workers that there are, each of which is let go once its race is forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterable

from .errand import PATIENCE
from .stage import Stage
from .worker import Build, Worker


class Crew:
    """Hires workers, and knows those whose threads may still be under way."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []

    def hire(self, build: Build) -> Worker:
        """A worker for the race that `build` makes."""
        worker = Worker(build)
        self._workers.append(worker)
        return worker

    def keep(self, stages: Iterable[Stage]) -> None:
        """End the workers of all other races: nobody can return to those."""
        held = {stage.worker for stage in stages}
        for worker in self._workers:
            if worker not in held:
                worker.leave()
        self._workers = [w for w in self._workers if w in held or not w.join(0)]

    def close(self) -> None:
        """End every race and wait for its thread."""
        for worker in self._workers:
            worker.leave()
        until = time.monotonic() + PATIENCE
        for worker in self._workers:
            worker.join(max(until - time.monotonic(), 0.0))
        self._workers = []
