"""The small label beside the mouse that says what the plot holds at that place."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from ..theme import Theme
from .pens import small_font

_OFFSET = 14


class Reading(QLabel):
    """Floats over a canvas, never under the mouse and never outside."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(small_font())
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QLabel {{ background: {theme.card}; color: {theme.text};"
            f" border: 1px solid {theme.border}; border-radius: 4px; padding: 3px 6px; }}"
        )

    def show_at(self, place: QPoint, text: str) -> None:
        """Show rich `text` beside a place of the parent; hide where there is none."""
        if not text:
            self.hide()
            return
        self.setText(text)
        self.adjustSize()
        room = self._canvas.size()
        x, y = place.x() + _OFFSET, place.y() + _OFFSET
        if x + self.width() > room.width():
            x = place.x() - _OFFSET - self.width()
        if y + self.height() > room.height():
            y = place.y() - _OFFSET - self.height()
        self.move(max(0, x), max(0, y))
        self.show()
        self.raise_()


def reading_table(heading: str, rows: Iterable[tuple[str, str, str]]) -> str:
    """Rich text: a heading over rows of (colour, name, value)."""
    cells = "".join(
        f'<tr><td style="color:{colour}">■&nbsp;</td><td>{escape(name)}&nbsp;&nbsp;</td>'
        f'<td align="right">{escape(value)}</td></tr>'
        for colour, name, value in rows
    )
    return f"<div>{escape(heading)}</div><table cellspacing=0 cellpadding=0>{cells}</table>"
