"""Thin gaps between the cells of an image, where the cells are large enough to be counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from .bases import GraphicsObject

_LEAST = 5  # pixels a cell must have from gap to gap


class Mesh(GraphicsObject):
    """Lines between the columns and rows of an area, in the colour of what lies behind."""

    def __init__(self) -> None:
        super().__init__()
        self._pen = QPen()
        self._area = QRectF()
        self._cells = (1, 1)

    def set_colour(self, colour: str) -> None:
        self._pen = QPen(QColor(colour), 1)
        self._pen.setCosmetic(True)
        self.update()

    def set_cells(self, columns: int, rows: int, area: QRectF) -> None:
        """Divide `area` into so many cells."""
        if (columns, rows, area) != (*self._cells, self._area):
            self.prepareGeometryChange()
            self._cells, self._area = (columns, rows), area
            self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, *_: Any) -> None:
        area, shown = self._area, painter.transform().mapRect(self._area)
        painter.setPen(self._pen)
        (columns, rows), lines = self._cells, []
        if shown.width() >= _LEAST * columns:
            across = np.linspace(area.left(), area.right(), columns + 1)[1:-1].tolist()
            lines += [QLineF(x, area.top(), x, area.bottom()) for x in across]
        if shown.height() >= _LEAST * rows:
            along = np.linspace(area.top(), area.bottom(), rows + 1)[1:-1].tolist()
            lines += [QLineF(area.left(), y, area.right(), y) for y in along]
        for line in lines:
            painter.drawLine(line)
