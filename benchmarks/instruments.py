"""What readings cost, kind by kind, as Markdown tables: what `engine/cadence.py` is held to.

    python -m benchmarks.instruments [W1 digits …] [--seeds 1] [--quick]

Run from the repository's folder in the project's environment. The first table is of the workloads
and of the exhibits' races: a bare step, and by how many steps each kind of reading is longer,
measured by reading every few steps, with what the rule believes beside it in brackets. The second
gives the share of the training time that these readings take at their automatic cadence, in a race
without an end and in one of so many steps, there with the time they add to it; those at the first
and the last step, which every race has, are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time

import numpy as np

from engine import Race
from engine.cadence import COMPANY, KINDS
from engine.exhibits import exhibits
from engine.experiment import Experiment
from engine.network import no_look
from engine.resolve import cadence_sizes
from engine.seeds import first_rows, seed_data

from .table import machine, print_table
from .turns import median
from .workloads import workloads

# So seldom that it never comes, and so often that it stands out from the noise.
SELDOM, DENSE = 1_000_000, 16
# Of a workload, which has no end of its own, in the second table.
STEPS = 2000


def races() -> dict[str, Experiment]:
    """What is measured: every workload by both optimisers, then the exhibits' (base) races."""
    trained = {
        f"{key} {optimizer}": workload.trained_by(optimizer)
        for key, workload in workloads().items()
        for optimizer in ("sgd", "adam")
    }
    return trained | {key: exhibit.experiment for key, exhibit in exhibits().items()}


def read_every(experiment: Experiment, steps: int, **every: int) -> Experiment:
    """The experiment with these cadences (0: automatic), and so many steps."""
    training = dataclasses.replace(experiment.training, steps=steps, schedule="constant")
    population = dataclasses.replace(experiment.population, **every)
    return dataclasses.replace(experiment, training=training, population=population)


def costs(experiment: Experiment, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of a bare step in each round, and the median steps that each kind of reading takes.

    Turns of at least 20 ms, of one race without readings and one for each kind.
    """
    often = [(SELDOM, SELDOM, SELDOM), (DENSE, SELDOM, SELDOM), (SELDOM, DENSE, SELDOM)]
    often += [(SELDOM, DENSE, 1)] if experiment.network.has_twin else []
    running = [
        Race(read_every(experiment, 0, evaluate_every=e, record_every=r, twin_every=t))
        for e, r, t in often
    ]
    for race in running:
        _spent(race, DENSE)
    steps = DENSE * max(1, round(0.02 / _spent(running[0], DENSE)))
    spent = np.array([[_spent(race, steps) for race in running] for _ in range(rounds)]) / steps
    bare, evaluated, recorded = spent[:, :3].T
    # The twin looks at recorded steps.
    kinds = [evaluated - bare, recorded - bare, *(spent[:, 3:].T - recorded)]
    return bare, np.median(np.array(kinds) / bare, axis=1) * DENSE


def _spent(race: Race, steps: int) -> float:
    begin = time.process_time()
    race.advance(steps)
    return time.process_time() - begin


def believed(experiment: Experiment) -> list[float]:
    """The rule's own idea of these costs, at this number of lanes."""
    data = seed_data(experiment, first_rows(experiment), no_look)
    lanes = min(experiment.population.seeds, COMPANY)
    return list(cadence_sizes(experiment, data).costs(lanes).values())


def shares(experiment: Experiment, found: np.ndarray, steps: int) -> list[str]:
    """Of each kind and together, at the automatic cadence in a race of so many steps."""
    automatic = read_every(experiment, steps, evaluate_every=0, record_every=0, twin_every=0)
    population = Race(automatic).experiment.population
    every = [population.evaluate_every, population.record_every, population.twin_steps]
    each = found / every[: len(found)]
    cells = [f"{share:.1%} (every {steps:,})" for share, steps in zip(each, every, strict=False)]
    return [*_filled(cells), f"{each.sum():.1%}"]


def rows(name: str, experiment: Experiment, rounds: int) -> tuple[list[str], list[str]]:
    """One race's row of each table."""
    bare, found = costs(experiment, rounds)
    pairs = zip(found, believed(experiment), strict=False)
    steps = experiment.training.steps or STEPS
    endless, limited = (shares(experiment, found, limit) for limit in (0, steps))
    added = [f"{steps * float(np.median(bare)) * float(limited[-1][:-1]) / 100:.2f}"]
    priced = [
        name,
        median(1e6 * bare),
        *_filled([f"{cost:.1f} ({idea:.1f})" for cost, idea in pairs]),
    ]
    return priced, [name, endless[-1], f"{steps:,}", *limited, *added]


def _filled(cells: list[str]) -> list[str]:
    """A dash for the twin where there is none."""
    return [*cells, *["–"] * (len(KINDS) - len(cells))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("races", nargs="*", default=list(races()), metavar="RACE")
    parser.add_argument("--seeds", type=int, help="lanes of each contestant, instead of its own")
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 7")
    asked = parser.parse_args()
    priced, taken = [], []
    for name, experiment in races().items():
        if not {name, name.split()[0]} & {*asked.races}:
            continue
        seeds = asked.seeds or experiment.population.seeds
        with np.errstate(all="ignore"):
            experiment = experiment.with_value("population.seeds", seeds)
            both = rows(name, experiment, 3 if asked.quick else 7)
        print(*both[0], *both[1][1:], sep="  ", file=sys.stderr, flush=True)
        priced.append(both[0])
        taken.append(both[1])
    print(machine())
    print_table(["race", "µs a step", *(f"{kind}, steps (believed)" for kind in KINDS)], priced)
    print_table(["race", "without an end", "steps", *KINDS, "together", "s longer"], taken)


if __name__ == "__main__":
    main()
