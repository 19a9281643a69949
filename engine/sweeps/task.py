"""A race as a worker's task: it looks at the clock, and whether anybody still waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from threadpoolctl import ThreadpoolController

from ..experiment import Experiment
from .job import Message, run


class Overtime(RuntimeError):
    """A race has taken longer than it was given."""


class Unwanted(RuntimeError):
    """Nobody waits for the race any more."""


def task(experiment: Experiment, tuned: bool, timeout: float, home: Path) -> Message:
    """What a worker does: `run`, on one BLAS thread.

    Raises what that does, Overtime after `timeout` seconds (0: never), and Unwanted.
    """
    # For good: a worker may race on several threads, and none may give the others back their BLAS.
    ThreadpoolController().limit(limits=1, user_api="blas")
    return run(experiment, tuned, wanted(timeout), home)


def wanted(timeout: float) -> Callable[[], None]:
    """A look that raises Overtime from `timeout` seconds on, and Unwanted once this is cancelled.

    Dask cannot stop what has begun, only forget it; a race that is forgotten must stop itself.
    """
    from distributed import get_worker
    from distributed.worker import thread_state

    end = time.monotonic() + timeout if timeout else float("inf")
    own = get_worker().state.tasks[thread_state.key]

    def look() -> None:
        if time.monotonic() > end:
            raise Overtime(f"took longer than {timeout:g} s")
        if own.state == "cancelled":
            raise Unwanted

    return look
