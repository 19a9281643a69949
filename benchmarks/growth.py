"""How time and memory grow with lanes, depth, width and steps, as tables and as a plot.

    python -m benchmarks.growth [--plot docs/growth.svg]

Run from the repository's folder in the project's environment. Each race has a process of its own
with one thread; time is the processor's. A step is one with nothing read; memory is what the
process grew by up to the first step. What grows starts from 16 lanes of 2-[16]×4-1 ReLU, batch 32,
Adam; the long races are of one lane of 2-4-2-1 tanh, batch 10, with all their readings. A slope is
that of the logarithms between the last and the middle row: 1 where twice as much takes twice as
long.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import Contestant, Experiment
from engine.experiment_file import dumps
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings

from .growth_plot import Growth, save_plot
from .table import print_table
from .turns import ONE_THREAD, ROOT
from .workloads import workloads

BASE = Experiment(
    network=NetworkSettings(depth=4, width=16),
    training=TrainingSettings(batch_size=32, steps=0),
    population=PopulationSettings(seeds=16),
    contestants=(Contestant("relu"),),
)


@dataclass(frozen=True)
class Axis:
    """What is made larger: a setting, or the steps of a long race."""

    name: str
    path: str
    values: tuple[int, ...]


AXES = (
    Axis("lanes", "population.seeds", (1, 2, 4, 8, 16, 32, 64, 128, 256)),
    Axis("depth", "network.depth", (1, 2, 5, 10, 20, 50, 100)),
    Axis("width", "network.width", (4, 8, 16, 32, 64, 128, 256, 512, 1024)),
)
STEPS = Axis("steps", "training.steps", (1_000, 10_000, 100_000, 1_000_000))


def measured(experiment: Experiment, steps: int = 0) -> dict[str, float]:
    """What a process of its own says of that race."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.grown", str(steps)],
        cwd=ROOT,
        env=os.environ | ONE_THREAD,
        input=dumps(experiment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def slope(values: tuple[int, ...], grown: list[float]) -> float:
    """Of the logarithms, from the middle value to the last."""
    middle = len(values) // 2
    rise = np.log(grown[-1] / grown[middle])
    return float(rise / np.log(values[-1] / values[middle]))


def grow(axis: Axis) -> Growth:
    """Print the table of an axis; return what is to be plotted."""
    found = [measured(BASE.with_value(axis.path, value)) for value in axis.values]
    rows = [
        [f"{value:,}", f"{1e6 * one['step']:,.0f}", f"{1e3 * one['first']:.0f}",
         f"{one['memory']:.0f}"]
        for value, one in zip(axis.values, found, strict=True)
    ]  # fmt: skip
    print_table([axis.name, "µs a step", "ms to the first step", "MB"], rows)
    step, memory = ([one[key] for one in found] for key in ("step", "memory"))
    slopes = (slope(axis.values, step), slope(axis.values, memory))
    print(f"Slopes: time {slopes[0]:.2f}, memory {slopes[1]:.2f}.")
    return Growth(axis.name, axis.values, [1e6 * one for one in step], "µs a step")


def lengthen() -> Growth:
    """The same for long races, whose recording is bounded."""
    experiment = workloads()["W1"].trained_by("sgd")
    found = [measured(experiment, steps) for steps in STEPS.values]
    rows = [
        [f"{steps:,}", f"{steps * one['step']:.2f}", f"{one['kept']:.1f}", f"{one['file']:.1f}"]
        for steps, one in zip(STEPS.values, found, strict=True)
    ]
    limit = experiment.population.memory
    print_table(["steps", "seconds", f"MB recorded (of {limit:g})", "MB in its file"], rows)
    seconds = [steps * one["step"] for steps, one in zip(STEPS.values, found, strict=True)]
    print(f"Slope: time {slope(STEPS.values, seconds):.2f}.")
    return Growth("steps", STEPS.values, seconds, "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, help="where to save the plot, .svg or .png")
    asked = parser.parse_args()
    growths = [*map(grow, AXES), lengthen()]
    if asked.plot:
        save_plot(growths, asked.plot)


if __name__ == "__main__":
    main()
