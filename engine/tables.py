"""The user's own table: which columns are inputs, which is the target, and what is left out."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .data import Data, Floats
from .settings import Refusal
from .table_files import NUMBER, read_bytes, read_columns
from .wording import counted

if TYPE_CHECKING:
    from pandas import DataFrame, Series

# Of a longer file, so many bytes are looked at to name its columns.
HEAD = 5_000_000

TARGET_NAMES = ("target", "y", "label", "class")
MOST_LEVELS = 20
MOST_CLASSES = 100
LEAST_ROWS = 10
LARGEST_NUMBER = 1e100

_ID_NAME = re.compile(r"(.*[_ .-])?(id|index|idx|key|uuid|row|nr|no)|.*Id|.*ID", re.ASCII)


@dataclass(frozen=True)
class Table:
    """A table as a race can learn it: `target` is the column predicted, `sha256` of the file."""

    name: str
    data: Data
    target: str
    sha256: str


@dataclass(frozen=True)
class _Inputs:
    """One column as the network reads it: values (n, features), NaN where missing."""

    values: Floats
    names: tuple[str, ...]
    note: str = ""


def read_table(path: str | Path, target: str = "") -> Table:
    """Read a .csv, .tsv, .txt, .npz or .parquet file and choose inputs and target.

    `target` names the column to predict; empty: one called target, y, label or class, else the
    last. Missing numbers stay NaN, to be filled in from the training rows. Refuses, naming file,
    field, value and what is allowed, whatever cannot be learnt from.
    """
    path = Path(path)
    try:
        about = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file has such a name"
        raise Refusal("table", str(path), f"cannot be read: {reason}") from None
    return _read(path.absolute(), target, about.st_mtime_ns, about.st_size)


def column_names(path: str | Path) -> tuple[str, ...]:
    """The columns of a table, for its target to be picked from; none where it cannot be read.

    Of a long text its head is read; a large archive is not. `read_table` says what is wrong.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(HEAD)
            if file.read(1):
                raw = raw[: raw.rfind(b"\n") + 1]
        frame, _ = read_columns(path.name, raw)
    except (OSError, ValueError):  # a Refusal is a ValueError, and so is a zero byte in a name
        return ()
    return tuple(dict.fromkeys(frame.columns))


@lru_cache(maxsize=4)
def _read(path: Path, target: str, changed: int, size: int) -> Table:
    """Read once for as long as the file keeps its size and date."""
    raw = read_bytes(path)
    frame, notes = read_columns(path.name, raw)
    column = _target_column(path.name, list(frame.columns), target)
    known = frame.iloc[:, column].notna().to_numpy()
    if len(frame) and not known.any():
        allowed = f"must be known in some rows of {path.name}"
        raise Refusal("target", frame.columns[column], allowed)
    if not known.all():
        notes.append(f"{counted(int((~known).sum()), 'row')} without a target left out.")
        frame = frame[known]
    if len(frame) < LEAST_ROWS:
        allowed = f"must have {LEAST_ROWS} rows at least, not {len(frame)}"
        raise Refusal("table", path.name, allowed)
    data = _chosen(path.name, frame, column, notes)
    data = dataclasses.replace(data, notes=tuple(notes))
    digest = hashlib.sha256(raw).hexdigest()
    return Table(path.name, data, str(frame.columns[column]), digest)


def _target_column(name: str, columns: list[str], target: str) -> int:
    if target:
        if target not in columns:
            shown = ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
            raise Refusal("target", target, f"must be one of {shown}, the columns of {name}")
        return columns.index(target)
    lowered = [column.lower() for column in columns]
    found = [lowered.index(wanted) for wanted in TARGET_NAMES if wanted in lowered]
    return found[0] if found else len(columns) - 1


def _chosen(name: str, frame: DataFrame, target: int, notes: list[str]) -> Data:
    """Inputs and targets of the rows of `frame`; what is left out is added to the notes."""
    targets, kind, class_names, note = _targets(name, frame.iloc[:, target])
    notes.append(note)
    others = [i for i in range(frame.shape[1]) if i != target]
    columns = [_inputs(name, frame.iloc[:, i], alone=len(others) == 1) for i in others]
    notes.extend(column.note.strip() for column in columns if column.note)
    kept = [column for column in columns if column.names]
    if not kept:
        raise Refusal("table", name, "must have inputs left: " + " ".join(notes[-3:]))
    inputs = np.concatenate([column.values for column in kept], axis=1)
    for shared in (inputs, targets):
        shared.setflags(write=False)
    names = tuple(feature for column in kept for feature in column.names)
    return Data(inputs, targets, kind, _printable(names), _printable(class_names))


