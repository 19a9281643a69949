"""A chart: one plotting area with quiet axes, a heading, and ranges that hold still."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsScene

from ..theme import Theme
from .axes import QuietAxis
from .bases import GraphicsLayoutWidget, GraphicsWidget, ViewBox
from .headings import Legend
from .pens import small_font

Range = tuple[float, float]


class Canvas(GraphicsLayoutWidget):
    """What a view draws on, and what export renders."""

    left = Signal()
    mouse_moved = Signal(object)  # QPointF in the scene

    def __init__(self) -> None:
        super().__init__()
        # The bounds of many items follow a plotting area, and have changed before they can say so:
        # Qt's index of places then keeps items that are gone, and painting them ends the program.
        # Of some dozens of items none is needed.
        self.sceneObj.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.ci.setContentsMargins(4, 2, 14, 4)
        self.ci.setSpacing(0)
        self.sceneObj.sigMouseMoved.connect(self.mouse_moved)
        # The view's caption and table say what is drawn; the keyboard has nothing to do here.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:
        """Small enough for many cards on a small screen; pyqtgraph asks for more than it needs."""
        return QSize(40, 40)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()


class Box(ViewBox):
    """A plotting area that says when it is dragged or zoomed, and when double-clicked."""

    double_clicked = Signal()

    def __init__(self, **options: Any) -> None:
        super().__init__(enableMenu=False, defaultPadding=0, **options)
        self.disableAutoRange()

    def mouseClickEvent(self, event: Any) -> None:
        if event.double():
            event.accept()
            self.double_clicked.emit()
        else:
            super().mouseClickEvent(event)


class Chart(GraphicsWidget):
    """A heading over a plotting area with an axis at its left and below it.

    The ranges are set by the view, never by the items drawn; once the user has dragged or zoomed
    they stay as he left them, until a double click gives them back.
    """

    zoomed = Signal()

    def __init__(self, heading: Legend | None = None, *, mouse: bool = True) -> None:
        super().__init__()
        self.box = Box(enableMouse=mouse)
        self.left, self.bottom = QuietAxis("left"), QuietAxis("bottom")
        self.heading = heading
        self.free = False  # the user has chosen what he sees
        self._asked: list[Range | None] = [None, None]
        grid: Any = QGraphicsGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        if heading is not None:
            grid.addItem(heading, 0, 1)
        grid.addItem(self.left, 1, 0)
        grid.addItem(self.box, 1, 1)
        grid.addItem(self.bottom, 2, 1)
        grid.setRowStretchFactor(1, 1)
        grid.setColumnStretchFactor(1, 1)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.left.setGrid(255)
        self.bottom.setGrid(255)
        self.box.sigRangeChangedManually.connect(self._freed)
        self.box.double_clicked.connect(self._given_back)

    def set_theme(self, theme: Theme) -> None:
        font = small_font()
        for axis in (self.left, self.bottom):
            axis.set_theme(theme, font)
        if self.heading is not None:
            self.heading.set_theme(theme)

    def add(self, *items: Any) -> None:
        for item in items:
            self.box.addItem(item, ignoreBounds=True)

    def remove(self, items: Iterable[Any]) -> None:
        for item in items:
            self.box.removeItem(item)

    def show_range(self, x: Range | None = None, y: Range | None = None) -> None:
        """Show these ranges, unless the user has chosen his own."""
        for which, wanted in enumerate((x, y)):
            if wanted is not None and wanted != self._asked[which]:
                self._asked[which] = wanted
                if not self.free:
                    axis = "xRange" if which == 0 else "yRange"
                    self.box.setRange(**{axis: wanted}, padding=0, disableAutoRange=False)

    @property
    def x_range(self) -> Range:
        low, high = self.box.viewRange()[0]
        return float(low), float(high)

    def _freed(self, *_: Any) -> None:
        self.free = True
        self.zoomed.emit()

    def _given_back(self) -> None:
        self.free = False
        wanted, self._asked = self._asked, [None, None]
        self.show_range(*wanted)
        self.zoomed.emit()
