"""An experiment as a TOML file: every value by its name, every mistake by its place."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from .contestant import Contestant
from .experiment import SECTIONS, Experiment, Intervention
from .files import relative_path, sha256_of, whole_file
from .settings import Refusal

FORMAT = 1
# A table beside the experiment, for whoever shows it; the experiment is the same without it.
EXHIBIT = "exhibit"

_TEXTS = ("name", "claim")
_LISTS: dict[str, tuple[str, type[Any]]] = {
    "contestant": ("contestants", Contestant),
    "intervention": ("interventions", Intervention),
}


@dataclass(frozen=True)
class Loaded:
    """An experiment read from a file, its table's path made absolute, and what to tell about it.

    `as_saved`: the table is where it was, with the bytes that it had.
    """

    experiment: Experiment
    notes: tuple[str, ...] = ()
    as_saved: bool = True


def as_tables(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain tables, lists and values, as in the file; a table by its name only.

    A path that is already relative stays; an absolute one would tell where the user keeps things.
    """
    tables: dict[str, Any] = {"format": FORMAT}
    for key in (*_TEXTS, *SECTIONS):
        value = getattr(experiment, key)
        tables[key] = _fields(value) if dataclasses.is_dataclass(value) else value
    for key, (attribute, _) in _LISTS.items():
        if items := getattr(experiment, attribute):
            tables[key] = [_fields(item) for item in items]
    if os.path.isabs(experiment.task.table):
        tables["task"]["table"] = os.path.basename(experiment.task.table)
    return tables


def dumps(experiment: Experiment) -> str:
    """The experiment as TOML, with every value written out and no absolute path."""
    return tomli_w.dumps(as_tables(experiment))


def loads(text: str, source: str = "") -> Experiment:
    """The experiment of a TOML text; what is not named keeps its default.

    Raises Refusal naming `source`, the field, its value and what is allowed.
    """
    try:
        return from_tables(parsed(text))
    except Refusal as refusal:
        raise refusal.of(source) from None


def read(path: str | Path) -> Loaded:
    """The experiment of a file; its table is looked for beside the file.

    Raises Refusal where the file cannot be read or holds no experiment. A table that is gone or has
    changed is said in the notes; the race refuses what it cannot read.
    """
    path = Path(path)
    return beside(path, loads(text_of(path), path.name))


def text_of(path: Path) -> str:
    """The text of a file. Raises Refusal where it cannot be read, or is no UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refusal("experiment", str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        place, byte = f"{path.name}: byte {error.start}", error.object[error.start]
        raise Refusal(place, byte, "must be TOML, a text in UTF-8") from None


def beside(path: Path, experiment: Experiment, copied: bool = False) -> Loaded:
    """The experiment with its table found beside the file at `path`, and what is to be said.

    `copied`: the file has the table in it, to be used where it is gone or changed.
    """
    task = experiment.task
    if not task.table:
        return Loaded(experiment)
    table = path.absolute().parent / task.table
    try:
        digest = sha256_of(table)
    except OSError as error:
        note = f"{path.name}: the table {task.table} cannot be read: {error.strerror}"
        found = _with_table(experiment, str(table), task.sha256)
        return Loaded(found, () if copied else (note,), as_saved=False)
    changed = task.sha256 not in ("", digest)
    note = f"{path.name}: the table {table.name} has changed since it was saved (SHA-256 differs)"
    note += "; its own copy is used" if copied else ""
    found = _with_table(experiment, str(table), digest)
    return Loaded(found, (note,) if changed else (), as_saved=not changed)


def save(experiment: Experiment, path: str | Path) -> None:
    """Write the experiment whole to `path`; its table is named from there, with its SHA-256.

    Raises OSError where the folder cannot be written to, or the table cannot be read.
    """
    path = Path(path)
    with whole_file(path) as file:
        file.write(dumps(named_from(path, experiment)).encode())


def named_from(path: Path, experiment: Experiment) -> Experiment:
    """The experiment with its table named as the file at `path` is to name it.

    Raises OSError where the table cannot be read.
    """
    table = experiment.task.table
    if not table:
        return experiment
    named = relative_path(table, path.absolute().parent)
    return _with_table(experiment, named, sha256_of(Path(table)))


def _with_table(experiment: Experiment, table: str, sha256: str) -> Experiment:
    task = dataclasses.replace(experiment.task, table=table, sha256=sha256)
    return dataclasses.replace(experiment, task=task)


def _fields(record: Any) -> dict[str, Any]:
    """A record's fields as TOML can hold them; what is None or an empty table is left out."""
    fields = {}
    for f in dataclasses.fields(record):
        value = getattr(record, f.name)
        if isinstance(value, tuple):
            value = list(value)
        if isinstance(value, Mapping):
            value = dict(value)
        if value is not None and value != {}:
            fields[f.name] = value
    return fields


