"""The faint area between two curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath

from .bases import GraphicsObject


class Band(GraphicsObject):
    """Fills between `lower` and `upper` wherever both are finite."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = QColor("#808080")
        self._path = QPainterPath()
        self._bounds = QRectF()
        self.edges: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))

    def set_colour(self, colour: QColor) -> None:
        self.colour = colour
        self.update()

    def set_edges(self, x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        """Arrays of equal length."""
        self.edges = (lower, upper)
        path = QPainterPath()
        for piece in _runs(np.isfinite(lower) & np.isfinite(upper)):
            along = np.concatenate([x[piece], x[piece][::-1]])
            across = np.concatenate([lower[piece], upper[piece][::-1]])
            path.addPolygon(pg.functions.arrayToQPolygonF(along, across))
        self.prepareGeometryChange()
        self._path, self._bounds = path, path.controlPointRect()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: Any) -> None:
        painter.fillPath(self._path, self.colour)


def _runs(mask: np.ndarray) -> list[slice]:
    """The stretches of at least two true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [slice(a, b) for a, b in edges.reshape(-1, 2) if b - a > 1]
