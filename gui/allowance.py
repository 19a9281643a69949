"""How often a race may be photographed for display: a share of its time, more in a short race."""

from __future__ import annotations

# Photographs may take this share of a race's time.
SHARE = 0.01
# Where a race has a limit, one is wanted at each such part of its steps, and may take more: what
# these cost in all is next to nothing in a long race, and in a short one they are all there is.
PARTS, SHORT_SHARE = 20, 0.05


class Allowance:
    """What the last photograph cost, and when the next one may be taken."""

    def __init__(self) -> None:
        self._step = 0
        self._ended = self._seconds = 0.0

    def note(self, step: int, ended: float, seconds: float) -> None:
        """A photograph of this step took so many seconds, until then."""
        self._step, self._ended, self._seconds = step, ended, seconds

    def permits(self, step: int, now: float, limit: int) -> bool:
        """Whether the next may be taken at this step of a race to `limit`, 0 without one."""
        part_is_over = 0 < limit <= PARTS * (step - self._step)
        share = SHORT_SHARE if part_is_over else SHARE
        return now - self._ended >= self._seconds / share
