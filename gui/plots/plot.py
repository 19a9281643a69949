"""What all plots share: a canvas, and a reading of the place under the mouse."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.recording import Recording

from ..theme import Theme
from .chart import Canvas
from .reading import Reading
from .view import View


class Plot(View):
    """A view drawn on a canvas, `plot_widget`, which export renders as an image."""

    formats: ClassVar[tuple[str, ...]] = (".png", ".svg", ".pdf", ".csv")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reading = Reading(self.plot_widget)
        self._mouse: QPointF | None = None
        self.plot_widget.mouse_moved.connect(self._mouse_moved)
        self.plot_widget.left.connect(self._mouse_left)

    def make_body(self) -> Canvas:
        self.plot_widget = Canvas()
        return self.plot_widget

    def set_theme(self, theme: Theme) -> None:
        self.plot_widget.setBackground(theme.card)
        self._reading.set_theme(theme)
        super().set_theme(theme)

    def start(self, recording: Recording | None) -> None:
        self._mouse_left()
        super().start(recording)

    def redraw(self) -> None:
        super().redraw()
        self._read()

    def read(self, place: QPointF) -> str:
        """Rich text for what is drawn at a place of the scene; empty where there is nothing."""
        return ""

    def leave(self) -> None:
        """Take away what `read` has drawn."""

    def _mouse_moved(self, place: QPointF) -> None:
        self._mouse = QPointF(place)
        self._read()

    def _mouse_left(self) -> None:
        self._mouse = None
        self._reading.hide()
        self.leave()

    def _read(self) -> None:
        if self._mouse is None:
            return
        place = self.plot_widget.mapFromScene(self._mouse)
        self._reading.show_at(place, self.read(self._mouse))
