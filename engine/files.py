"""Files written whole or not at all, and how one file is named from another."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

# A file is named through so many folders above, those of one project; a longer way, or one by the
# home folder, the temporary one or what lies above them, would tell where the user keeps things.
MOST_STEPS_UP = 2


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only once it is complete. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, found: Any) -> None:
    """Write `found` whole, as strict JSON that people can read. Raises OSError."""
    text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write(text.encode() + b"\n")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relative_path(path: str, folder: Path) -> str:
    """`path` as seen from `folder`, with forward slashes; its name alone where it lies far away."""
    file, folder = Path(os.path.abspath(path)), Path(os.path.abspath(folder))
    homes = Path(os.path.expanduser("~")), Path(tempfile.gettempdir())
    try:
        shared = Path(os.path.commonpath([file, folder]))
    except ValueError:  # another drive
        return file.name
    steps_up = len(folder.parts) - len(shared.parts)
    private = shared == shared.parent or any(home.is_relative_to(shared) for home in homes)
    if steps_up > MOST_STEPS_UP or (steps_up and private):
        return file.name
    return Path(os.path.relpath(file, folder)).as_posix()
