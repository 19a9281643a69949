"""Estimates with their intervals: a dot each, on a bar that ends where the interval does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from .curve import Curve

_DOT = 8  # pixels
_BEYOND = 1e3  # where a limit is infinite the bar leaves the picture


class Whiskers:
    """Dots and bars of one colour; without a finite estimate there is neither."""

    def __init__(self) -> None:
        self.bars = Curve(connect="pairs", antialias=True)
        self.dots = pg.ScatterPlotItem(size=_DOT, pxMode=True)
        self.dots.setZValue(1)

    @property
    def items(self) -> list[Any]:
        return [self.bars, self.dots]

    def colour(self, pen: QPen, ground: str) -> None:
        """`ground` is what lies around the dots, so that they stand apart from their bars."""
        self.bars.setPen(pen)
        self.dots.setPen(pg.mkPen(QColor(ground), width=1))
        self.dots.setBrush(pen.color())

    def draw(
        self, x: Sequence[float], estimates: Sequence[float], lows: Sequence[float],
        highs: Sequence[float],
    ) -> None:  # fmt: skip
        """All (n,), in the view's coordinates."""
        at, middle = np.array(x, float), np.array(estimates, float)
        there = np.isfinite(middle)
        ends = np.clip(np.array([lows, highs], float), -_BEYOND, _BEYOND)[:, there]
        self.bars.setData(np.repeat(at[there], 2), ends.T.ravel())
        self.dots.setData(x=at[there], y=middle[there])
