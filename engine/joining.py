"""Seeds that race by themselves: more of them for a race that was run, or the shares of one race.

A lane does not feel its company, so their recordings become, bit for bit, that of all seeds racing
together; only the clock's readings are sums.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .experiment import Experiment
from .fit import Fit
from .last_look import seeds_looked_at
from .network import no_look
from .outcomes import diverged_lanes
from .race import Race
from .recording import Event, Recording
from .settings import Refusal
from .track import Array, Channel, Track

# Happen once for all lanes, and so in both recordings.
_SHARED_KINDS = ("intervention", "finished")
# Found at the end in the first seeds alone.
_LAST_LOOK_KINDS = ("pieces", "rescaled")


def more_seeds(recording: Recording, seeds: int, look: Callable[[], None] = no_look) -> Recording:
    """Race so many further seeds as far as the recording goes, and join them to it.

    Raises Refusal as `further_race` and `join`.
    """
    race = further_race(recording, seeds, look)
    race.advance(steps_to_race(recording))
    return join(recording, race.recording)


def further_race(recording: Recording, seeds: int, look: Callable[[], None] = no_look) -> Race:
    """The race of the `further` seeds, to be run for `steps_to_race`; `look` is as in `Race`.

    Raises Refusal as `further` and `Race` do, where the user's table has changed, and where the
    recording's memory does not hold so many lanes.
    """
    race = race_to_join(further(recording, seeds), look)
    _empty(recording, race.recording)  # what memory will not hold is refused before it is raced
    return race


def race_to_join(experiment: Experiment, look: Callable[[], None] = no_look) -> Race:
    """The race of `further` seeds, or of some `shares`.

    Raises Refusal as `Race` does, and where the user's table has changed.
    """
    race = Race(experiment, look)
    if race.experiment.task.sha256 != experiment.task.sha256:
        table = Path(experiment.task.table).name
        raise Refusal("task.table", table, "has changed since the race, whose points it must hold")
    return race


def further(recording: Recording, seeds: int) -> Experiment:
    """The experiment of the `seeds` seeds after those of the recording, all else as it was raced.

    Data and order that all seeds share stay those of the first. Raises Refusal for too many.
    """
    if not recording.last_step:
        raise Refusal("recording", recording.last_step, "must be of a race that has begun")
    raced = recording.replay_experiment()
    population = raced.population
    most = int(Experiment.setting("population.seeds").high)
    if not 1 <= seeds <= most - population.seeds:
        allowed = f"must be 1 to {most - population.seeds}: a race has {most} seeds at most"
        raise Refusal("more seeds", seeds, allowed)
    raced = raced.with_value("population.quality", population.quality_for(recording.facts.kind))
    return _later(raced, population.seeds, seeds)


def shares(experiment: Experiment, count: int) -> list[Experiment]:
    """The experiment's seeds in `count` runs of about equal length, each an experiment of its own.

    Its automatic values must be resolved. Raises Refusal (`workers`) for more runs than seeds, and
    where the first would not have the seed looked at alone.
    """
    population = experiment.population
    seeds, alone = population.seeds, population.histogram_seed
    most = max(number for number in range(1, seeds + 1) if math.ceil(seeds / number) >= alone)
    if not 1 <= count <= most:
        what = "each races seeds of its own, the first of them the one looked at alone"
        raise Refusal("workers", count, f"must be 1 to {most}: {what}")
    first, *others = np.array_split(np.arange(seeds), count)
    return [
        experiment.with_value("population.seeds", len(first)),
        *(_later(experiment, int(run[0]), len(run)) for run in others),
    ]


def _later(experiment: Experiment, place: int, seeds: int) -> Experiment:
    """Of so many seeds, from the one at that place on; they join those before."""
    population = experiment.population
    return dataclasses.replace(
        experiment,
        population=dataclasses.replace(
            population,
            seeds=seeds,
            first_seed=population.first_seed + place,
            joins=population.leading_seed,
            histogram_seed=1,
        ),
    )


def steps_to_race(recording: Recording) -> int:
    """How far further seeds must go: to the race's end, or as far as it came."""
    # A race that ended because all lanes had diverged goes on for others that have not.
    return (_finished(recording) and recording.experiment.training.steps) or recording.last_step


