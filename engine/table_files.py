"""From a file to columns: separator, header and encoding found, arrays unpacked, junk refused."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .settings import Refusal

if TYPE_CHECKING:
    from pandas import DataFrame

LARGEST_MB = 500
MISSING = ("", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A")

# A comma comes last: where it is a decimal comma, it would cut as regularly as the separator.
_SEPARATORS = ("\t", ";", "|", ",")
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def read_bytes(path: Path) -> bytes:
    """The whole file. Refuses one that is missing, empty or over LARGEST_MB."""
    try:
        size = path.stat().st_size
        if size > LARGEST_MB * 1_000_000:
            raise _too_large(path.name, size)
        raw = path.read_bytes()
    except OSError as error:
        raise Refusal("table", str(path), f"cannot be read: {error.strerror}") from None
    if not raw:
        raise Refusal("table", path.name, "must not be empty")
    return raw


def _too_large(name: str, size: int) -> Refusal:
    return Refusal("table", name, f"must be {LARGEST_MB} MB at most, not {size:,} bytes")


def read_columns(name: str, raw: bytes) -> tuple[DataFrame, list[str]]:
    """The columns of a file called `name`, named, and notes on what had to be assumed."""
    suffix = Path(name).suffix.lower()
    if suffix not in _READERS:
        raise Refusal("table", name, "must end in " + ", ".join(_READERS))
    frame, notes = _READERS[suffix](name, raw)
    if frame.shape[1] < 2:
        allowed = f"must have 2 columns at least, inputs and a target, not {frame.shape[1]}"
        raise Refusal("table", name, allowed)
    frame.columns = [_column_name(label, place) for place, label in enumerate(frame.columns)]
    return frame, notes


def _column_name(label: object, place: int) -> str:
    """`label` on one line, or its place where pandas had to make one up."""
    named = isinstance(label, str) and label.strip() and not label.startswith("Unnamed: ")
    return " ".join(str(label).split()) if named else f"column {place + 1}"


def _read_text(name: str, raw: bytes) -> tuple[DataFrame, list[str]]:
    import pandas as pd

    text, notes = _decoded(name, raw)
    separator = _separator(text)
    if separator is None:
        text, separator = "\n".join("\t".join(line.split()) for line in text.splitlines()), "\t"
    _check_widths(name, text, separator)
    first = list(islice(_rows(text, separator), 200))
    if not first:
        raise Refusal("table", name, "must not be empty")
    header = _has_header(first)
    if not header:
        notes.append("No header found: the columns are called column 1, column 2 and so on.")
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, header=0 if header else None, index_col=False,
            low_memory=False, keep_default_na=False, na_values=list(MISSING),
            skipinitialspace=True, float_precision="round_trip",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise Refusal("table", name, f"cannot be read: {_one_line(error)}") from None
    return frame, notes


def _decoded(name: str, raw: bytes) -> tuple[str, list[str]]:
    notes = []
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        notes.append("The text is not UTF-8 and was read as Latin-1.")
    if found := _CONTROL.search(text):
        allowed = f"must be text; character {found.start() + 1} is {found.group()!r}"
        raise Refusal("table", name, allowed)
    if not text.strip():
        raise Refusal("table", name, "must not be empty")
    return text, notes


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """The cells of each line that is not blank."""
    lines = io.StringIO(text, newline="")
    for row in csv.reader(lines, delimiter=separator, skipinitialspace=True):
        if len(row) > 1 or (row and row[0].strip()):
            yield row


def _separator(text: str) -> str | None:
    """What cuts the first rows into equally many cells, or at least most of them; None: blanks."""
    start = text[:100_000]
    common: dict[str, float] = {}
    for separator in _SEPARATORS:
        # The last row may be cut short; a table of one row has no other.
        rows = list(islice(_sampled(start, separator), 200))
        widths = Counter(len(row) for row in (rows[:-1] or rows))
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        common[separator] = times / widths.total() if width > 1 else 0.0
    best = max(_SEPARATORS, key=lambda separator: common[separator])
    blanks = {len(line.split()) for line in start.splitlines()[:-1] if line.strip()}
    if common[best] < 1 and len(blanks) == 1 and blanks != {1}:
        return None
    return best if common[best] else ","


def _sampled(start: str, separator: str) -> Iterator[list[str]]:
    """The rows of a text that may break off within a quoted cell."""
    rows = _rows(start, separator)
    while True:
        try:
            yield next(rows)
        except (StopIteration, csv.Error):
            return


def _check_widths(name: str, text: str, separator: str) -> None:
    width = 0
    try:
        for number, row in enumerate(_rows(text, separator), 1):
            width = width or len(row)
            if len(row) != width:
                allowed = f"must have {width} cells in row {number}, like row 1, not {len(row)}"
                raise Refusal("table", name, allowed)
    except csv.Error as error:
        raise Refusal("table", name, f"cannot be read: {_one_line(error)}") from None


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it has no numbers, or text above numbers."""
    first, rest = rows[0], rows[1:]
    numbers = [bool(NUMBER.fullmatch(cell)) for cell in first]
    labels = first[1:] if not first[0] else first
    # pandas calls columns without a name 0, 1, 2 and leaves the corner above the index blank.
    counted = len(labels) > 1 and labels == [str(place) for place in range(len(labels))]
    if counted or not any(numbers):
        return True
    return any(
        cell.strip() not in MISSING
        and not number
        and rest
        and all(NUMBER.fullmatch(row[place]) for row in rest)
        for place, (cell, number) in enumerate(zip(first, numbers, strict=True))
    )


