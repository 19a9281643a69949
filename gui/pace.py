"""How fast a race goes, over the last moments."""

from __future__ import annotations

import time
from collections import deque

OVER = 2.0  # seconds


class Pace:
    """Readings of a clock and of the steps done, one a picture."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, int]] = deque()

    def clear(self) -> None:
        """Forget what was: the race has been away."""
        self._readings.clear()

    def note(self, steps: int) -> None:
        now = time.perf_counter()
        self._readings.append((now, steps))
        while now - self._readings[0][0] > OVER:
            self._readings.popleft()

    @property
    def steps_per_second(self) -> float:
        if len(self._readings) < 2:
            return 0.0
        (began, first), (now, last) = self._readings[0], self._readings[-1]
        return (last - first) / max(now - began, 1e-9)
