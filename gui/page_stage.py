"""The stage: dresses a view for a page (theme, size, export mode) and puts all of it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter

from .theme import Theme


@contextmanager
def staged(view: Any, theme: Theme, size: QSizeF) -> Iterator[pg.GraphicsScene]:
    """The view's scene in another theme and size, as it is to be painted on a page."""
    widget = view.plot_widget
    with ExitStack() as undo:
        widget.setUpdatesEnabled(False)
        undo.callback(widget.setUpdatesEnabled, True)
        undo.callback(_settle, widget)
        for axis in _items(widget, pg.AxisItem):
            undo.callback(_return_room, axis, axis.textWidth, axis.textHeight)
        if view.theme != theme:
            undo.callback(view.set_theme, view.theme)
            view.set_theme(theme)
        undo.callback(widget.ci.setGeometry, widget.ci.geometry())
        widget.ci.setGeometry(QRectF(0, 0, size.width(), size.height()))
        _settle(widget)
        _dress(widget, undo)
        yield widget.scene()


def _items(widget: pg.GraphicsLayoutWidget, kind: type) -> list[Any]:
    return [item for item in widget.scene().items() if isinstance(item, kind)]


def _return_room(axis: pg.AxisItem, width: float, height: float) -> None:
    """Give an axis the room for numbers that it had: on its own it would keep up to 10 units."""
    axis.textWidth, axis.textHeight = width, height
    if axis.orientation in ("left", "right"):
        axis.setWidth(axis.fixedWidth)
    else:
        axis.setHeight(axis.fixedHeight)


def _settle(widget: pg.GraphicsLayoutWidget) -> None:
    """Let axes take the room their numbers need, as the event loop would between two paints."""
    paper = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(paper)
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        widget.scene().prepareForPaint()
        for axis in _items(widget, pg.AxisItem):
            axis.picture = None
            if axis.isVisible():
                axis.generateDrawSpecs(painter)
    painter.end()


def _dress(widget: pg.GraphicsLayoutWidget, undo: ExitStack) -> None:
    """Make items paint with lines and areas alone: no pixmaps, no recorded pictures."""
    for item in widget.scene().items():
        if hasattr(item, "setExportMode"):
            item.setExportMode(True, {"antialias": True})
            undo.callback(item.setExportMode, False)
        if isinstance(item, pg.AxisItem):
            undo.callback(setattr, item, "picture", None)
            item.picture = _Unrecorded(item)


class _Unrecorded:
    """An axis drawn afresh in place of its recorded picture, which would hide its pens from us."""

    def __init__(self, axis: pg.AxisItem) -> None:
        self._axis = axis

    def play(self, painter: QPainter) -> None:
        if self._axis.style["tickFont"]:
            painter.setFont(self._axis.style["tickFont"])
        specs = self._axis.generateDrawSpecs(painter)
        if specs is not None:
            self._axis.drawPicture(painter, *specs)
