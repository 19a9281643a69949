"""A zip of arrays (`.npz`), written whole and read without trusting it."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from .files import whole_file
from .settings import Refusal

Array = np.ndarray[Any, Any]
Look = Callable[[], None]

# What NumPy, zipfile and json raise on a file that is cut short, altered or something else.
_BROKEN = (
    ValueError, KeyError, TypeError, AttributeError, EOFError, MemoryError, OverflowError,
    NotImplementedError, RuntimeError, SyntaxError, tokenize.TokenError, struct.error, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip


class _Looking:
    """A file whose writer may be told to leave between any two parts of an array."""

    def __init__(self, file: IO[bytes], look: Look) -> None:
        self._file = file
        self._look = look

    def write(self, part: bytes) -> int:
        self._look()
        return self._file.write(part)


_FOREIGN = "must be a recording of Activation Lab; this is none"


def write_archive(path: Path, arrays: Mapping[str, Array], look: Look) -> None:
    """Write the arrays so that `path` never holds a part of them. Raises OSError.

    Many times, `look` is called; if it raises, `path` is as it was.
    """
    # NumPy's own writer packs either not at all or at a level that takes twice the time.
    packing = zipfile.ZIP_DEFLATED
    with whole_file(path) as file, zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(_Looking(entry, look), array, allow_pickle=False)


class Archive:
    """The arrays of a file; each is asked for by name and kind, and refused if it differs.

    `look` is called before each is read, and may raise. `under`: how the names begin of those that
    are read; of a large file others cost nothing.
    """

    def __init__(self, path: Path, look: Look, under: tuple[str, ...] = ("",)) -> None:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise Refusal("file", path.name, "must be a whole .npz recording; this is none")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                if "about" not in archive.files:
                    raise Refusal("file", path.name, _FOREIGN)
                self._arrays: dict[str, Any] = {}
                for name in archive.files:
                    if name.startswith(under):
                        look()
                        self._arrays[name] = archive[name]

    def text(self, name: str) -> str:
        """A text, kept as an array without dimensions."""
        array = self._arrays.get(name)
        if not isinstance(array, np.ndarray) or array.dtype.kind != "U" or array.ndim:
            raise Refusal(name, _kind(array), "must be a text")
        return str(array)

    def list(self, name: str, dtype: np.dtype[Any]) -> Array:
        """An array of one dimension."""
        array = self._arrays.get(name)
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
            raise Refusal(name, _kind(array), f"must be a list of {dtype.name}")
        return array

    def under(self, folder: str) -> dict[str, Array]:
        """The arrays named `folder/…`, by the rest of their names."""
        start = f"{folder}/"
        return {
            name.removeprefix(start): array
            for name, array in self._arrays.items()
            if name.startswith(start) and isinstance(array, np.ndarray)
        }


def fitting(
    arrays: Mapping[str, Array], name: str, dtype: np.dtype[Any], shape: tuple[int | None, ...]
) -> Array:
    """The named array, refused if it is missing or of another kind; None is any length."""
    if name not in arrays:
        raise Refusal(name, None, "is missing")
    array = arrays[name]
    fits = len(array.shape) == len(shape) and all(
        wanted is None or wanted == size for size, wanted in zip(array.shape, shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        wanted_shape = str(shape).replace("None", "any")
        raise Refusal(
            name, f"{array.dtype} {array.shape}", f"must be {dtype} of shape {wanted_shape}"
        )
    return array


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn whatever a broken file raises into one Refusal that names the file."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.of(path.name) from None
    except OSError as error:
        reason = error.strerror or error
        raise Refusal("recording", str(path), f"cannot be read: {reason}") from None
    except _BROKEN as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Refusal("recording", str(path), f"is damaged or no recording: {reason}") from None


def _kind(array: Any) -> str:
    return f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else "missing"
