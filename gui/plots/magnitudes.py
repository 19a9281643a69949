"""A chart of how large gradients are: shares of their entries by size, and where a format ends."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen

from engine.limits import GradientLimits
from engine.measures import GRADIENT_EDGES
from engine.wording import percent

from ..theme import ZERO_COLOUR, Theme, contestant_colour
from .chart import Chart, Range
from .curve import Outline
from .headings import Legend
from .marks import Marks, Moment, Stretch
from .pens import contestant_pen
from .spans import linear_range

EDGES = GRADIENT_EDGES * math.log10(2.0)  # in the view's coordinates
_UNSEEN = (-10.0, 0.0)  # decades shown before there is a gradient
_ROUND = 2.0  # decades in which the range moves, so that it seldom does
_NOWHERE = -400.0  # the place of what no float can hold


class MagnitudeChart(Chart):
    """An outline a contestant, over grounds where a gradient loses digits or becomes 0."""

    def __init__(self, names: list[str], colours: list[int]) -> None:
        self.legend = Legend()
        super().__init__(self.legend)
        self._names, self._colours = names, colours
        self._pens: list[QPen] = []
        self._ground = ""
        self.marks = Marks(self.box)
        self.bottom.set_logarithmic(True)
        self.bottom.name_it("size of the gradient |g|, exact zeros apart")
        self.left.name_it("share")
        self.outlines = [Outline() for _ in names]
        # The first contestant lies on top, where it stands in every list.
        for place, outline in enumerate(self.outlines):
            outline.setZValue(-place)
        self.add(*self.outlines)
        self.box.setMouseEnabled(y=False)
        self.show_range(_UNSEEN, (0.0, 1.0))

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.marks.set_theme(theme)
        self._ground = theme.muted
        self._pens = [contestant_pen(theme, number, width=1) for number in self._colours]
        for outline, pen, number in zip(self.outlines, self._pens, self._colours, strict=True):
            faint = QColor(contestant_colour(number, theme))
            faint.setAlphaF(0.12)
            outline.setPen(pen)
            outline.setBrush(faint)
        self.legend.set_entries(list(zip(self._names, self._pens, strict=True)))

    def draw(self, shares: np.ndarray, limits: GradientLimits, lost: list[Moment]) -> None:
        """Shares (contestants, 1 + bins): of exact zeros, and of the sizes between `EDGES`.

        `lost` are lines under which updates get lost.
        """
        first, end = _present(shares[:, 1:])
        for outline, share in zip(self.outlines, shares, strict=True):
            bins = share[1 + first : 1 + end]
            outline.setData(EDGES[first : end + 1], bins)
        words = [_named(name, share) for name, share in zip(self._names, shares, strict=True)]
        self.legend.set_entries(list(zip(words, self._pens, strict=True)))
        sizes = (limits.smallest_normal, limits.smallest_subnormal, limits.underflow)
        normal, subnormal, zero = map(_place, sizes)
        moments = [Moment(normal, "least normal"), Moment(subnormal, "least subnormal")]
        self.marks.set_marks(
            [],
            sorted(moments + lost, key=lambda moment: moment.x),
            [
                Stretch(zero, normal, "subnormal", self._ground),
                Stretch(_NOWHERE, zero, "becomes 0", ZERO_COLOUR),
            ],
        )
        # With a decade of the ground on which gradients become 0.
        marks = [normal, zero - 1, *(moment.x for moment in lost)]
        along = _range(EDGES[[first, end]], marks) if shares[:, 1:].any() else _UNSEEN
        self.show_range(along, linear_range(shares[:, 1:], np.empty(0)))

    def bin_at(self, place: QPointF) -> int | None:
        """The bin at a place of the scene."""
        if not self.box.sceneBoundingRect().contains(place):
            return None
        x = self.box.mapSceneToView(place).x()
        found = int(np.searchsorted(EDGES, x, "right")) - 1
        return found if 0 <= found < len(EDGES) - 1 else None


def _named(name: str, shares: np.ndarray) -> str:
    """A name with the exact zeros, which have no place on the axis."""
    if not shares.any():
        return f"{name} · diverged"
    return f"{name} · {percent(shares[0])} zero" if shares[0] else name


def _present(shares: np.ndarray) -> tuple[int, int]:
    """The first bin that holds anything, and the end of the last one."""
    there = np.flatnonzero(shares.any(axis=0))
    return (int(there[0]), int(there[-1]) + 1) if there.size else (0, 1)


def _range(sizes: np.ndarray, marks: list[float]) -> Range:
    """Over all sizes that there are, and the marks that no more than double it."""
    low, high = sizes.tolist()
    near = [mark for mark in marks if low - (high - low) <= mark <= high + (high - low)]
    low, high = min([low, *near]), max([high, *near])
    return _ROUND * math.floor(low / _ROUND), _ROUND * math.ceil(high / _ROUND)


def _place(size: float) -> float:
    return math.log10(size) if size > 0 else _NOWHERE
