"""A line through points, and the outline of a histogram."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike
from pyqtgraph.graphicsItems.PlotCurveItem import arrayToLineSegments
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen

from .bases import GraphicsObject

_LONG = 100  # points from which a line may be painted piece by piece


class Curve(GraphicsObject):
    """What these charts need of pyqtgraph's PlotCurveItem, in its words, at a third of its price.

    `connect` says what is joined: neighbours that are "finite", or "pairs" of points. It may fill
    all that its view shows, so that no time goes into finding its bounds.
    """

    def __init__(self, connect: str = "finite", antialias: bool = False) -> None:
        super().__init__()
        self.pen = QPen(Qt.PenStyle.NoPen)
        self._connect, self._antialias = connect, antialias
        self._x = self._y = np.empty(0)
        self._path: QPainterPath | None = None

    def setData(self, x: ArrayLike, y: ArrayLike) -> None:
        """Points (n,) each, in the view's coordinates."""
        self._x, self._y, self._path = np.asarray(x, float), np.asarray(y, float), None
        self.update()

    def getData(self) -> tuple[np.ndarray, np.ndarray]:
        return self._x, self._y

    def setPen(self, pen: QPen) -> None:
        self.pen = pen
        self.update()

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF() if view is None else view.viewRect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if len(self._x) < 2 or self.pen.style() == Qt.PenStyle.NoPen:
            return
        on_paper = self._exportOpts is not False
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._antialias or on_paper)
        painter.setPen(self.pen)
        if self._in_pieces() and not on_paper:
            pieces = arrayToLineSegments(self._x, self._y, self._connect, finiteCheck=True)
            painter.drawLines(*pieces.drawargs())
        else:
            painter.drawPath(self.path())

    def _in_pieces(self) -> bool:
        """A long noisy path takes ten times as long; dashes need it, and joints would show."""
        opaque = self.pen.color().alpha() == 255
        return len(self._x) > _LONG and opaque and self.pen.style() == Qt.PenStyle.SolidLine

    def path(self) -> QPainterPath:
        """The line, joined as it is to be."""
        if self._path is None:
            self._path = pg.functions.arrayToQPath(*self._corners(), self._connect)
        return self._path

    def _corners(self) -> tuple[np.ndarray, np.ndarray]:
        return self._x, self._y


class Outline(Curve):
    """A histogram: heights (n,) between edges (n + 1,), filled down to 0."""

    def __init__(self) -> None:
        super().__init__()
        self._brush = QBrush()

    def setBrush(self, colour: QColor) -> None:
        self._brush = QBrush(colour)
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if len(self._y):
            painter.fillPath(self.path(), self._brush)
        super().paint(painter)

    def _corners(self) -> tuple[np.ndarray, np.ndarray]:
        return np.repeat(self._x, 2), np.concatenate([[0], np.repeat(self._y, 2), [0]])
