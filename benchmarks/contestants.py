"""What a step of each activation costs beside ReLU's: the half of a verdict that is not steps.

    python -m benchmarks.contestants [--rounds 7]

Run from the repository's folder in the project's environment. Every activation as a new contestant
starts, its shape trained where that is so, takes turns with ReLU on the same network, by processor
time on one thread. The least of all rounds counts: a neighbour on the machine only adds.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import numpy as np
from threadpoolctl import threadpool_limits

from engine import ACTIVATIONS, Contestant

from .ours import Bare
from .table import machine, print_table
from .workloads import workloads

KEYS = "W1", "W2", "W3", "W6a", "W6d"
TURN = 0.05  # seconds


def timed(bare: Bare, steps: int) -> float:
    begin = time.process_time()
    bare.train(steps)
    return (time.process_time() - begin) / steps


def costs(key: str, rounds: int) -> dict[str, float]:
    """Seconds a step, by activation."""
    experiment = workloads()[key].trained_by("sgd")
    bares, steps, least = {}, {}, {}
    for activation in ACTIVATIONS:
        raced = dataclasses.replace(experiment, contestants=(Contestant(activation),))
        bares[activation] = bare = Bare(raced)
        epoch = bare.steps_an_epoch
        timed(bare, epoch)
        least[activation] = timed(bare, epoch)
        steps[activation] = epoch * max(1, round(TURN / least[activation] / epoch))
    for _ in range(rounds):
        for activation, bare in bares.items():
            least[activation] = min(least[activation], timed(bare, steps[activation]))
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with threadpool_limits(1), np.errstate(all="ignore"):
        found = {key: costs(key, rounds) for key in KEYS}
    print(machine())
    print_table(
        ["activation", *(f"{key} {workloads()[key].label}" for key in KEYS)],
        [
            [activation, *(_cell(found[key], activation) for key in KEYS)]
            for activation in ACTIVATIONS
        ],
    )


def _cell(costs: dict[str, float], activation: str) -> str:
    if activation == "relu":
        return f"{1e6 * costs[activation]:,.0f} µs"
    return f"×{costs[activation] / costs['relu']:.2f}"


if __name__ == "__main__":
    main()
