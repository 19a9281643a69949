"""Threads that watch a worker's process, and go a moment after it has ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def watchers_gone() -> Iterator[None]:
    """Those that begin within are gone at its end."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=20)
