"""A sweep as a TOML file: that of its experiment, with the tables [grid] and [sweep] beside."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from ..experiment_file import (
    as_tables,
    beside,
    from_tables,
    named_from,
    parsed,
    refuse_unknown,
    text_of,
)
from ..files import whole_file
from ..settings import Refusal
from .grid import RATE, TUNED, Axis
from .sweep import Sweep

FORMAT = 1

_ABOUT = ("name", "claim", "timeout")


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep read from a file, its table's path made absolute, and what to tell about it."""

    sweep: Sweep
    notes: tuple[str, ...] = ()


def as_sweep_tables(sweep: Sweep) -> dict[str, Any]:
    """The sweep as plain tables, lists and values, as in the file; a table by its name only."""
    grid: dict[str, Any] = {axis.path: _plain(axis.values) for axis in sweep.axes}
    if sweep.tuned:
        grid[RATE] = TUNED
    about = {"format": FORMAT} | {key: getattr(sweep, key) for key in _ABOUT}
    return {"sweep": about, "grid": grid} | as_tables(sweep.experiment)


def dumps(sweep: Sweep) -> str:
    """The sweep as TOML, with every value written out and no absolute path."""
    tables = as_sweep_tables(sweep)
    # What stands at the top comes before any table.
    top = {key: value for key, value in tables.items() if not isinstance(value, (dict, list))}
    return tomli_w.dumps(top | tables)


def loads(text: str, source: str = "") -> Sweep:
    """The sweep of a TOML text; what is not named keeps its default.

    Raises Refusal naming `source`, the field, its value and what is allowed.
    """
    try:
        return from_sweep_tables(parsed(text))
    except Refusal as refusal:
        raise refusal.of(source) from None


def read(path: str | Path) -> LoadedSweep:
    """The sweep of a file; its table is looked for beside the file. Raises Refusal as `loads`."""
    path = Path(path)
    sweep = loads(text_of(path), path.name)
    loaded = beside(path, sweep.experiment)
    if loaded.experiment != sweep.experiment:
        sweep = dataclasses.replace(sweep, experiment=loaded.experiment)
    return LoadedSweep(sweep, loaded.notes)


def is_sweep(path: str | Path) -> bool:
    """Whether the file says that it is a sweep, be it a good one or not."""
    try:
        tables = parsed(text_of(Path(path)))
    except (Refusal, OSError):
        return False
    return "grid" in tables or "sweep" in tables


def save(sweep: Sweep, path: str | Path) -> None:
    """Write the sweep whole to `path`. Raises OSError."""
    path = Path(path)
    named = dataclasses.replace(sweep, experiment=named_from(path, sweep.experiment))
    with whole_file(path) as file:
        file.write(dumps(named).encode())


def from_sweep_tables(tables: dict[str, Any]) -> Sweep:
    """The sweep of `as_sweep_tables`, or of a file's. Raises Refusal naming the field."""
    about, grid = tables.pop("sweep", {}), tables.pop("grid", {})
    for place, table in (("sweep", about), ("grid", grid)):
        if not isinstance(table, dict):
            raise Refusal(place, table, "must be a table of names and values")
    version = about.pop("format", FORMAT)
    if type(version) is not int or version != FORMAT:
        raise Refusal("sweep.format", version, f"must be {FORMAT}, all this version reads")
    try:
        refuse_unknown(about, _ABOUT)
    except Refusal as refusal:
        raise refusal.inside("sweep") from None
    fields = list(_flat(grid, ""))
    tuned = (RATE, TUNED) in fields
    try:
        axes = [Axis(path, values) for path, values in fields if (path, values) != (RATE, TUNED)]
    except Refusal as refusal:
        raise refusal.inside("grid") from None
    return Sweep(from_tables(tables), tuple(axes), tuned, **about)


def _flat(table: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    """The fields of the grid by their whole paths, quoted or not: without quotes, dots nest."""
    for key, value in table.items():
        path = f"{place}.{key}" if place else key
        if isinstance(value, dict):
            yield from _flat(value, path)
        else:
            yield path, value


def _plain(values: tuple[Any, ...]) -> list[Any]:
    return [list(value) if isinstance(value, tuple) else value for value in values]
