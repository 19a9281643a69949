"""What worker processes make of a sweep and of one race: time, speed-up, the size of messages.

    python -m benchmarks.workers [--races 200] [--workers 1 2] [--rounds 5]

Run from the repository's folder in the project's environment, on a machine with nothing else to do:
the clock on the wall counts here. The same small races (4 activations × 8 seeds of 2-[8]×depth-1,
the depth and the first seed from the grid) run one after the other in this process, and on local
clusters, whose start is told apart. Then whole exhibits of 32 seeds, `main.py race` from its start
to its last plot, by one process and by workers in turns, and the processor's time for training
alone, of the worker that has most to do; the best of `--rounds`. Without races, or without rounds,
that part is left out.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from engine import Contestant, Experiment, Race
from engine.exhibits import exhibits
from engine.joining import race_to_join, shares
from engine.sections import NetworkSettings, PopulationSettings, TrainingSettings
from engine.sweeps import Axis, Execution, Sweep, SweepFolder, local_cluster
from engine.sweeps.job import Message, run

from .table import print_table
from .turns import ROOT

DEPTHS = (1, 2, 4, 8)
SEEDS = 8

EXHIBITS = ("smooth-curve", "digits")
EXHIBIT_SEEDS = 32
RACE_STEPS = 200


def small_sweep(races: int) -> Sweep:
    """About so many short races."""
    experiment = Experiment(
        network=NetworkSettings(width=8),
        training=TrainingSettings(steps=500),
        population=PopulationSettings(seeds=SEEDS),
        contestants=tuple(map(Contestant, ("relu", "leaky_relu", "prelu", "elu"))),
    )
    firsts = tuple(SEEDS * number for number in range(max(1, races // len(DEPTHS))))
    axes = (Axis("network.depth", DEPTHS), Axis("population.first_seed", firsts))
    return Sweep(experiment, axes)


def in_turn(sweep: Sweep) -> tuple[float, list[Message]]:
    """Seconds for all races in this process, and what came of them."""
    begin = time.perf_counter()
    messages = [run(race.experiment, race.tuned) for race in sweep.races()]
    return time.perf_counter() - begin, messages


def on_workers(sweep: Sweep, workers: int) -> tuple[float, float]:
    """Seconds until the cluster stands, and then until all races are on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        execution = Execution(sweep, SweepFolder(Path(folder)))
        begin = time.perf_counter()
        with local_cluster(workers) as client:
            standing = time.perf_counter()
            for _ in execution.run(client):
                pass
            end = time.perf_counter()
    return standing - begin, end - standing


def whole_race(exhibit: str, workers: int) -> float:
    """Seconds that the command takes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "main.py"), "race", exhibit, "--out", folder]
        numbers = ["--seeds", str(EXHIBIT_SEEDS), "--workers", str(workers)]
        begin = time.perf_counter()
        subprocess.run([*command, *numbers], check=True, capture_output=True)
        return time.perf_counter() - begin


def processor_seconds(share: Experiment) -> float:
    """What the first steps of a race take the processor."""
    race = race_to_join(share)
    race.advance(1)
    begin = time.process_time()
    race.advance(RACE_STEPS)
    return time.process_time() - begin


def longest_share(exhibit: str, workers: int, rounds: int) -> float:
    """Processor seconds of the share that takes longest, all of them trained at the same time."""
    experiment = exhibits()[exhibit].experiment.with_value("population.seeds", EXHIBIT_SEEDS)
    parts = shares(Race(experiment).experiment, workers)
    with local_cluster(workers) as client:
        turns = [client.map(processor_seconds, parts, pure=False) for _ in range(rounds)]
        return min(max(client.gather(turn)) for turn in turns)


def print_sweep(races: int, workers: list[int]) -> None:
    sweep = small_sweep(races)
    with threadpool_limits(limits=1):
        alone, messages = in_turn(sweep)
    rows = [["in this process", "", f"{alone:.1f}", f"{len(sweep) / alone:.1f}", "1"]]
    for number in workers:
        start, seconds = on_workers(sweep, number)
        name = "1 worker" if number == 1 else f"{number} workers"
        pace = f"{len(sweep) / seconds:.1f}"
        rows.append([name, f"{start:.1f}", f"{seconds:.1f}", pace, f"{alone / seconds:.2f}"])
    print(f"{len(sweep)} races, {os.cpu_count()} cores")
    print_table(["raced", "start, s", "races, s", "races/s", "speed-up"], rows)
    whole, recordings, results = (
        max(map(size, messages)) / 1000
        for size in (
            lambda message: len(pickle.dumps(message)),
            lambda message: len(message.recording),
            lambda message: len(pickle.dumps(message.result)),
        )
    )
    print(f"A message takes {whole:.0f} kB at most: {recordings:.0f} kB its recording; the result")
    print(f"that stays in memory {results:.1f} kB.")


def print_races(workers: list[int], rounds: int) -> None:
    numbers = [1, *(number for number in workers if number > 1)]
    heads = ["whole race, s", "speed-up", "longest share, processor s", "speed-up"]
    rows = []
    for exhibit in EXHIBITS:
        turns = [[whole_race(exhibit, number) for number in numbers] for _ in range(rounds)]
        wholes = [min(turn) for turn in zip(*turns, strict=True)]
        longest = [longest_share(exhibit, number, rounds) for number in numbers]
        for number, whole, share in zip(numbers, wholes, longest, strict=True):
            sped = f"{wholes[0] / whole:.2f}", f"{longest[0] / share:.2f}"
            rows.append([exhibit, str(number), f"{whole:.1f}", sped[0], f"{share:.2f}", sped[1]])
    print(f"{EXHIBIT_SEEDS} seeds; a share's training for {RACE_STEPS} steps.")
    print_table(["exhibit", "processes", *heads], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if asked.races:
        print_sweep(asked.races, asked.workers)
    if asked.rounds:
        print_races(asked.workers, asked.rounds)


if __name__ == "__main__":
    main()
