"""Where the values of a grid's field stand along an axis, and how people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QPointF

from engine.experiment import Experiment
from engine.sweeps import Axis
from engine.sweeps.grid import choices, label

from .chart import Box, Range

_MARGIN = 0.07  # of the whole, free at either end
_NEAR = 30  # pixels from a value at which the mouse still means it


class FieldScale:
    """The places of an axis's values: by doublings where all are above 0, else as numbers.

    Values that are no numbers stand side by side, as all do with `evenly`. `called` are the names
    of values that are chosen from a list.
    """

    def __init__(self, axis: Axis, called: Mapping[str, str], evenly: bool = False) -> None:
        self.axis, self._called = axis, called
        self._by_number = axis.numeric and not evenly
        self._by_doublings = self._by_number and all(value > 0 for value in axis.values)
        self.places = [self.place(value) for value in axis.values]

    def place(self, value: Any) -> float:
        if self._by_doublings:
            return math.log2(value)
        return float(value) if self._by_number else float(self.axis.values.index(value))

    def value(self, place: float) -> float:
        """What number stands at a place; only where values stand as numbers."""
        return float(2.0**place) if self._by_doublings else place

    def nearest(self, place: float) -> Any:
        """The value that stands nearest to a place."""
        by_distance = sorted(self.axis.values, key=lambda value: abs(self.place(value) - place))
        return by_distance[0]

    def value_at(self, box: Box, place: QPointF) -> Any:
        """The value that stands near a place of the scene, in this plotting area; None: none."""
        if not box.sceneBoundingRect().contains(place):
            return None
        value = self.nearest(float(box.mapSceneToView(place).x()))
        there = box.mapViewToScene(QPointF(self.place(value), 0.0)).x()
        return value if abs(there - place.x()) <= _NEAR else None

    def words(self, value: Any) -> str:
        """A value as people read it."""
        return in_words(value, self._called)

    @property
    def names(self) -> dict[float, str]:
        """The values in words, by their places from low to high."""
        words = {self.place(value): self.words(value) for value in self.axis.values}
        return dict(sorted(words.items()))

    @property
    def range(self) -> Range:
        """Over all places, with room at either end."""
        low, high = min(self.places), max(self.places)
        room = _MARGIN * (high - low) or 0.5
        return low - room, high + room


def in_words(value: Any, called: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value of the grid as people read it; `called` has what comes from a list."""
    if isinstance(value, str):
        return called.get(value, value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def point(experiment: Experiment, values: Mapping[str, Any]) -> str:
    """A point of the grid in words: "Hidden layers 8, Seeds 16"."""
    return ", ".join(
        f"{label(experiment, path)} {in_words(value, choices(experiment, path))}"
        for path, value in values.items()
    )
