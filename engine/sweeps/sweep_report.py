"""What a sweep leaves behind: a table of races × contestants, and all it says in one file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ..files import whole_file, write_json
from ..outcomes import OUTCOMES, SCORES, SPEEDS
from ..report import plain
from ..statistics import Comparison, median
from .disparity import Disparity, Raced, against
from .folder import FAILED, REPORT, SweepFolder
from .result import RaceResult
from .sweep import GridRace, Sweep
from .sweep_file import as_sweep_tables

FORMAT = 1

_COMPARED = ("outcome", "gain", "low", "high", "p", "answer")


def write_report(sweep: Sweep, folder: SweepFolder, failures: Mapping[str, str]) -> None:
    """sweep.csv and sweep.json of what the folder has so far. Raises OSError.

    `failures` are the reasons of the races given up, by key.
    """
    folder.begin(sweep)
    raced = folder.raced(sweep)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table(sweep, raced))
    with whole_file(folder.path / "sweep.csv") as file:
        file.write(text.getvalue().encode())
    write_json(folder.path / REPORT, report(sweep, raced, failures))


def report(sweep: Sweep, raced: Raced, failures: Mapping[str, str]) -> dict[str, Any]:
    """The sweep in one table, ready for JSON; docs/sweeps.md explains the keys."""
    results = {race.key: result for race, result in raced}
    tables: dict[str, Any] = plain(
        {
            "format": FORMAT,
            "sweep": as_sweep_tables(sweep),
            "races": [
                _race(race, results.get(race.key), failures.get(race.key)) for race in sweep.races()
            ],
            "disparities": [_disparity(one, raced[0][1]) for one in disparities(sweep, raced)],
        }
    )
    return tables


def disparities(sweep: Sweep, raced: Raced) -> Iterator[Disparity]:
    """Along every field of the grid that is laid out in numbers."""
    for path in sweep.scales if raced else ():
        yield from against(raced, path, raced[0][0].experiment.reference)


def table(sweep: Sweep, raced: Raced) -> Iterator[list[Any]]:
    """A header, and a row for each contestant of each race that was finished.

    Outcomes are medians over the seeds; one that half of the seeds never reached is empty. Quality
    and speed compare with the reference as in summary.json; the reference has nothing there.
    """
    keys = [key for key in OUTCOMES if any(key in result.outcomes for _, result in raced)]
    yield [
        *(axis.path for axis in sweep.axes), "key", "contestant", "learning_rate", *keys,
        "converged", "diverged", *(f"quality_{name}" for name in _COMPARED),
        *(f"speed_{name}" for name in _COMPARED), "warnings",
    ]  # fmt: skip
    for race, result in raced:
        values = [race.values[axis.path] for axis in sweep.axes]
        for c, (name, rate) in enumerate(zip(result.contestants, result.rates, strict=True)):
            yield [
                *values, race.key, name, rate, *(_median(result, key, c) for key in keys),
                result.converged[c], result.diverged[c],
                *_compared(result, name, SCORES), *_compared(result, name, SPEEDS),
                "; ".join(result.warnings),
            ]  # fmt: skip


def _median(result: RaceResult, key: str, contestant: int) -> float | str:
    if key not in result.outcomes:
        return ""
    middle = median(result.outcomes[key][contestant]).estimate
    return middle if abs(middle) < float("inf") else ""


def _compared(result: RaceResult, name: str, outcomes: Mapping[str, Any]) -> list[Any]:
    """The contestant's primary comparison on one of these outcomes: quality's, or speed's."""
    for found in result.primary:
        if found["outcome"] in outcomes and found["contestant"] == name:
            gain = found["gain"]
            ends = [gain[end] for end in ("estimate", "low", "high")]
            return [found["outcome"], *ends, found["adjusted_p"], found["answer"]]
    return [""] * len(_COMPARED)


def _race(race: GridRace, result: RaceResult | None, failure: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"key": race.key, "values": race.values}
    if result is None:
        return found | {"state": FAILED if failure else "missing", "reason": failure or ""}
    return found | {
        "state": "done",
        "headline": result.headline,
        "warnings": result.warnings,
        "seconds": result.seconds,
    }


def _disparity(found: Disparity, any_result: RaceResult) -> dict[str, Any]:
    names = any_result.contestants
    return {
        "along": found.path,
        "at": found.at,
        "first": names[found.first],
        "second": names[found.second],
        "outcome": found.outcome,
        "answer": found.answer,
        "gaps": [
            {"value": gap.value, "answer": gap.answer, **_interval(gap.test)}
            | {"warnings": gap.warnings}
            for gap in found.gaps
        ],
        "trend": {"per": found.per, **_interval(found.trend)} if found.trend else None,
    }


def _interval(test: Comparison) -> dict[str, float]:
    return {"estimate": test.estimate, "low": test.low, "high": test.high}
