"""Systems timed in turns: each in a process of its own, one at work at a time.

A shared machine's mood changes by the minute. Turns let it fall on all systems alike, and ratios
are taken within a round.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

ROOT = Path(__file__).parents[1]

# Small matrices are slower on several threads, and a fair comparison has one each.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL", "OMP")}

# Between two looks at the clock a system trains about so long.
STRETCH = 0.02


class System:
    """A process that trains when it is its turn; `greeting` is what it says once it is ready."""

    def __init__(self, name: str, module: str, *arguments: str, python: str = sys.executable):
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.{module}", *arguments],
            cwd=ROOT,
            env=os.environ | ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.greeting = self._hear()

    def turn(self, seconds: float) -> Any:
        """Let it train for about so long; what it says of it."""
        assert self._process.stdin is not None
        print(seconds, file=self._process.stdin, flush=True)
        return self._hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """It leaves when there is nothing more to hear."""
        self._process.communicate()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with status {self._process.wait()}")
        return json.loads(line)


def take_turns(systems: Sequence[System], rounds: int, seconds: float) -> dict[str, list[Any]]:
    """What each system says of each of its turns, after one turn to warm up."""
    said: dict[str, list[Any]] = {system.name: [] for system in systems}
    for place in range(rounds + 1):
        for system in systems:
            answer = system.turn(seconds)
            if place:
                said[system.name].append(answer)
    return said


def serve(
    train: Callable[[int], None],
    period: int = 1,
    clock: Callable[[], float] = time.process_time,
    **greeting: Any,
) -> None:
    """A system's side: trains in whole periods, and says the steps a second by `clock`."""
    answer(greeting)
    stretch = period
    for line in sys.stdin:
        seconds, steps, spent = float(line), 0, 0.0
        while spent < seconds:
            begin = clock()
            train(stretch)
            took = clock() - begin
            steps, spent = steps + stretch, spent + took
            stretch = period * max(1, round(STRETCH * stretch / max(took, 1e-6) / period))
        answer(steps / spent)


def answer(value: Any) -> None:
    """Say something to whoever gives the turns."""
    print(json.dumps(value), flush=True)


def median(values: Sequence[float]) -> str:
    """The median with half the distance between the quartiles, for people."""
    low, middle, high = np.percentile(values, (25, 50, 75))
    digits = f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"
    return f"{digits} ±{50 * (high - low) / middle:.0f} %"
