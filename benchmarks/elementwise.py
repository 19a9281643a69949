"""Elementwise functions timed in turns: ns per number."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from .turns import answer

# An array that stays in the cache, and is long enough that being called does not count.
NUMBERS = 2**15

Pair = tuple[Callable[[], object], Callable[[], object]]


def serve_elementwise(pairs: dict[str, Pair]) -> None:
    """A turn is shared by all; it says ns per number of each one's value and derivative."""
    answer({})
    for line in sys.stdin:
        share = float(line) / len(pairs) / 2
        answer({name: [_nanoseconds(call, share) for call in pair] for name, pair in pairs.items()})


def _nanoseconds(call: Callable[[], object], seconds: float) -> float:
    calls, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds or not calls:
        call()
        calls += 1
    return 1e9 * spent / calls / NUMBERS
