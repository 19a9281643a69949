"""An image of colour codes: every cell one rectangle of its colour, painted in a single call."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from .bases import GraphicsObject


class CodeImage(GraphicsObject):
    """Codes (rows, columns) uint8, the lowest row first, in the colours of a table (256, 3) uint8.

    It costs a quarter of what pyqtgraph's ImageItem takes for images as small as these.
    """

    def __init__(self) -> None:
        super().__init__()
        self.codes = np.empty((0, 0), np.uint8)
        self.table = np.zeros((256, 3), np.uint8)
        self._pixels = np.empty((0, 0), np.uint32)
        self._area = QRectF()

    def set_codes(self, codes: np.ndarray, table: np.ndarray, area: QRectF) -> None:
        """Fill `area` with the codes."""
        red, green, blue = table.astype(np.uint32).T
        colours = np.uint32(0xFF000000) | red << 16 | green << 8 | blue
        self.codes, self.table = codes, table
        # Qt paints from this very array, row by row.
        self._pixels = np.ascontiguousarray(colours[codes])
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, *_: Any) -> None:
        if self._pixels.size:
            rows, columns = self._pixels.shape
            form = QImage.Format.Format_RGB32
            image = QImage(self._pixels.data, columns, rows, 4 * columns, form)
            painter.drawImage(self._area, image)