def _read_arrays(name: str, raw: bytes) -> tuple[DataFrame, list[str]]:
    import pandas as pd

    arrays = _unpacked(name, raw)
    if {"X", "y"} <= arrays.keys():
        inputs, targets = arrays["X"], arrays["y"]
        if inputs.ndim < 2 or targets.size != len(targets) or len(targets) != len(inputs):
            shapes = f"X {inputs.shape}, y {targets.shape}"
            raise Refusal("table", name, f"must be X (n, features) and y (n,), not {shapes}")
        inputs = inputs.reshape(len(inputs), math.prod(inputs.shape[1:]))
        frame = pd.DataFrame(inputs, columns=[f"x{i + 1}" for i in range(inputs.shape[1])])
        frame["y"] = targets.reshape(-1)
        return frame, []
    flat = [array for array in arrays.values() if array.ndim == 2]
    if len(arrays) != 1 or not flat:
        shapes = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
        allowed = f"must hold X and y, or one array of two dimensions, not {shapes or 'none'}"
        raise Refusal("table", name, allowed)
    return pd.DataFrame(flat[0]), ["An array without names: its columns are called column 1, …"]


def _unpacked(name: str, raw: bytes) -> dict[str, np.ndarray]:
    """The arrays of an .npz that are needed: X and y where there are both, else all."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > LARGEST_MB * 1_000_000:
            raise _too_large(name, size)
        with np.load(io.BytesIO(raw), allow_pickle=False) as file:
            wanted = ["X", "y"] if {"X", "y"} <= set(file.files) else file.files
            arrays = {key: file[key] for key in wanted}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Refusal("table", name, f"must be an .npz archive ({_one_line(error)})") from None
    except Refusal:
        raise
    except (ValueError, KeyError, RuntimeError, OverflowError, MemoryError) as error:
        # NumPy says so of pickled objects and of headers that it does not understand or believe.
        allowed = f"must be plain numbers or text ({_one_line(error)})"
        raise Refusal("table", name, allowed) from None
    for key, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufU":
            kind = array.dtype if isinstance(array, np.ndarray) else "no array"
            raise Refusal("table", name, f"must be numbers or text; {key} is {kind}")
    return arrays


def _read_parquet(name: str, raw: bytes) -> tuple[DataFrame, list[str]]:
    import pandas as pd

    if importlib.util.find_spec("pyarrow") is None:
        allowed = "needs pyarrow (pip install pyarrow); or save the table as .csv"
        raise Refusal("table", name, allowed)
    try:
        return pd.read_parquet(io.BytesIO(raw), engine="pyarrow"), []
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError) as error:
        raise Refusal("table", name, f"must be a Parquet file ({_one_line(error)})") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


_READERS = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".npz": _read_arrays,
    ".parquet": _read_parquet,
}
