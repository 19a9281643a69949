"""What a finished race or sweep of an exhibit concludes: the numbers that its claim hangs on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from ..comparisons import Compared
from ..cost import Cost
from ..experiment import Experiment
from ..measures import MEASURES
from ..novelty import novelty
from ..outcomes import SPEEDS, final_scores, scores
from ..recording import Recording
from ..statistics import Interval, median, wilson
from ..sweeps.disparity import Disparity, Raced, disparity
from ..sweeps.sweep import Sweep
from ..track import Array
from ..verdict import Verdict, verdict
from .conclusions import Conclusion, Measured, Ordered, Said
from .reading import Reading

VERDICT = "verdict"


def of_race(
    recording: Recording, costs: Sequence[Cost] = (), readings: Sequence[Reading] = ()
) -> list[Conclusion]:
    """The verdict's choice, the comparisons, and each contestant's outcomes and readings."""
    said = verdict(recording, costs)
    names = recording.experiment.contestant_names
    found: list[Conclusion] = [Said(VERDICT, said.findings[0].answer)]
    # Times are compared by their order alone, below: a clock that is read twice says two things.
    by_steps = [one for one in said.comparisons if one.outcome.key == "steps"]
    found += [_compared(one, names) for one in [*_quality(said), *by_steps]]
    found += _luck(said, names)
    for c, (name, arrival) in enumerate(zip(names, said.arrivals, strict=True)):
        found.append(_measured(f"{name}: share converged", arrival.share))
        for score in scores(recording):
            values = final_scores(recording, score)[c]
            found.append(_measured(f"{name}: {score.label}", median(values)))
        for reading in readings:
            found += _reading(name, reading, reading.values(recording)[c])
    return found + _clocks(said, names) + list(_new(recording.experiment))


def of_sweep(
    sweep: Sweep, raced: Raced, recordings: Sequence[Recording], readings: Sequence[Reading]
) -> list[Conclusion]:
    """Those of every race of the grid, and how each pair of contestants differs along it.

    Pairs are compared on the primary outcome of quality. The races' verdicts are left out: of many,
    one always lies on the brink, and says on another machine what its neighbours say.
    """
    found: list[Conclusion] = []
    for (race, _), recording in zip(raced, recordings, strict=True):
        for conclusion in of_race(recording, readings=readings):
            if conclusion.about != VERDICT:
                about = f"{race.label}: {conclusion.about}"
                found.append(dataclasses.replace(conclusion, about=about))
    quality = recordings[0].experiment.population.quality
    names = sweep.experiment.contestant_names
    for path in sweep.scales:
        for first, second in combinations(range(len(names)), 2):
            for one in disparity(raced, path, first, second, quality):
                found += _disparity(one, names)
    return found


def _compared(one: Compared, names: Sequence[str]) -> Measured:
    about = f"{names[one.contestant]} against {names[one.reference]}: {one.outcome.label}"
    return Measured(about, one.test.estimate, one.test.low, one.test.high, signed=True)


def _quality(said: Verdict) -> list[Compared]:
    return [one for one in said.comparisons if one.primary and one.outcome.key not in SPEEDS]


def _luck(said: Verdict, names: Sequence[str]) -> list[Conclusion]:
    """How probably one seed alone has the contestant ahead, by the primary outcome of quality."""
    return [
        _measured(
            f"{names[one.contestant]} ahead of {names[one.reference]} in a single seed",
            one.superiority,
        )
        for one in _quality(said)
    ]


def _reading(name: str, reading: Reading, values: Array) -> Iterator[Conclusion]:
    """The median over the seeds; of sizes, how often they are exactly 0 tells as much."""
    known = values[~np.isnan(values)]
    if known.size:
        yield _measured(f"{name}: {reading.label}", median(known))
    measure = MEASURES[reading.measure]
    if known.size and measure.log and not measure.twin:
        zeros = wilson(int(np.count_nonzero(known == 0)), known.size)
        yield _measured(f"{name}: {reading.label}: share of seeds where it is 0", zeros)


def _measured(about: str, interval: Interval) -> Measured:
    return Measured(about, interval.estimate, interval.low, interval.high)


def _clocks(said: Verdict, names: Sequence[str]) -> list[Conclusion]:
    """Who is first by steps, and by time where it was measured what a step costs."""
    if not said.costs:
        return []
    steps = {name: a.restricted_mean.estimate for name, a in zip(names, said.arrivals, strict=True)}
    timed = zip(names, said.arrivals, said.costs, strict=True)
    seconds = {name: a.in_seconds(cost).restricted_mean.estimate for name, a, cost in timed}
    return [Ordered("order by steps", steps), Ordered("order by time", seconds)]


def _new(experiment: Experiment) -> Iterator[Said]:
    """Whether each trained parameter is new."""
    network = experiment.network
    for name, contestant in zip(experiment.contestant_names, experiment.contestants, strict=True):
        trained = contestant.trained if network.hidden else {}
        if all(mode == "fixed" for mode in trained.values()):
            continue
        for found in novelty(contestant, len(network.hidden), network.residual):
            if trained[found.parameter] == found.mode:
                yield Said(f"{name}: is {found.parameter} a {found.mode} new?", found.answer)


def _disparity(found: Disparity, names: Sequence[str]) -> list[Conclusion]:
    about = f"{names[found.second]} against {names[found.first]} along {found.path}"
    about += "".join(f", {path} = {value}" for path, value in found.at.items())
    said: list[Conclusion] = [Said(f"{about}: the difference", str(found.answer))]
    tests = [(f"at {gap.value:g}", gap.test) for gap in found.gaps]
    if found.trend is not None:
        tests.append((f"trend by {found.per}", found.trend))
    for what, test in tests:
        said.append(Measured(f"{about}: {what}", test.estimate, test.low, test.high, signed=True))
    return said
