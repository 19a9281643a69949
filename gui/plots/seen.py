"""What is seen of a track: its rows and, after them, one that was read for display alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.recording import Row
from engine.track import Track

Array = np.ndarray[Any, Any]


class Seen:
    """A track as views read it. `glimpse` stands after the recorded rows while it is newer."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self.glimpse: Row | None = None

    @property
    def _newer(self) -> Row | None:
        recorded, row = self._track.steps, self.glimpse
        return row if row and len(recorded) and row.step > recorded[-1, 1] else None

    def __len__(self) -> int:
        return len(self._track) + (self._newer is not None)

    @property
    def names(self) -> tuple[str, ...]:
        return self._track.names

    @property
    def width(self) -> int:
        return self._track.width

    @property
    def steps(self) -> Array:
        """First and last step of each row, (rows, 2)."""
        row = self._newer
        steps = self._track.steps
        return steps if row is None else np.append(steps, [[row.step, row.step]], axis=0)

    def values(self, name: str, part: str = "last") -> Array:
        """One part of a channel, (rows, *shape)."""
        row = self._newer
        values = self._track.values(name, part)
        return values if row is None else np.append(values, row.values[name][None], axis=0)

    def newest(self, name: str) -> Array:
        """The last of a channel's values, without a copy of those before."""
        row = self._newer
        return self._track.values(name)[-1] if row is None else row.values[name]
