"""Steps a second of the engine beside PyTorch, as a Markdown table.

    python -m benchmarks.speed [W1 W2 W3] [--lanes 1 32] [--rounds 7] [--seconds 0.5]

Run from the repository's folder in the project's environment. The first time, PyTorch is installed
into `.benchmarks/venv`, an environment of its own (on some systems `pip` takes several GB for it).

A step updates every lane once. *Bare* trains with nothing read; *instruments* is `Race.advance`
with its automatic readings, recorded as always. PyTorch makes the same steps one lane after the
other, eagerly, with the quicker of its fused and foreach optimisers. Each system runs in a process
of its own, with one thread, in float32, timed by its processor time in interleaved turns. Before
PyTorch is timed its parameters are compared with ours: after an epoch in float64, after 5 steps in
float32.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

import numpy as np

from .ours import CHECKED_STEPS, write_problem
from .peers import REQUIREMENTS, peers_python
from .turns import System, median, take_turns
from .workloads import WORKLOADS

FORMS = ("fused", "foreach")
# The largest difference of a parameter from ours that rounding explains.
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}

HEADER = (
    "workload",
    "lanes",
    "ours, bare",
    "ours, instruments",
    "PyTorch, best",
    "bare / PyTorch",
    "instruments / PyTorch",
    "instruments / bare",
)


def row(key: str, lanes: int, rounds: int, seconds: float) -> list[str]:
    """One line of the table: steps a second, and ratios taken round by round."""
    with tempfile.TemporaryDirectory() as folder:
        for precision, steps in CHECKED_STEPS.items():
            experiment = WORKLOADS[key].lanes(lanes, precision)
            write_problem(experiment, steps, Path(folder, f"{precision}.npz"))
        peers = [System(form, "pytorch", folder, form, python=peers_python()) for form in FORMS]
        for peer in peers:
            check(peer)
    ours = [System(kind, "ours", key, str(lanes), kind) for kind in ("bare", "instruments")]
    speeds = take_turns([*ours, *peers], rounds, seconds)
    for system in (*ours, *peers):
        system.end()
    bare, instruments = np.array(speeds["bare"]), np.array(speeds["instruments"])
    pytorch = np.array(max((speeds[form] for form in FORMS), key=np.median))
    columns = (
        bare,
        instruments,
        pytorch,
        bare / pytorch,
        instruments / pytorch,
        instruments / bare,
    )
    return [WORKLOADS[key].label, str(lanes), *map(median, columns)]


def check(peer: System) -> None:
    """Refuse to time a peer that does not do what we do."""
    for precision, limit in TOLERANCE.items():
        found = peer.greeting[precision]
        if not found <= limit:
            raise SystemExit(f"PyTorch {peer.name}, {precision}: parameters differ by {found:.2g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), metavar="WORKLOAD")
    parser.add_argument("--lanes", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    asked = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, {', '.join(REQUIREMENTS)}; ")
    print(f"medians of {asked.rounds} turns ± half the distance between quartiles\n")
    print("| " + " | ".join(HEADER) + " |")
    print("|" + " --- |" * len(HEADER))
    for key in asked.workloads:
        for lanes in asked.lanes:
            cells = row(key, lanes, asked.rounds, asked.seconds)
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
