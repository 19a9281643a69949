"""One race of a growth: what a step of it takes, how much memory, and what its recording keeps.

Runs in a process of its own, so that its memory is its own too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from engine import Experiment, Race
from engine.experiment_file import loads

from .ours import Bare
from .turns import answer

# Blocks of steps that are timed, after one to warm up, and the seconds that one lasts at least.
BLOCKS = 5
BLOCK_SECONDS = 0.3


def held_memory() -> float:
    """MB that the process holds."""
    return psutil.Process().memory_info().rss / 1e6


def step_seconds(experiment: Experiment) -> float:
    """Of one step of all lanes with nothing read, the least of some blocks."""
    bare, steps, taken = Bare(experiment), 1, 0.0
    while taken < BLOCK_SECONDS:
        steps *= 2
        taken = _seconds(bare, steps)
    return min(_seconds(bare, steps) for _ in range(BLOCKS)) / steps


def _seconds(bare: Bare, steps: int) -> float:
    begin = time.process_time()
    bare.train(steps)
    return time.process_time() - begin


def recorded(race: Race) -> dict[str, float]:
    """MB of the recording in memory and in its file."""
    recording = race.recording
    tracks = (recording.curves, recording.layers, recording.units)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "race.npz")
        recording.save(path)
        return {
            "kept": sum(track.nbytes for track in tracks) / 1e6,
            "file": path.stat().st_size / 1e6,
        }


def main(steps: int) -> None:
    """Read the experiment, race it for so many steps, or for as long as timing takes where 0."""
    experiment, before = loads(sys.stdin.read()), held_memory()
    begin = time.process_time()
    race = Race(experiment)
    race.advance(1)
    first = time.process_time() - begin
    race.advance(max(0, steps - 1))
    memory = held_memory() - before
    step = (time.process_time() - begin - first) / steps if steps else step_seconds(experiment)
    answer({"step": step, "first": first, "memory": memory} | recorded(race))


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main(int(sys.argv[1]))
