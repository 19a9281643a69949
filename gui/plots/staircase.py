"""One contestant on the convergence chart: a curve of steps, and marks where lanes are censored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from ..theme import Theme
from .curve import Curve
from .pens import contestant_pen, line_width

_MARK = 9  # pixels


class Strokes(Curve):
    """An upright stroke at each point, of the same height at any zoom."""

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.setPen(self.pen)
        half = _MARK / 2 * self.getViewBox().viewPixelSize()[1]
        for x, y in zip(*self.getData(), strict=True):
            painter.drawLine(QPointF(x, y - half), QPointF(x, y + half))


class Staircase:
    """The curve of the contestant at one place among `count`, and where its lanes are censored."""

    def __init__(self, place: int, count: int, colour: int) -> None:
        self._width, self._colour = line_width(count), colour
        self.line = Curve(antialias=True)
        self.censored = Strokes()
        for height, item in enumerate(self.items):
            item.setZValue(20 * height - place)

    @property
    def items(self) -> list[Any]:
        return [self.line, self.censored]

    def colour(self, theme: Theme) -> None:
        pen = contestant_pen(theme, self._colour, width=self._width)
        self.line.setPen(pen)
        self.censored.setPen(pg.mkPen(pen.color(), width=1.5))

    def clear(self) -> None:
        self.line.setData([], [])
        self.censored.setData([], [])

    def draw(self, times: np.ndarray, shares: np.ndarray, end: float, censored: np.ndarray) -> None:
        """A share of 0 until the first of `times`, (k,), then `shares`, (k,), each to the next.

        The first time is where the line begins, the last share goes to `end`. Lanes are `censored`
        at times of their own, (c,).
        """
        self.line.setData(np.append(np.repeat(times, 2)[1:], end), np.repeat(shares, 2))
        at = np.unique(censored)
        self.censored.setData(at, shares[np.searchsorted(times, at, "right") - 1])
