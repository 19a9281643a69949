"""Fonts and pens: the small print of a plot, and a contestant's line."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen
from PySide6.QtWidgets import QApplication

from ..theme import Theme, contestant_colour, contestant_dash

# With more lines than this, thinner ones cost less and hide less.
_MANY_LINES = 6


def small_font() -> QFont:
    """The font of axes, legends and headings: a little under the application's own."""
    font = QFont(QApplication.font())
    font.setPointSizeF(max(6.0, font.pointSizeF() * 0.9))
    return font


def small_metrics() -> QFontMetricsF:
    return QFontMetricsF(small_font())


def contestant_pen(
    theme: Theme,
    number: int,
    *,
    width: float = 1.75,
    alpha: float = 1.0,
    style: Qt.PenStyle | None = None,
) -> QPen:
    """A contestant's pen by its number in the palette; `style` replaces its own dashes."""
    colour = QColor(contestant_colour(number, theme))
    colour.setAlphaF(alpha)
    pen: QPen = pg.mkPen(colour, width=width, style=style or contestant_dash(number))
    return pen


def line_width(contestants: int) -> float:
    return 1.75 if contestants <= _MANY_LINES else 1.0
