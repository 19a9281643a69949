"""How often a verdict is wrong: pairs that differ by their seeds alone, and planted differences.

    python -m benchmarks.calibration [--trials 1000] [--seeds 16]

Run from the repository's folder in the project's environment. One activation races in large
populations; each trial takes two sets of its seeds, which share no draw, as two contestants, and
puts their recording through the whole verdict. A *call* is any primary comparison that answers
better or worse. In *time alone* the primary outcome of speed is the time to the criterion, with the
costs of a step measured anew for each trial, of the same activation twice. *Adding seeds* looks at
8, 16, 24 and 32 seeds, and counts a call at any look. *Planted* divides the second set's losses by
the smallest factor that so many seeds show in four of five races, at the spread and threshold used;
that power is stated for differences that are normal, which those of a narrower net are not.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from engine import Contestant, Experiment, Race, Recording
from engine.comparisons import Answer, Compared
from engine.cost import Cost, cost_per_step
from engine.recording import Event, Row
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.statistics import smallest_difference
from engine.track import Channel
from engine.verdict import verdict

POPULATION = 256
LOOKS = (8, 16, 24, 32)
CALLS = (Answer.BETTER, Answer.WORSE)

EXPERIMENT = Experiment(
    name="calibration",
    task=TaskSettings(data="sin3x", samples=60),
    network=NetworkSettings(depth=1, width=32),
    training=TrainingSettings(steps=120, batch_size=30, learning_rate=0.02),
    population=PopulationSettings(
        seeds=POPULATION, evaluate_every=4, record_every=60, quality="test_loss"
    ),
    contestants=(Contestant("relu"),),
)
COSTS_OF = EXPERIMENT.with_value("population.seeds", 16)

Sets = tuple[slice, slice]


def populations() -> Iterator[Recording]:
    """Recordings of ever new seeds."""
    first = 0
    while True:
        race = Race(EXPERIMENT.with_value("population.first_seed", first))
        race.advance(EXPERIMENT.training.steps)
        yield race.recording
        first += POPULATION


def pairs(seeds: int) -> Iterator[tuple[Recording, Sets]]:
    """Two sets of `seeds` seeds each, in a recording; no seed comes twice."""
    for recording in populations():
        for start in range(0, POPULATION - 2 * seeds + 1, 2 * seeds):
            yield recording, (slice(start, start + seeds),
                              slice(start + seeds, start + 2 * seeds))  # fmt: skip


def as_contestants(
    recording: Recording, sets: Sets, factor: float = 1.0, **population: object
) -> Recording:
    """The race of two whose lanes are those sets; `factor` divides the second's losses."""
    seeds = sets[0].stop - sets[0].start
    experiment = recording.experiment
    experiment = dataclasses.replace(
        experiment,
        contestants=experiment.contestants * 2,
        population=dataclasses.replace(experiment.population, seeds=seeds, **population),
    )
    facts = dataclasses.replace(recording.facts, baseline=recording.facts.baseline[sets[0]])
    tracks = {
        name: {key: _channel(channel, seeds) for key, channel in track.channels.items()}
        for name, track in recording.tracks.items()
    }
    made = Recording(experiment, tracks["curves"], tracks["layers"], facts, recording.view)
    for name, track in recording.tracks.items():
        for row, (_, step) in enumerate(track.steps):
            values = {
                key: _values(track.values(key, _kept(channel))[row], sets)
                for key, channel in track.channels.items()
            }
            if factor != 1 and name == "curves":
                values["test_loss"][1] /= factor
            made.add(Row(name, int(step), values))
    for event in recording.events:
        for contestant, lanes in enumerate(sets):
            if lanes.start <= event.seed < lanes.stop:
                place = {"contestant": contestant, "seed": event.seed - lanes.start}
                made.add(dataclasses.replace(event, **place))
    made.add(Event(recording.last_step, "finished"))
    return made


def _kept(channel: Channel) -> str:
    """What a row came to in the end: its newest value, or its count."""
    return "last" if "last" in channel.parts else "sum"


