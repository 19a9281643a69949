"""What the machine can do at most, how close the engine comes, and what activations cost.

    python -m benchmarks.machine [--rounds 5] [--seconds 0.5]

Run from the repository's folder in the project's environment; the peers' is made at the first call.
One thread and float32 throughout, by processor time. A step's matrix products are counted as two
operations for each weight, input or output it meets, three times a step: forward, and back to
weights and to signals (none to the data). What a step takes beyond them at the peak is shown in
smallest array calls, which do nothing but be called. The derivative is timed with its product with
the incoming signal, as PyTorch's backward pass.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from engine.resolve import sizes
from engine.seeds import first_rows

from .peers.environment import peers_python
from .table import machine, print_table
from .turns import System, take_turns
from .workloads import LEARNING_RATES, workloads

PEAK_SIZES = (256, 512, 1024)
# Numbers of an array that no cache holds.
FAR = 2**26


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Of one call: the least of five runs."""
    taken = []
    for _ in range(5):
        begin = time.process_time()
        for _ in range(repeats):
            call()
        taken.append((time.process_time() - begin) / repeats)
    return min(taken)


def gemm_peak() -> float:
    """Operations a second of the quickest matrix product."""
    best = 0.0
    for size in PEAK_SIZES:
        a, b, out = (np.ones((size, size), np.float32) for _ in range(3))
        taken = seconds(lambda a=a, b=b, out=out: a.dot(b, out), 2**30 // size**3)
        best = max(best, 2 * size**3 / taken)
    return best


def bandwidth() -> float:
    """Bytes a second that a copy reads and writes."""
    source, target = np.ones(FAR, np.float32), np.ones(FAR, np.float32)
    return 2 * source.nbytes / seconds(lambda: np.copyto(target, source), 2)


def call_overhead() -> float:
    """Seconds of an array call with next to nothing to do."""
    a, b, out = (np.ones(8, np.float32) for _ in range(3))
    return seconds(lambda: np.add(a, b, out), 100_000)


def operations(key: str) -> float:
    """Of the matrix products of one step of all lanes."""
    workload = workloads()[key]
    experiment = workload.experiment
    units = sizes(experiment, first_rows(experiment))
    layers = [fan_in * fan_out for fan_in, fan_out in pairwise(units)]
    batch = experiment.training.batch_size
    return 2.0 * workload.lanes * batch * (3 * sum(layers) - layers[0])


def workload_row(
    key: str, optimizer: str, peak: float, overhead: float, turns: tuple[int, float]
) -> list[str]:
    """How close the bare engine comes in one workload."""
    with System("ours", "ours", key, optimizer, "float32", "bare") as system:
        speed = float(np.median(take_turns([system], *turns)["ours"]))
    step, products = 1 / speed, operations(key) / peak
    rest = (step - products) / overhead
    cells = (1e6 * step, 1e-9 * operations(key) * speed, 100 * products / step, rest)
    return [key, optimizer, *(f"{cell:,.3g}" for cell in cells)]


def activation_rows(turns: tuple[int, float]) -> list[list[str]]:
    """ns per number of each activation, ours and PyTorch's where it has it, taken in turns."""
    with (
        System("ours", "activations") as ours,
        System("PyTorch", "peers.activations", python=peers_python()) as theirs,
    ):
        said = take_turns([ours, theirs], *turns)
    rows = []
    for name in said["ours"][0]:
        row = [name]
        for part in range(2):
            for system in ("ours", "PyTorch"):
                known = [turn[name][part] for turn in said[system] if name in turn]
                row.append(f"{np.median(known):.2f}" if known else "–")
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    asked = parser.parse_args()
    turns = asked.rounds, asked.seconds
    with threadpool_limits(1):
        peak, overhead = gemm_peak(), call_overhead()
        print(f"{machine()}: {peak / 1e9:.0f} GFLOP/s in matrix products, ", end="")
        print(f"{bandwidth() / 1e9:.1f} GB/s of copies, {1e9 * overhead:.0f} ns a call.")
    header = ["workload", "", "µs a step", "GFLOP/s", "products at the peak, %", "rest, in calls"]
    print_table(
        header,
        [
            workload_row(key, optimizer, peak, overhead, turns)
            for key in workloads()
            for optimizer in LEARNING_RATES
        ],
    )
    header = ["ns a number", "value", "PyTorch's", "derivative", "PyTorch's backward"]
    print_table(header, activation_rows(turns))


if __name__ == "__main__":
    main()
