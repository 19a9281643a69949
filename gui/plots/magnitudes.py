"""A chart of how large gradients are: shares of their entries by size, and where a format ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from engine.limits import GradientLimits
from engine.measures import GRADIENT_EDGES

from ..theme import ZERO_COLOUR, Theme, contestant_colour
from .chart import Chart, Range
from .headings import Legend
from .marks import Marks, Moment, Stretch
from .pens import contestant_pen, line_width
from .spans import linear_range

EDGES = GRADIENT_EDGES * math.log10(2.0)  # in the view's coordinates
_NOTHING = np.zeros(len(EDGES) - 1)
_ROUND = 2.0  # decades in which the range moves, so that it seldom does


class MagnitudeChart(Chart):
    """An outline a contestant, over grounds where a gradient loses digits or becomes 0."""

    def __init__(self, names: list[str], numbers: list[int]) -> None:
        self.legend = Legend()
        super().__init__(self.legend)
        self._names, self._numbers = names, numbers
        self.marks = Marks(self.box)
        self.bottom.set_logarithmic(True)
        self.bottom.name_it("size of the gradient |g|")
        self.left.name_it("share")
        self.outlines = [
            pg.PlotCurveItem(EDGES, _NOTHING, stepMode="center", fillLevel=0.0) for _ in names
        ]
        # The first contestant lies on top, where it stands in every list.
        for place, outline in enumerate(self.outlines):
            outline.setZValue(-place)
        self.add(*self.outlines)
        self.box.setMouseEnabled(y=False)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.marks.set_theme(theme)
        self._muted = theme.muted
        width = line_width(len(self.outlines))
        self._pens = [contestant_pen(theme, number, width=width) for number in self._numbers]
        for outline, pen, number in zip(self.outlines, self._pens, self._numbers, strict=True):
            faint = QColor(contestant_colour(number, theme))
            faint.setAlphaF(0.12)
            outline.setPen(pen)
            outline.setBrush(faint)
        self._entries(self._names)

    def _entries(self, words: list[str]) -> None:
        self.legend.set_entries(list(zip(words, self._pens, strict=True)))

    def draw(
        self, shares: np.ndarray, words: list[str], limits: GradientLimits, lost: Sequence[Moment]
    ) -> None:
        """Shares (contestants, sizes) of bins between `EDGES`; `words` are the legend's.

        `lost` are lines at sizes under which updates get lost.
        """
        for outline, share in zip(self.outlines, shares, strict=True):
            outline.setData(EDGES, share, skipFiniteCheck=True)
        self._entries(words)
        normal, subnormal, zero = map(
            _log10, (limits.smallest_normal, limits.smallest_subnormal, limits.underflow)
        )
        self.marks.set_marks(
            [],
            sorted(
                [
                    Moment(normal, "smallest normal"),
                    Moment(subnormal, "smallest subnormal"),
                    *lost,
                ],
                key=lambda moment: moment.x,
            ),
            [
                Stretch(zero, normal, "subnormal", self._muted),
                Stretch(EDGES[0] - 400, zero, "becomes 0", ZERO_COLOUR),
            ],
        )
        near = [normal, zero - 1, *(moment.x for moment in lost)]
        self.show_range(_range(shares, near), linear_range(shares.ravel(), np.empty(0)))

    def bin_at(self, place: QPointF) -> int | None:
        """The bin at a place of the scene."""
        if not self.box.sceneBoundingRect().contains(place):
            return None
        x = self.box.mapSceneToView(place).x()
        found = int(np.searchsorted(EDGES, x, "right")) - 1
        return found if 0 <= found < len(EDGES) - 1 else None


def _range(shares: np.ndarray, marks: list[Any]) -> Range:
    """Over all sizes that there are, and the marks that no more than double it."""
    there = np.flatnonzero(shares.any(axis=0))
    if not there.size:
        return -10.0, 0.0
    low, high = EDGES[there[0]], EDGES[there[-1] + 1]
    width = max(high - low, _ROUND)
    for mark in marks:
        if low - width <= mark <= high + width:
            low, high = min(low, mark), max(high, mark)
    return _ROUND * math.floor(low / _ROUND), _ROUND * math.ceil(high / _ROUND)


def _log10(size: float) -> float:
    """The place of a size; one too small for a float lies beyond every axis."""
    return math.log10(size) if size > 0 else -400.0
