"""A sweep: the same race over a grid of an experiment's fields."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..experiment import Experiment
from ..experiment_file import as_tables
from ..files import sha256_of
from ..settings import Refusal, check, setting
from .grid import RATE, Axis, count, names_only, points

# Part of every race's key: results of another form, read at other automatic cadences or of sums in
# another order are none.
RESULT_FORMAT = 4


@dataclass(frozen=True)
class GridRace:
    """One race of a sweep: the `values` of its grid point by path, and its experiment.

    tuned: each contestant's learning rate is looked for first. `key` is equal for two races if and
    only if nothing but names tells them apart, so that a folder knows what it has.
    """

    values: dict[str, Any]
    experiment: Experiment
    tuned: bool

    @cached_property
    def key(self) -> str:
        tables = as_tables(self.experiment)
        decisive = {name: v for name, v in tables.items() if name not in ("name", "claim")}
        decisive["task"].pop("table")  # a table is known by its content, wherever it lies
        for contestant in decisive["contestant"]:
            contestant.pop("colour")
        text = json.dumps([RESULT_FORMAT, self.tuned, decisive], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """The grid point in words, as "network.depth = 8, network.width = 16"."""
        return ", ".join(f"{path} = {value}" for path, value in self.values.items())


@dataclass(frozen=True)
class Sweep:
    """An experiment raced at every point of a grid. Raises Refusal where a point is not allowed.

    tuned: at every point each contestant's learning rate is tuned first (`Tuning`), on other seeds
    and on validation data.
    """

    experiment: Experiment
    axes: tuple[Axis, ...]
    tuned: bool = False
    name: str = ""
    claim: str = field(default="", metadata={"lines": True})
    timeout: float = setting(
        3600.0, label="Timeout", help="After so long a race is given up, and tried once more.",
        unit="s", low=1, high=1e7, log=True, zero="none",
    )  # fmt: skip

    def __post_init__(self) -> None:
        try:
            check(self)
        except Refusal as refusal:
            raise refusal.inside("sweep") from None
        if not self.axes:
            raise Refusal("grid", "", "must name at least one field, with a list of values")
        paths = [axis.path for axis in self.axes]
        for place, path in enumerate(paths):
            if path in paths[:place]:
                raise Refusal(f"grid.{path}", "", "must not come twice")
        count(self.axes)
        for _, experiment in self._points():
            if not experiment.training.steps:
                raise Refusal("training.steps", 0, "is no limit: a sweep must come to an end")
            if self.tuned and not experiment.training.learning_rate:
                raise Refusal(RATE, 0, "must be above 0: tuning looks around it")

    def __len__(self) -> int:
        """How many races it has."""
        return count(self.axes)

    @property
    def scales(self) -> list[str]:
        """The fields of the grid along which a difference can be said to grow or shrink."""
        return [
            axis.path
            for axis in self.axes
            if axis.numeric and len(axis.values) > 1 and not names_only(axis.path)
        ]

    def races(self) -> Iterator[GridRace]:
        """Every race, the last field of the grid fastest; the table as it is now."""
        table = Path(self.experiment.task.table)
        content = sha256_of(table) if table.is_file() else self.experiment.task.sha256
        for values, point in self._points():
            race = GridRace(values, point, self.tuned)
            name = ": ".join(filter(None, (self.name or point.name, race.label)))
            task = dataclasses.replace(point.task, sha256=content)
            point = dataclasses.replace(point, name=name, task=task)
            yield dataclasses.replace(race, experiment=point)

    def _points(self) -> Iterator[tuple[dict[str, Any], Experiment]]:
        try:
            yield from points(self.experiment, self.axes)
        except Refusal as refusal:
            raise refusal.inside("grid") from None