def parsed(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises Refusal naming the line that is none."""
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise Refusal("TOML", "brackets in brackets", "must not be nested this deep") from None
    except ValueError as error:
        lines = text.splitlines() or [""]
        found = re.search(r"at line (\d+)", str(error))
        number = min(int(found[1]) if found else len(lines), len(lines))
        raise Refusal(f"line {number}", lines[number - 1], f"must be TOML: {error}") from None
    _refuse_huge(tables, "")
    return tables


def _refuse_huge(value: Any, place: str) -> None:
    """TOML's whole numbers have 64 bits; Python's reader takes longer ones, floats cannot."""
    if isinstance(value, int) and value.bit_length() > 63:
        raise Refusal(place, value, "must fit in 64 bits")
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value, start=1)
    for key, item in inner:
        _refuse_huge(item, f"{place}.{key}" if place else str(key))


def from_tables(tables: dict[str, Any]) -> Experiment:
    """The experiment of `as_tables`, or of a file's. Raises Refusal naming the field."""
    version = tables.pop("format", FORMAT)
    if type(version) is not int or version != FORMAT:
        raise Refusal("format", version, f"must be {FORMAT}, the only one this version reads")
    refuse_unknown(tables, (*_TEXTS, *SECTIONS, *_LISTS, EXHIBIT))
    values: dict[str, Any] = {key: tables[key] for key in _TEXTS if key in tables}
    for key, section in SECTIONS.items():
        values[key] = _record(section, tables.get(key, {}), key)
    for key, (attribute, record) in _LISTS.items():
        if key in tables:
            values[attribute] = records(record, tables[key], key)
    try:
        return Experiment(**values)
    except Refusal as refusal:
        named = {attribute: key for key, (attribute, _) in _LISTS.items()}
        field = named.get(refusal.field, refusal.field)
        raise Refusal(field, refusal.value, refusal.allowed) from None


def records(record: type[Any], items: Any, key: str) -> tuple[Any, ...]:
    """The records of a list of tables that is called `key`. Raises Refusal naming the field."""
    if not isinstance(items, list):
        raise Refusal(key, items, f"must be a list of tables, each under [[{key}]]")
    return tuple(
        _record(record, item, f"{key} {number}") for number, item in enumerate(items, start=1)
    )


def _record(record: type[Any], table: Any, place: str) -> Any:
    """A section, contestant or intervention from its table; refusals carry `place`."""
    if not isinstance(table, dict):
        raise Refusal(place, table, "must be a table of names and values")
    required = [
        f.name
        for f in dataclasses.fields(record)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    try:
        refuse_unknown(table, [f.name for f in dataclasses.fields(record)])
        for name in required:
            if name not in table:
                raise Refusal(name, None, "must be given")
        return record(**table)
    except Refusal as refusal:
        raise refusal.inside(place) from None


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise Refusal for the first name of a table that is not among those known."""
    for name in table:
        if name not in (names := list(known)):
            raise Refusal(name, table[name], f"is not known; known are {', '.join(names)}")