def _finished(recording: Recording) -> bool:
    return any(event.kind == "finished" for event in recording.events)


def join(recording: Recording, more: Recording) -> Recording:
    """The recording of both's seeds, looked at once more; `more` is of a `further` experiment.

    Raises Refusal where it is not, and as `together`.
    """
    if _named(more.experiment) != _named(further(recording, more.experiment.population.seeds)):
        raise Refusal("recording", more.experiment.name, "must be of further seeds of the race")
    joined = together(recording, more)
    joined.looks = recording.looks + 1
    joined.notes, joined.table = recording.notes, recording.table
    return joined


def together(recording: Recording, more: Recording) -> Recording:
    """The recording of both's seeds, as if all had raced in one race; `more` has those that follow.

    Raises Refusal where one came further than the other, or where the memory does not hold so many
    lanes.
    """
    joined = _empty(recording, more)
    longest = max(recording, more, key=lambda each: each.last_step)
    one, other = (_as_long(each, longest) for each in (recording, more))
    for name, track in joined.tracks.items():
        arrays = _joined(name, one[name], other[name], longest is more, track.capacity)
        setattr(joined, name, Track.from_arrays(track.channels, track.memory, arrays))
    for event in _events(recording, more, longest):
        joined.add(event)
    joined.fit = _fit(recording, more, longest.last_step)
    return joined


def _empty(recording: Recording, more: Recording) -> Recording:
    """A recording with room for the lanes of both."""
    seeds = recording.experiment.population.seeds + more.experiment.population.seeds
    curves, layers = (
        {
            key: _wider(channel, _way(name, key, channel), seeds)
            for key, channel in recording.tracks[name].channels.items()
        }
        for name in ("curves", "layers")
    )
    baseline = np.concatenate([recording.facts.baseline, more.facts.baseline])
    facts = dataclasses.replace(recording.facts, baseline=baseline)
    experiment = recording.experiment.with_value("population.seeds", seeds)
    return Recording(experiment, curves, layers, facts, recording.view)


def _named(experiment: Experiment) -> Experiment:
    """Without the place of its table, which is known by its SHA-256."""
    return dataclasses.replace(experiment, task=dataclasses.replace(experiment.task, table=""))


def _fit(recording: Recording, more: Recording, step: int) -> Fit | None:
    """What the networks of both answer, of the first seeds; None unless both were asked."""
    one, other = recording.fit, more.fit
    if one is None or other is None:
        return None
    seeds = recording.view.seeds(len(recording.facts.baseline) + len(more.facts.baseline))

    def together(first: Array | None, second: Array | None) -> Array | None:
        if first is None or second is None:
            return None
        both = np.concatenate([first, second], axis=1)[:, :seeds]
        both.flags.writeable = False
        return both

    outputs, counts = together(one.outputs, other.outputs), together(one.counts, other.counts)
    return Fit(step, outputs, counts, one.kinks)


def _as_long(recording: Recording, longest: Recording) -> dict[str, Track]:
    """Copies of its tracks up to the other's end.

    The rows that are missing where all lanes had diverged would have been empty. Raises Refusal
    where others are missing.
    """
    tracks = copy.deepcopy(recording.tracks)
    population = recording.experiment.population
    for name, track in tracks.items():
        every = population.evaluate_every if name == "curves" else population.record_every
        last, end = (int(each.steps[-1, 1]) for each in (track, longest.tracks[name]))
        if last < end and not diverged_lanes(recording).all():
            raise Refusal("last step", last, f"must be {end}, as of the other seeds")
        row = {
            key: np.full(channel.shape, 0 if counts else np.nan)
            for key, channel in track.channels.items()
            for counts in [channel.merge == "sum" or _way(name, key, channel) == "added"]
        }
        if name == "curves":
            row["seconds"] = recording.seconds
        for step in sorted({*range(last - last % every + every, end, every), end} - {last}):
            track.add(step, row)
    return tracks


