"""How far a sweep has come, and how long things take, in words."""

from __future__ import annotations

import math

from engine.sweeps import Progress


def in_words(progress: Progress) -> str:
    """ "3 of 12 races · 1 failed · 25 % · 40 s left"."""
    failed = f" · {progress.failed} failed" if progress.failed else ""
    seconds = progress.seconds_left
    left = f" · {span(seconds)} left" if 0 < seconds < math.inf else ""
    return f"{progress.done} of {progress.races} races{failed} · {progress.share:.0%}{left}"


def span(seconds: float) -> str:
    """A time that people can read: "95 s", "12 min", "3 h 20 min"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