def _printable(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that any picture can hold: a line break or control character would break it."""
    return tuple("".join(c if c.isprintable() else " " for c in name) for name in names)


def _targets(name: str, column: Series) -> tuple[Floats, str, tuple[str, ...], str]:
    """Targets (n, outputs), kind, class names and a note: values, or classes if few recur."""
    numbers = None if column.dtype.kind == "b" else _numbers(name, column)
    if numbers is not None:
        levels = np.unique(numbers)
        if len(levels) == 1:
            allowed = f"must have two values at least, not {levels[0]:g} in every row of {name}"
            raise Refusal("target", column.name, allowed)
        if not _few_whole(levels, len(numbers)):
            return (
                numbers[:, None],
                "regression",
                (),
                _commas(column) + f"{column.name} is predicted as a number.",
            )
        labels, names = np.searchsorted(levels, numbers), tuple(f"{level:g}" for level in levels)
    else:
        found, labels = np.unique(_texts(column), return_inverse=True)
        names = tuple(str(text) for text in found)
        if len(names) == 1:
            allowed = f"must have two classes at least, not {names[0]} in every row of {name}"
            raise Refusal("target", column.name, allowed)
        if len(names) > MOST_CLASSES:
            reason = _too_many(_texts(column), len(names))
            allowed = f"must be numbers or {MOST_CLASSES} classes at most; in {name} {reason}"
            raise Refusal("target", column.name, allowed)
    note = f"{column.name} is predicted as one of {len(names)} classes."
    if len(names) == 2:
        return labels[:, None].astype(float), "binary", names, note
    return np.eye(len(names))[labels], "multiclass", names, note


def _few_whole(levels: Floats, rows: int) -> bool:
    """Whether numbers are rather names of classes: two, or few whole ones that keep recurring."""
    whole = bool(np.all(levels == np.round(levels)))
    return len(levels) == 2 or (whole and len(levels) <= MOST_LEVELS and rows >= 5 * len(levels))


def _inputs(name: str, column: Series, alone: bool) -> _Inputs:
    """What a network can read of a column: numbers, a text's levels one-hot, or nothing."""
    label = str(column.name)
    missing = column.isna().to_numpy()
    if missing.all():
        return _left_out(label, "no value is known")
    if column.dtype.kind in "mM":
        return _left_out(label, "dates are not read")
    numbers = _numbers(name, column)
    if numbers is None:
        return _one_hot(label, column, missing)
    if len(np.unique(numbers[~missing])) == 1:
        return _left_out(label, f"{numbers[~missing][0]:g} in every row")
    if not alone and _is_id(label, numbers):
        return _left_out(label, "every row has its own number, like an id")
    note = _commas(column)
    if missing.any():
        values = counted(int(missing.sum()), "value")
        note += f"{label}: {values} missing: the training rows' median instead."
    return _Inputs(numbers[:, None], (label,), note)


def _one_hot(label: str, column: Series, missing: np.ndarray) -> _Inputs:
    texts = _texts(column)
    levels = np.unique(texts[~missing])
    if len(levels) == 1 and not missing.any():
        return _left_out(label, f"{levels[0]} in every row")
    if len(levels) > MOST_LEVELS or len(levels) == len(texts):
        return _left_out(label, _too_many(texts, len(levels)))
    names = [f"{label} = {level}" for level in levels]
    columns = [texts == level for level in levels]
    note = ""
    if missing.any():
        names.append(f"{label} missing")
        columns.append(missing)
        values = counted(int(missing.sum()), "value")
        note = f"{label}: {values} missing, which counts as a level of its own."
    return _Inputs(np.column_stack(columns).astype(float), tuple(names), note)


def _too_many(texts: np.ndarray, levels: int) -> str:
    """Why texts are no classes: an id, or numbers with something else among them."""
    odd = [text for text in texts if text and not NUMBER.fullmatch(text)]
    if 2 * len(odd) < len(texts):
        return f"{odd[0][:20]!r} is no number" + (", and others are not" if odd[1:] else "")
    if levels == len(texts):
        return "every row has its own text, like an id"
    return f"{levels} different texts, too many for classes"


def _left_out(label: str, reason: str) -> _Inputs:
    return _Inputs(np.empty((0, 0)), (), f"{label} left out: {reason}.")


def _texts(column: Series) -> np.ndarray:
    """Each cell as text without blanks around it, empty where missing."""
    return np.array([str(cell).strip() for cell in column.astype(object).where(column.notna(), "")])


def _numbers(name: str, column: Series) -> Floats | None:
    """The column as numbers, NaN where missing, decimal commas read; None if it holds text."""
    import pandas as pd

    if column.dtype.kind in "biuf":
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        texts = pd.Series(_texts(column), dtype=object)
        numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(numbers).sum() > column.isna().sum():
            commas = texts.str.replace(",", ".", regex=False)
            numbers = pd.to_numeric(commas, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(numbers).sum() > column.isna().sum():
            return None
    if len(bad := np.flatnonzero(np.abs(numbers) > LARGEST_NUMBER)):
        found = f"{column.name} in row {column.index[bad[0]] + 1} is {numbers[bad[0]]:g}"
        raise Refusal("table", name, f"must hold numbers from -1e100 to 1e100; {found}")
    return numbers


def _commas(column: Series) -> str:
    """A note where text was read as numbers because of its decimal commas."""
    texts = column.dtype.kind not in "biuf" and any("," in text for text in _texts(column))
    return f"{column.name}: commas read as decimal points. " if texts else ""


def _is_id(label: str, numbers: Floats) -> bool:
    """Whole numbers, no two alike, that count the rows or are called an id."""
    if not np.all(numbers == np.round(numbers)) or len(np.unique(numbers)) < len(numbers):
        return False
    counts_rows = np.ptp(numbers) == len(numbers) - 1
    return bool(counts_rows or _ID_NAME.fullmatch(label))
