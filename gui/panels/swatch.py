"""Small signs in the panels: a contestant's colour, and the shape of an activation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from engine.activations import ACTIVATIONS

from ..theme import DARK, LIGHT, Theme, contestant_colour, contestant_dash

ICON = QSize(22, 16)
# Icons are drawn larger than shown, so that they stay sharp on a 200 % screen.
_SHARP = 3
_REACH = 3.0


def theme_in_use() -> Theme:
    """The look the application has now."""
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


class Swatch(QWidget):
    """A contestant's dot; with the dashes of its line where dots alone would be alike."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self.setFixedSize(18, 14)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_number(self, number: int) -> None:
        self._number = number
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(contestant_colour(self._number, theme_in_use()))
        middle = self.height() / 2
        if contestant_dash(self._number) == Qt.PenStyle.SolidLine:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(6, middle), 5, 5)
        else:
            pen = QPen(colour, 3)
            pen.setDashPattern([1.6, 1.0])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(1, middle), QPointF(self.width() - 2, middle))


def curve_icons() -> dict[str, QIcon]:
    """The shape of every activation at its defaults, in the theme's colours."""
    theme = theme_in_use()
    return {key: _curve_icon(key, theme) for key in ACTIVATIONS}


@lru_cache(maxsize=256)
def _curve_icon(key: str, theme: Theme) -> QIcon:
    pixmap = QPixmap(ICON * _SHARP)
    pixmap.setDevicePixelRatio(_SHARP)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width, height = ICON.width(), ICON.height()
    z = np.linspace(-_REACH, _REACH, 61)
    with np.errstate(all="ignore"):
        y = ACTIVATIONS[key].value(z, **ACTIVATIONS[key].defaults)
    across = (z / _REACH + 1) / 2 * (width - 2) + 1
    # Zero lies below the middle: most activations have more to show above it.
    zero, scale = height * 0.66, height * 0.6 / _REACH
    down = np.clip(zero - y * scale, -height, 2 * height)
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.drawLine(QPointF(0, zero), QPointF(width, zero))
    painter.drawLine(QPointF(width / 2, 0), QPointF(width / 2, height))
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.drawPolyline([QPointF(*p) for p in zip(across.tolist(), down.tolist(), strict=True)])
    painter.end()
    return QIcon(pixmap)
