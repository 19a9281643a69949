"""What runs without a window: a race, further seeds of one, and the tuning of its rates."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.comparison_table import write_comparisons
from engine.comparisons import comparisons
from engine.cost import cost_per_step
from engine.exhibits import exhibits
from engine.experiment import Experiment
from engine.experiment_file import read, save
from engine.joining import further_race, join, steps_to_race
from engine.race import Race
from engine.recording import Recording
from engine.report import write_curves, write_summary
from engine.settings import Refusal
from engine.sweeps import SharedRace, local_cluster
from engine.tune import Tuning

from .headless_plots import write_plots
from .progress import pace, say

if TYPE_CHECKING:
    from .plots import Plot


def race(
    source: str,
    out: Path,
    seeds: int | None = None,
    steps: int | None = None,
    workers: int = 1,
) -> None:
    """Run a race to its end and write its recording, curves, summary, comparisons and all plots.

    `source` is a file or the name of an exhibit. More than one of `workers` are processes that
    share the seeds. Raises Refusal for bad input, OSError where `out` cannot take the files or
    workers are lost, KeyboardInterrupt when told to stop.
    """
    with workplace(out) as unpacked:
        running = _shared(_prepared(source, unpacked, seeds, steps), workers)
        _say_notes(running.recording)
        run_race(running, running.experiment.training.steps)
        recording = running.recording
        del running  # measuring runs a race of its own; the two need not fit into memory together
        _save(recording, out)
        _add_costs(recording, out)
    say(f"done: {out}", last=True)


def add_seeds(source: str, out: Path, seeds: int, workers: int = 1) -> None:
    """Race further seeds of a recording, and write what `race` does of all its seeds together.

    Raises as `race` does.
    """
    with workplace(out) as unpacked:
        earlier = _recording(source, unpacked)
        try:
            more = further_race(earlier, seeds)
        except Refusal as refusal:
            if refusal.field == "more seeds":
                raise Refusal("--more-seeds", refusal.value, refusal.allowed) from None
            raise refusal.of(source) from None
        running = _shared(more, workers)
        del more
        _say_notes(earlier)
        run_race(running, steps_to_race(earlier))
        recording = join(earlier, running.recording)
        del earlier, running
        _save(recording, out)
        _add_costs(recording, out)
    say(f"done: {out}", last=True)


def tune(source: str, out: Path) -> None:
    """Tune each contestant's learning rate, and write the experiment that has them to `out`.

    `source` is an experiment's file or the name of an exhibit. Raises as `race` does.
    """
    if out.suffix.lower() != ".toml" or out.is_dir():
        raise Refusal("--out", str(out), "must be a .toml file to write")
    if Path(source).suffix.lower() == ".npz":
        raise Refusal("experiment", source, "must be an experiment; a recording is over")
    with workplace(out.parent) as unpacked:
        experiment, notes = _experiment(source, unpacked)
        for note in notes:
            say(note)
        tuning = _tuned(experiment, source)
        out.parent.mkdir(parents=True, exist_ok=True)
        save(tuning.tuned, out)
    for contestant in tuning.tuned.contestants:
        say(f"{contestant.name}: learning rate {contestant.learning_rate:g}", last=True)
    for note in tuning.notes:
        say(note, last=True)
    say(f"done: {out}", last=True)


def _tuned(experiment: Experiment, source: str) -> Tuning:
    """The tuning, run to its end."""
    said = 0.0
    try:
        tuning = Tuning(experiment)
        for progress in tuning.run():
            now = time.monotonic()
            if now - said >= pace():
                said = now
                say(
                    f"tuning · rate {progress.rate:g}, {progress.place + 1} of {progress.rates} · "
                    f"step {progress.step:,} of {progress.steps:,} · {progress.share:.0%}"
                )
    except Refusal as refusal:
        raise refusal.of(source) from None
    return tuning


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """A folder for what is only needed meanwhile; refuses at once an `out` that takes nothing."""
    _refuse_folder(out)
    with tempfile.TemporaryDirectory(prefix="activation-lab-") as unpacked:
        yield Path(unpacked)


def _prepared(source: str, unpacked: Path, seeds: int | None, steps: int | None) -> Race:
    """The race that was asked for; a table that a recording carries goes to `unpacked`."""
    experiment, notes = _experiment(source, unpacked)
    experiment = _with_option(experiment, "--seeds", "population.seeds", seeds)
    most = int(Experiment.setting("training.steps").high)
    if steps is not None and not 1 <= steps <= most:
        allowed = f"must be 1 to {most:,}: without a window a race needs an end"
        raise Refusal("--steps", steps, allowed)
    experiment = _with_option(experiment, "--steps", "training.steps", steps)
    if experiment.training.steps == 0:
        raise Refusal(f"{source}: training.steps", 0, "is no limit: say how many with --steps N")
    try:
        running = Race(experiment)
    except Refusal as refusal:
        raise refusal.of(source) from None
    running.recording.notes = notes
    return running


def _shared(race: Race, workers: int) -> Race | SharedRace:
    """The race as it is, or its seeds shared out; then nothing holds the race itself any more."""
    if workers == 1:
        return race
    try:
        return SharedRace(race, workers)
    except Refusal as refusal:
        raise Refusal(f"--{refusal.field}", refusal.value, refusal.allowed) from None


def _say_notes(recording: Recording) -> None:
    for note in recording.notes:
        say(note)


def _save(recording: Recording, out: Path) -> None:
    """All that was raced, so that nothing after it can take it away."""
    say("writing the results")
    out.mkdir(parents=True, exist_ok=True)
    recording.save(out / "recording.npz")
    write_curves(recording, out / "curves.csv")
    note = "stopped before it was measured what a step costs"
    write_summary(recording, out / "summary.json", notes=[note])
    write_comparisons(comparisons(recording), recording.experiment, out)
    write_plots(lambda: _plots(recording), out)


def _add_costs(recording: Recording, out: Path) -> None:
    """Measure what a step costs, and put it into the summary."""
    say("measuring what a step costs")
    costs, notes = [], []
    try:
        costs = cost_per_step(recording.experiment)
    except (Refusal, MemoryError) as error:
        notes = [f"it could not be measured what a step costs: {error or 'too little memory'}"]
        say(notes[0])
    write_summary(recording, out / "summary.json", costs, notes)
    write_comparisons(comparisons(recording, costs), recording.experiment, out)


def _refuse_folder(out: Path) -> None:
    """Say before any work is done that the results would have no place."""
    made: list[Path] = []
    try:
        # Permissions alone do not tell: a file system may take nothing even from who may write.
        for folder in reversed((out, *out.absolute().parents)):
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        allowed = f"must be a folder to write into: {error.strerror}"
        raise Refusal("--out", str(out), allowed) from None
    finally:
        for folder in reversed(made):
            folder.rmdir()


def _experiment(source: str, unpacked: Path) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment of a file or exhibit, and what is to be said of it.

    A recording's has in it what was changed on the way; a table that only it has is unpacked.
    """
    path = Path(source)
    if path.suffix.lower() == ".npz":
        recording = _recording(source, unpacked)
        return recording.replay_experiment(), recording.notes
    if path.suffix.lower() == ".toml":
        loaded = read(path)
        return loaded.experiment, loaded.notes
    if source not in exhibits():
        allowed = f"must be a .toml or .npz file, or one of {', '.join(exhibits())}"
        raise Refusal("experiment", source, allowed)
    return exhibits()[source].experiment, ()


