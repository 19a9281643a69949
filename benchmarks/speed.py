"""Steps a second of the engine beside its peers, as Markdown tables.

    python -m benchmarks.speed [W1 W2 …] [--precision float64] [--rounds 5] [--quick]

Run from the repository's folder in the project's environment. The first time, the peers are
installed into `.benchmarks/venv`, an environment of its own (on some systems `pip` takes several GB
for it).

A step updates every lane once. *Ours* trains with nothing read; *instruments* is `Race.advance`
with its automatic readings, recorded as always. Each system runs in a process of its own, with one
thread, timed by its processor time in interleaved turns; ratios are taken round by round, over the
form of a system that is quickest in the median. Before a peer is timed its parameters are compared
with ours: after an epoch in float64, after 2 steps in float32. A dash stands where a system cannot
do the same training.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .ours import CHECKED_STEPS, write_problems
from .peers import PEERS, Peer
from .peers.environment import peers_python
from .table import machine, print_table
from .turns import System, median, take_turns
from .workloads import LEARNING_RATES, Workload, workloads

# The difference from our parameters that rounding explains.
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
OURS = {"ours": "bare", "ours, instruments": "instruments"}


@dataclass(frozen=True)
class Measured:
    """One workload by one optimiser: steps a second in each round, and seconds to a first step."""

    key: str
    optimizer: str
    precision: str
    speeds: dict[str, np.ndarray]
    first_steps: dict[str, float]

    @property
    def workload(self) -> Workload:
        return workloads()[self.key]

    def best(self, system: str) -> str | None:
        """The quickest form of a peer."""
        forms = [peer.name for peer in PEERS if peer.system == system and peer.name in self.speeds]
        return max(forms, key=lambda name: float(np.median(self.speeds[name])), default=None)


def measure(key: str, optimizer: str, precision: str, rounds: int, seconds: float) -> Measured:
    """Time all systems that can do it, one after the other in each round."""
    workload = workloads()[key]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        for each, steps in CHECKED_STEPS.items():
            write_problems(workload.trained_by(optimizer, each), steps, Path(folder, each))
        systems = [
            System(name, "ours", key, optimizer, precision, kind) for name, kind in OURS.items()
        ]
        fitting = [peer for peer in PEERS if peer.fits(workload.lanes)]
        systems += [_peer(peer, folder, precision) for peer in fitting]
        for system in systems:
            running.enter_context(system)
        systems = [system for system in systems if _checked(system)]
        said = take_turns(systems, rounds, seconds)
    speeds = {name: np.array(each) for name, each in said.items()}
    first_steps = {system.name: system.greeting["first_step"] for system in systems}
    return Measured(key, optimizer, precision, speeds, first_steps)


def _peer(peer: Peer, folder: str, precision: str) -> System:
    module, form = f"peers.{peer.module}", peer.form
    return System(peer.name, module, folder, precision, form, python=peers_python())


def _checked(system: System) -> bool:
    """Whether it does what we do; one that does not is said and not timed."""
    reasons = [system.greeting.get("cannot", "")]
    for precision, limit in TOLERANCE.items():
        found = system.greeting.get(precision, 0.0)
        if not found <= limit:
            reasons.append(f"parameters in {precision} differ by {found:.2g}")
    if not any(reasons):
        return True
    print(f"{system.name}: {'; '.join(filter(None, reasons))}", file=sys.stderr, flush=True)
    return False


def speeds_table(measured: list[Measured]) -> None:
    """Steps a second."""
    names = [*OURS, *(peer.name for peer in PEERS)]
    print_table(
        ["workload", "", *names],
        [
            [m.key, m.optimizer, *(median(m.speeds[n]) if n in m.speeds else "–" for n in names)]
            for m in measured
        ],
    )


def ratios_table(measured: list[Measured]) -> None:
    """The bare engine over the best form of each peer, beside its floor."""
    systems = list(dict.fromkeys(peer.system for peer in PEERS))
    header = ["workload", "", *(f"ours / {system}" for system in systems), "instruments / bare"]
    print_table(header, [_ratios(m, systems) for m in measured])


def _ratios(measured: Measured, systems: list[str]) -> list[str]:
    row = [f"{measured.key} {measured.workload.label}", measured.optimizer]
    bare, instruments = (measured.speeds[name] for name in OURS)
    for system in systems:
        best = measured.best(system)
        row.append("–" if best is None else _beside(measured, system, bare, best))
    return [*row, median(instruments / bare)]


def _beside(measured: Measured, system: str, bare: np.ndarray, best: str) -> str:
    ratio = bare / measured.speeds[best]
    form = best.removeprefix(system).strip()
    cell = f"{median(ratio)}" + (f" ({form})" if form else "")
    floor = measured.workload.floors.get(system)
    # Floors are those of float32.
    if floor is None or measured.precision != "float32":
        return cell
    return f"{cell}, floor {floor:g}: " + ("met" if np.median(ratio) >= floor else "**missed**")


def first_steps_table(measured: list[Measured]) -> None:
    """Milliseconds from a new architecture to its first step, made in a process that is warm."""
    names = [*OURS, *(peer.name for peer in PEERS if peer.system in ("JAX", "PyTorch"))]

    def cell(seconds: float | None) -> str:
        return "–" if seconds is None else f"{1000 * seconds:,.0f}"

    print_table(
        ["workload", "", *(f"{name}, ms" for name in names)],
        [
            [m.key, m.optimizer, *(cell(m.first_steps.get(name)) for name in names)]
            for m in measured
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=list(workloads()), metavar="WORKLOAD")
    parser.add_argument("--optimizers", nargs="+", default=list(LEARNING_RATES))
    parser.add_argument("--precision", default="float32", choices=list(CHECKED_STEPS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 0.2 s")
    asked = parser.parse_args()
    rounds, seconds = (3, 0.2) if asked.quick else (asked.rounds, asked.seconds)
    measured: list[Measured] = []
    print(f"{machine()}; {asked.precision}; medians of {rounds} turns ± half the distance between")
    print("quartiles.")
    try:
        for key in asked.workloads:
            for optimizer in asked.optimizers:
                print(f"{key} {optimizer} …", file=sys.stderr, flush=True)
                measured.append(measure(key, optimizer, asked.precision, rounds, seconds))
    finally:
        # What has been measured by then is worth printing, whatever ends a long run.
        speeds_table(measured)
        ratios_table(measured)
        first_steps_table(measured)


if __name__ == "__main__":
    main()
