"""Exhibits raced afresh: what they conclude is recorded, or compared with what was."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence

from engine.cost import cost_per_step
from engine.exhibits import Exhibit, chosen
from engine.exhibits.conclusions import Conclusion, disagreements
from engine.exhibits.evidence import of_race, of_sweep
from engine.exhibits.run import Run, load, save
from engine.race import Race
from engine.recording import Recording
from engine.sweeps import Sweep
from engine.verdict import verdict

from .headless import run_race
from .headless_sweep import swept
from .progress import say


def record(names: Sequence[str]) -> None:
    """Race these exhibits and keep what they conclude. Raises OSError where that fails."""
    for exhibit in chosen(names):
        run = _run(exhibit)
        save(exhibit.key, run)
        print(f"{exhibit.key}: {run.headline} ({run.seconds:.0f} s)", flush=True)


def rerun(names: Sequence[str]) -> None:
    """Race these exhibits and compare what they conclude with what is recorded, a line each.

    Raises OSError where any disagrees, Refusal where nothing is recorded.
    """
    recorded = {exhibit.key: load(exhibit.key) for exhibit in chosen(names)}
    wrong: list[str] = []
    for exhibit in chosen(names):
        fresh = _run(exhibit)
        found = list(disagreements(recorded[exhibit.key].conclusions, fresh.conclusions))
        said = f"DISAGREES: {'; '.join(found)}" if found else "agrees"
        if found:
            wrong.append(exhibit.key)
        about = f"{len(fresh.conclusions)} conclusions, {fresh.seconds:.0f} s"
        print(f"{exhibit.key}: {said} ({about})", flush=True)
    if wrong:
        raise OSError(f"not what was measured before: {', '.join(wrong)}")


def _run(exhibit: Exhibit) -> Run:
    say(f"{exhibit.key}: {exhibit.name}", last=True)
    return _swept(exhibit, exhibit.sweep) if exhibit.sweep else _raced(exhibit)


def _raced(exhibit: Exhibit) -> Run:
    """One race; what a step costs is measured only where time is what is asked."""
    begun = time.process_time()
    race = Race(exhibit.experiment)
    run_race(race, race.experiment.training.steps)
    recording = race.recording
    timed = recording.experiment.population.speed == "seconds"
    costs = cost_per_step(recording.experiment) if timed else []
    conclusions = of_race(recording, costs, exhibit.readings)
    seconds = time.process_time() - begun
    headline = verdict(recording, costs).headline
    return _dated(exhibit, seconds, headline, (), conclusions)


def _swept(exhibit: Exhibit, sweep: Sweep) -> Run:
    """A sweep on this machine's cores; nothing of it stays but what it concludes."""
    with swept(exhibit.key, sweep) as (folder, raced):
        recordings = [Recording.load(folder.recording(race)) for race, _ in raced]
        conclusions = of_sweep(sweep, raced, recordings, exhibit.readings)
    seconds = sum(result.seconds for _, result in raced)
    headline = "; ".join(f"{race.label}: {result.headline}" for race, result in raced)
    warnings = [f"{race.label}: {w}" for race, result in raced for w in result.warnings]
    return _dated(exhibit, seconds, headline, warnings, conclusions)


def _dated(
    exhibit: Exhibit,
    seconds: float,
    headline: str,
    warnings: Sequence[str],
    conclusions: Sequence[Conclusion],
) -> Run:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    seeds = exhibit.experiment.population.seeds
    return Run(exhibit.digest, today, seeds, seconds, headline, tuple(warnings), tuple(conclusions))