def _recording(source: str, unpacked: Path) -> Recording:
    """The recording of a file; a table that only it has, as it was raced, is unpacked."""
    recording = Recording.load(source)
    if recording.outlived_table:
        recording.unpack_table(unpacked)
    return recording


def _with_option(experiment: Experiment, option: str, path: str, value: int | None) -> Experiment:
    if value is None:
        return experiment
    try:
        return experiment.with_value(path, value)
    except Refusal as refusal:
        raise Refusal(option, value, refusal.allowed) from None


def run_race(running: Race | SharedRace, limit: int) -> None:
    """Run the race that far, keeping its records and saying how far it is."""
    lanes = len(running.experiment.contestants), running.experiment.population.seeds
    say(f"racing {lanes[0]} contestants × {lanes[1]} seeds for {limit:,} steps")
    started = said = time.monotonic()
    made = _alone(running, limit) if isinstance(running, Race) else _on_workers(running, limit)
    for step in made:
        now = time.monotonic()
        if step and now - said >= pace():
            said = now
            speed = step / (now - started)
            say(
                f"step {step:,} of {limit:,} · {step / limit:.0%} · "
                f"{speed:,.0f} steps/s · {(limit - step) / speed:,.0f} s left"
            )
    say(f"{running.recording.last_step:,} steps in {time.monotonic() - started:.1f} s")


def _alone(race: Race, limit: int) -> Iterator[int]:
    """Run the race in this process, saying each time which step it has come to."""
    for records in race.run(limit):
        for record in records:
            race.recording.add(record)
        yield race.step


def _on_workers(race: SharedRace, limit: int) -> Iterator[int]:
    """Run the race on workers of its own, saying each time which step all of them have come to."""
    say("starting the workers")
    with local_cluster(len(race.shares)) as client:
        yield from race.run(client, limit)


def _plots(recording: Recording) -> Iterator[Plot]:
    """Every view of a race, drawn as the window would draw its end."""
    from .plots import PLOTS

    for kind in PLOTS:
        view = kind()
        view.show_experiment(recording.experiment)
        view.start(recording)
        view.draw(recording, None)
        yield view