def _channel(channel: Channel, seeds: int) -> Channel:
    shape = channel.shape
    if shape[:2] == (1, POPULATION):
        shape = (2, seeds, *shape[2:])
    elif shape[:1] == (1,):
        shape = (2, *shape[1:])
    return dataclasses.replace(channel, shape=shape)


def _values(values: np.ndarray, sets: Sets) -> np.ndarray:
    if values.shape[:2] == (1, POPULATION):
        return np.stack([values[0, lanes] for lanes in sets])
    return np.repeat(values, 2, axis=0) if values.shape[:1] == (1,) else np.array(values)


def primary(recording: Recording, costs: list[Cost] | None = None) -> list[Compared]:
    return [c for c in verdict(recording, costs or ()).comparisons if c.primary]


def called(found: list[Compared]) -> bool:
    return any(compared.answer in CALLS for compared in found)


def at_once(trials: int, seeds: int) -> Iterator[bool]:
    """One planned look."""
    for (recording, sets), _ in zip(pairs(seeds), range(trials), strict=False):
        yield called(primary(as_contestants(recording, sets, looks=1)))


def by_time(trials: int, seeds: int) -> Iterator[bool]:
    """One planned look, at time alone; the same activation's costs, measured as two."""
    twice = dataclasses.replace(COSTS_OF, contestants=COSTS_OF.contestants * 2)
    for (recording, sets), _ in zip(pairs(seeds), range(trials), strict=False):
        found = primary(
            as_contestants(recording, sets, looks=1, speed="seconds"), cost_per_step(twice)
        )
        yield called([compared for compared in found if compared.outcome.key == "seconds"])


def with_more_seeds(trials: int, seeds: int) -> Iterator[bool]:
    """Four planned looks at ever more seeds."""
    for (recording, (first, second)), _ in zip(pairs(max(LOOKS)), range(trials), strict=False):
        calls = []
        for look, count in enumerate(LOOKS, start=1):
            sets = (slice(first.start, first.start + count),
                    slice(second.start, second.start + count))  # fmt: skip
            made = as_contestants(recording, sets, looks=len(LOOKS))
            made.looks = look
            calls.append(called(primary(made)))
        yield any(calls)


def planted(trials: int, seeds: int) -> Iterator[bool]:
    """Whether a planted gain in quality is found, and in the right direction."""
    spreads, thresholds = [], []
    for (recording, sets), _ in zip(pairs(seeds), range(200), strict=False):
        [found] = _quality(primary(as_contestants(recording, sets, looks=1)))
        spreads.append(found.spread)
        thresholds.append(found.test.alpha)
    spread = float(np.sqrt(np.mean(np.square(spreads))))  # of all pairs, not of the usual sixteen
    gain = smallest_difference(seeds, spread, min(thresholds))
    for (recording, sets), _ in zip(pairs(seeds), range(trials), strict=False):
        [found] = _quality(primary(as_contestants(recording, sets, 10**gain, looks=1)))
        yield found.answer == Answer.BETTER


def _quality(found: list[Compared]) -> list[Compared]:
    return [compared for compared in found if compared.outcome.key == "test_loss"]


PATHS: dict[str, tuple[Callable[[int, int], Iterator[bool]], str]] = {
    "same activation, one look": (at_once, "≤ 7 %"),
    "same activation, time alone": (by_time, "≤ 7 %"),
    "same activation, adding seeds": (with_more_seeds, "≤ 7 %"),
    "planted difference, found": (planted, "80 %"),
}


def main() -> None:
    from scipy.stats import binomtest

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=16)
    asked = parser.parse_args()
    print(f"{asked.trials} trials of {asked.seeds} pairs of seeds; limits at 95 % (exact).\n")
    print("| path | calls | rate | limits | asked |\n| --- | --- | --- | --- | --- |")
    for name, (run, wanted) in PATHS.items():
        calls = sum(run(asked.trials, asked.seeds))
        limits = binomtest(calls, asked.trials).proportion_ci(method="exact")
        rate = f"{calls / asked.trials:.1%} | {limits.low:.1%} to {limits.high:.1%}"
        print(f"| {name} | {calls} | {rate} | {wanted} |", flush=True)


if __name__ == "__main__":
    main()