def _way(track: str, name: str, channel: Channel) -> int | str:
    """How the values of both become one: side by side along that axis, or by a word.

    "added" are totals over the lanes, "averaged" their means; "first" is of the lane looked at
    alone, which is among the first seeds; "shared" is equal for all lanes.
    """
    if name == "dead_lanes":
        return "averaged"
    if channel.merge == "sum" and not name.startswith("lane_"):
        return "added"
    if name in ("seconds", "running_lanes"):
        return "added"
    if track == "units" or name.startswith("lane_"):
        return "first"
    if name.startswith("parameter."):
        return 0
    return 1 if len(channel.shape) > 1 else "shared"


def _wider(channel: Channel, way: int | str, seeds: int) -> Channel:
    """The channel with room for so many seeds."""
    if isinstance(way, str):
        return channel
    shape = (*channel.shape[:way], seeds, *channel.shape[way + 1 :])
    return dataclasses.replace(channel, shape=shape)


def _joined(
    name: str, one: Track, other: Track, other_went_on: bool, capacity: int
) -> dict[str, Array]:
    """The arrays of both tracks together, in so few rows that they fit.

    What is equal for all lanes is `one`'s, unless it ended before the `other` did.
    """
    while one.width != other.width or len(one) > capacity:
        min(one, other, key=lambda track: track.width).coarsen()
    if not np.array_equal(one.steps, other.steps):
        raise Refusal("steps", len(other), f"must be the {len(one)} rows of the other seeds")
    parts = one.to_arrays(), other.to_arrays()
    arrays = dict(parts[other_went_on])
    for key, (channel, _, part) in {key: key.rpartition("/") for key in arrays}.items():
        if not channel:
            continue  # the steps
        way = _way(name, channel, one.channels[channel])
        first, second = (each[key] for each in parts)
        if isinstance(way, int):
            arrays[key] = np.concatenate([first, second], axis=way + 1)
        elif way == "added":
            arrays[key] = first + second
        elif way == "averaged":
            arrays[key] = _averaged(first, second, *(e[f"running_lanes/{part}"] for e in parts))
        elif way == "first":
            arrays[key] = first
    return arrays


def _averaged(first: Array, second: Array, of_first: Array, of_second: Array) -> Array:
    """The share among all lanes of shares among some; NaN where there are none."""
    counts = [
        np.where(lanes > 0, np.rint(share * lanes), 0)
        for share, lanes in ((first, of_first), (second, of_second))
    ]
    with np.errstate(invalid="ignore"):
        shares = sum(counts) / (of_first + of_second).astype(np.float64)
    return np.asarray(shares, first.dtype)


def _events(one: Recording, other: Recording, longest: Recording) -> list[Event]:
    """What happened in both, in the order of the steps; what all lanes share, from the longest."""
    shift = one.experiment.population.seeds
    own = [event for event in one.events if event.kind not in _SHARED_KINDS]
    looked_at = _looked_at(one)
    moved = [
        dataclasses.replace(event, seed=event.seed + shift)
        for event in other.events
        if event.kind not in _SHARED_KINDS
        and (event.kind not in _LAST_LOOK_KINDS or event.seed + shift < looked_at[event.contestant])
    ]
    # Without a limit of steps the one may have ended while lanes of the other still run.
    over = all(_finished(each) or diverged_lanes(each).all() for each in (one, other))
    shared = [
        event
        for event in longest.events
        if event.kind in _SHARED_KINDS and (over or event.kind != "finished")
    ]
    return sorted([*own, *moved, *shared], key=lambda event: event.step)


def _looked_at(recording: Recording) -> list[int]:
    """Of how many seeds of each contestant the last look is kept."""
    sizes = (recording.view.points.shape[1], *recording.facts.layer_units)
    contestants = recording.experiment.contestants
    return [seeds_looked_at(sizes, contestant.record.curved) for contestant in contestants]
