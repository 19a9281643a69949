"""A sweep without a window: raced on this machine's cores or on a cluster, and written down."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.exhibits import exhibits
from engine.settings import Refusal
from engine.sweeps import (
    Execution,
    GridRace,
    Progress,
    RaceResult,
    Sweep,
    SweepFolder,
    local_cluster,
    sweep_file,
    user_cluster,
)

from .headless import workplace
from .headless_plots import write_plots
from .progress import pace, say
from .sweep_progress import in_words

if TYPE_CHECKING:
    from distributed import Client

    from .plots import Plot


def sweep(source: str, out: Path, workers: int | None = None, address: str | None = None) -> None:
    """Race what `out` does not have yet of a sweep, and write what all its races came to.

    `source` is a file or the name of an exhibit that is a sweep.
    On `workers` processes of this machine, as many as cores by default, or on the cluster at
    `address`. Raises Refusal for bad input, KeyboardInterrupt when told to stop, and OSError where
    races have failed, the cluster is gone, or `out` cannot take the files; what is done is kept.
    """
    with workplace(out):
        loaded = _loaded(source)
        for note in loaded.notes:
            say(note)
        try:
            execution = Execution(loaded.sweep, SweepFolder(out))
        except Refusal as refusal:
            raise refusal.of(source) from None
        try:
            run_sweep(
                execution, local_cluster(workers) if address is None else user_cluster(address)
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_stopped(execution.progress)) from None
        except Refusal as refusal:  # the execution has said its own before
            raise Refusal(f"--{refusal.field}", refusal.value, refusal.allowed) from None
        write_plots(lambda: _plots(loaded.sweep, SweepFolder(out), execution.failures), out)
    if execution.failures:
        first = next(iter(execution.failures.values()))
        failed, races = len(execution.failures), execution.progress.races
        raise OSError(f"{failed} of {races} races failed, see sweep.json; the first: {first}")
    say(f"done: {out}", last=True)


def _loaded(source: str) -> sweep_file.LoadedSweep:
    """The sweep of a file or exhibit."""
    exhibit = exhibits().get(source)
    return (
        sweep_file.LoadedSweep(exhibit.sweep)
        if exhibit and exhibit.sweep
        else sweep_file.read(source)
    )


def run_sweep(execution: Execution, cluster: AbstractContextManager[Client]) -> None:
    """Race what is left, saying how far it is; the tables are written however it ends."""
    if execution.finished:
        execution.write_report()
        return
    say("starting the workers")
    with cluster as client:
        said = 0.0
        try:
            for progress in execution.run(client):
                if time.monotonic() - said >= pace():
                    said = time.monotonic()
                    say(in_words(progress))
        finally:
            say(in_words(execution.progress))
            execution.write_report()


Raced = list[tuple[GridRace, RaceResult]]


@contextmanager
def swept(key: str, sweep: Sweep) -> Iterator[tuple[SweepFolder, Raced]]:
    """The sweep of the exhibit `key`, raced on this machine's cores; its folder goes afterwards.

    Raises OSError where a race has failed.
    """
    with tempfile.TemporaryDirectory(prefix="activation-lab-") as name:
        folder = SweepFolder(Path(name))
        execution = Execution(sweep, folder)
        run_sweep(execution, local_cluster())
        if execution.failures:
            raise OSError(f"{key}: {next(iter(execution.failures.values()))}")
        yield folder, folder.raced(sweep)


def _plots(sweep: Sweep, folder: SweepFolder, failures: Mapping[str, str]) -> Iterator[Plot]:
    """Every view of a sweep; of nothing raced there is none."""
    from .plots import SWEEP_PLOTS
    from .plots.race_curve import read_curves

    raced = folder.raced(sweep)
    failed = [(race, failures[race.key]) for race in sweep.races() if race.key in failures]
    for kind in SWEEP_PLOTS if raced else ():
        view = kind()
        view.curves_asked.connect(
            lambda quantity, races, view=view: view.show_curves(
                quantity, read_curves(folder, races, quantity)
            )
        )
        view.show_sweep(sweep, raced, failed)
        yield view


def _stopped(progress: Progress) -> str:
    done = f"{progress.done} of {progress.races} races are done"
    return f"stopped: {done}, and the same command goes on from there"
