"""The thumbnail: a task's data drawn small."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, qRgb
from PySide6.QtWidgets import QWidget

from engine.data import Data

from ..theme import Theme
from .swatch import theme_in_use

MOST_POINTS = 1500
_LOW, _HIGH = "#E07B1F", "#2E86C9"  # as in the map of the fit
_PIXEL = re.compile(r"row (\d+) column (\d+)")


class Thumbnail(QWidget):
    """Points of a plane, a curve, a few images or, of other data, how the targets are spread."""

    def __init__(self) -> None:
        super().__init__()
        self._data: Data | None = None
        self.setFixedSize(QSize(96, 80))

    def show_data(self, data: Data | None) -> None:
        self._data = data
        self.setVisible(data is not None)
        if data is not None:
            self.setAccessibleName(f"Picture of the data: {len(data.inputs)} points")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._data is None:
            return
        painter, theme = QPainter(self), theme_in_use()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.field))
        painter.drawRoundedRect(frame, 4, 4)
        _painter_of(self._data)(painter, frame.adjusted(5, 5, -5, -5), self._data, theme)


def _painter_of(data: Data) -> Callable[[QPainter, QRectF, Data, Theme], None]:
    features = data.inputs.shape[1]
    if features and all(_PIXEL.fullmatch(name) for name in data.feature_names):
        return _paint_images
    if features == 2:
        return _paint_plane
    return _paint_curve if features == 1 and data.kind == "regression" else _paint_spread


def _paint_plane(painter: QPainter, area: QRectF, data: Data, theme: Theme) -> None:
    points = np.nan_to_num(data.inputs[:MOST_POINTS])
    shade = data.targets[:MOST_POINTS, 0] if data.kind != "multiclass" else data.classes
    shade = _unit(shade[: len(points)].astype(float))
    side = min(area.width(), area.height())
    area = QRectF(area.center().x() - side / 2, area.top(), side, side)
    levels = np.round(shade * 8)
    for level in np.unique(levels):
        painter.setPen(_dots(_between(_LOW, _HIGH, level / 8), 2.2))
        painter.drawPoints(_placed(points[levels == level], points, area))


def _paint_curve(painter: QPainter, area: QRectF, data: Data, theme: Theme) -> None:
    points = np.column_stack([data.inputs[:, 0], data.targets[:, 0]])[:MOST_POINTS]
    painter.setPen(_dots(QColor(theme.accent), 2.2))
    painter.drawPoints(_placed(points, points, area))


def _paint_spread(painter: QPainter, area: QRectF, data: Data, theme: Theme) -> None:
    """Bars: rows of each class, or a histogram of the values."""
    if data.kind == "regression":
        counts, _ = np.histogram(data.targets[:, 0], bins=16)
    else:
        counts = np.bincount(data.classes)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    width = area.width() / len(counts)
    gap = 1.0 if width > 3 else 0.0
    for place, count in enumerate(counts.tolist()):
        height = area.height() * count / max(int(counts.max()), 1)
        left = area.left() + place * width
        painter.drawRect(QRectF(left, area.bottom() - height, width - gap, height))


def _paint_images(painter: QPainter, area: QRectF, data: Data, theme: Theme) -> None:
    places = [_PIXEL.fullmatch(name) for name in data.feature_names]
    rows = np.array([int(m[1]) - 1 for m in places if m])
    columns = np.array([int(m[2]) - 1 for m in places if m])
    high, wide, across, down = rows.max() + 1, columns.max() + 1, 5, 4
    shown = _unit(data.inputs[: across * down])
    mosaic = np.zeros((down * (high + 1), across * (wide + 1)), np.uint8)
    for place, image in enumerate(shown):
        top, left = place // across * (high + 1), place % across * (wide + 1)
        mosaic[top + rows, left + columns] = np.round(255 * image)
    mosaic = np.ascontiguousarray(mosaic[:-1, :-1])
    picture = QImage(mosaic.data, mosaic.shape[1], mosaic.shape[0], mosaic.shape[1],
                     QImage.Format.Format_Indexed8)  # fmt: skip
    shades = [_between(theme.field, theme.text, level / 255) for level in range(256)]
    picture.setColorTable([qRgb(c.red(), c.green(), c.blue()) for c in shades])
    scale = min(area.width() / picture.width(), area.height() / picture.height())
    size = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
    size.moveCenter(area.center())
    painter.drawImage(size, picture)


def _unit(values: np.ndarray) -> np.ndarray:
    """Brought to 0 … 1 from the lowest to the highest."""
    low, high = float(np.min(values)), float(np.max(values))
    return (values - low) / ((high - low) or 1.0)


def _placed(points: np.ndarray, among: np.ndarray, area: QRectF) -> list[QPointF]:
    """Points (n, 2) in the area that all of `among` fill, upwards."""
    low, high = among.min(axis=0), among.max(axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1.0)
    x = area.left() + unit[:, 0] * area.width()
    y = area.bottom() - unit[:, 1] * area.height()
    return [QPointF(*p) for p in zip(x.tolist(), y.tolist(), strict=True)]


def _dots(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


def _between(first: str, second: str, share: float) -> QColor:
    a, b = QColor(first), QColor(second)
    red, green, blue = (
        x + (y - x) * share
        for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    )
    return QColor(round(red), round(green), round(blue))
