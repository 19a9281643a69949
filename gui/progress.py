"""How far a command has come, said on standard error."""

from __future__ import annotations

import sys

# Progress is said this often, in seconds; on a terminal one line is written over and over.
_TERMINAL_PACE, _LOG_PACE = 0.2, 5.0


def pace() -> float:
    """Seconds between two lines of progress."""
    return _TERMINAL_PACE if sys.stderr.isatty() else _LOG_PACE


def say(text: str, last: bool = False) -> None:
    """Progress on standard error: one line that changes on a terminal, lines in a log."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)
