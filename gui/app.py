"""Opens the window, once it is sure that Qt can be loaded."""

from __future__ import annotations

import sys
from pathlib import Path

from .system_check import trouble


def main(file: Path | None = None, exhibit: str | None = None) -> int:
    """Open the window on a file, an exhibit, or what was open last; returns the exit code."""
    if words := trouble():
        print(words, file=sys.stderr)
        return 1
    # Only now: without its libraries, loading Qt ends the interpreter.
    from .application import run

    return run(file, exhibit)
