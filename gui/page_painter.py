"""A painter for pages: what pyqtgraph paints for one screen, right at any resolution and format.

pyqtgraph draws with cosmetic pens in data coordinates. Those are hair-thin at print resolution,
badly scaled by QSvgGenerator (which writes six digits and knows no clip), and heat maps are blurred
by most viewers of SVG and PDF. This painter brings lines and areas to page coordinates first, with
plain pens, cut to the clip; images it enlarges cell by cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPaintDevice, QPainter, QPainterPath, QPen, QPolygonF

# Images in vector formats get this many pixels for a unit of the page (96 to the inch).
_IMAGE_DETAIL = 4


# On pixels, longer lines are stroked in pieces of so many points.
_PIECE = 20


class PagePainter(QPainter):
    """Paints a graphics scene in page units of 1/96 inch.

    Qt hands this very object to the `paint` of every item written in Python, so these overrides
    see all that pyqtgraph draws.
    """

    def __init__(self, device: QPaintDevice) -> None:
        super().__init__(device)
        self._enlarges_images = not isinstance(device, QImage)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)

    def drawPath(self, path: QPainterPath) -> None:
        pen, flat = plain_pen(self.pen()), self.transform().map(path)
        self.save()
        window = self._to_page()
        self._fill(flat, self.brush(), window)
        if pen.style() != Qt.PenStyle.NoPen:
            self.setPen(pen)
            self.setBrush(Qt.BrushStyle.NoBrush)
            self._stroke(cut_lines(flat, window), pen)
        self.restore()

    def fillPath(self, path: QPainterPath, brush: Any) -> None:
        flat = self.transform().map(path)
        self.save()
        self._fill(flat, QBrush(brush), self._to_page())
        self.restore()

    def drawLine(self, *ends: Any) -> None:
        line = QLineF(*ends)
        path = QPainterPath(line.p1())
        path.lineTo(line.p2())
        self.save()
        self.setBrush(Qt.BrushStyle.NoBrush)
        self.drawPath(path)
        self.restore()

    def drawRect(self, *rect: Any) -> None:
        path = QPainterPath()
        path.addRect(QRectF(*rect))
        self.drawPath(path)

    def drawPolygon(self, *corners: Any) -> None:
        path = QPainterPath()
        path.addPolygon(QPolygonF(corners[0]))
        path.closeSubpath()
        self.drawPath(path)

    def drawImage(self, *what: Any) -> None:
        if not self._enlarges_images:
            super().drawImage(*what)
            return
        target, image = what
        place = self.transform()
        self.save()
        window = self._to_page()
        shown = place.mapRect(target)
        shown = shown if window is None else shown.intersected(window)
        size = (shown.size() * _IMAGE_DETAIL).toSize()
        if not size.isEmpty():
            sharp = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            sharp.fill(Qt.GlobalColor.transparent)
            enlarging = QPainter(sharp)
            enlarging.scale(size.width() / shown.width(), size.height() / shown.height())
            enlarging.translate(-shown.topLeft())
            enlarging.setTransform(place, combine=True)
            enlarging.drawImage(target, image)
            enlarging.end()
            super().drawImage(shown, sharp)
        self.restore()

    def _to_page(self) -> QRectF | None:
        """Drop the item's own coordinates; return the clip, if there is one, in the page's."""
        self.resetTransform()
        return self.clipBoundingRect() if self.hasClipping() else None

    def _stroke(self, path: QPainterPath, pen: QPen) -> None:
        """Draw the lines of a path.

        The time that Qt takes to stroke a line on pixels grows faster than its crossings with
        itself: a restless loss curve on a large image took minutes. Its pieces look the same where
        the pen hides what lies under it, and has no dashes to go on with.
        """
        hides = pen.color().alpha() == 255 and pen.style() == Qt.PenStyle.SolidLine
        if self._enlarges_images or not hides or path.elementCount() <= _PIECE:
            super().drawPath(path)
            return
        for line in path.toSubpathPolygons():
            for start in range(0, max(line.size() - 1, 1), _PIECE):
                super().drawPolyline(line.mid(start, _PIECE + 1))

    def _fill(self, flat: QPainterPath, brush: QBrush, window: QRectF | None) -> None:
        if brush.style() != Qt.BrushStyle.NoBrush:
            super().fillPath(cut_area(flat, window), brush)


def plain_pen(pen: QPen) -> QPen:
    """The pen with a width in page units instead of device pixels."""
    if not pen.isCosmetic():
        return pen
    plain = QPen(pen)
    plain.setCosmetic(False)
    plain.setWidthF(pen.widthF() or 1.0)
    return plain


def cut_area(path: QPainterPath, window: QRectF | None) -> QPainterPath:
    """What of a filled path lies inside the window."""
    if window is None or window.contains(path.controlPointRect()):
        return path
    frame = QPainterPath()
    frame.addRect(window)
    return path.intersected(frame)


def cut_lines(path: QPainterPath, window: QRectF | None) -> QPainterPath:
    """What of a path's lines lies inside the window; pieces that touch stay joined (for dashes)."""
    if window is None or window.contains(path.controlPointRect()):
        return path
    result = QPainterPath()
    for polygon in path.toSubpathPolygons():
        if polygon.size() > 1:
            result.addPath(_cut_line(pg.functions.ndarray_from_qpolygonf(polygon), window))
    return result


def _cut_line(points: np.ndarray, window: QRectF) -> QPainterPath:
    """Liang and Barsky's (1984) line clipping, all segments of a line (n, 2) at once."""
    start, step = points[:-1], np.diff(points, axis=0)
    low = np.array([window.left(), window.top()])
    high = np.array([window.right(), window.bottom()])
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / step, (high - start) / step
    # A segment along an axis never crosses that axis' borders: it is in or out for good.
    still = step == 0
    inside = (low <= start) & (start <= high)
    enters = np.where(still, np.where(inside, 0.0, 2.0), np.minimum(one, other))
    leaves = np.where(still, 1.0, np.maximum(one, other))
    enter = np.maximum(enters.max(axis=1), 0.0)[:, None]
    leave = np.minimum(leaves.min(axis=1), 1.0)[:, None]
    kept = (enter <= leave)[:, 0]
    if not kept.any():
        return QPainterPath()
    first, last = (start + enter * step)[kept], (start + leave * step)[kept]
    follows = np.zeros(len(first), bool)
    follows[1:] = (first[1:] == last[:-1]).all(axis=1)
    ends = np.stack([first, last], axis=1).reshape(-1, 2)
    needed = np.stack([~follows, np.ones_like(follows)], axis=1).reshape(-1)
    joined = np.stack([np.ones_like(follows), np.append(follows[1:], False)], axis=1).reshape(-1)
    x, y = ends[needed].T
    path: QPainterPath = pg.functions.arrayToQPath(x, y, connect=joined[needed].astype(np.int32))
    return path
