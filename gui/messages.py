"""The message bar: what went wrong or is worth knowing, said quietly inside the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from . import theme
from .theme import Theme


class MessageBar(QFrame):
    """One message at a time, until it is dismissed or another comes."""

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel(wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setProperty("role", "plain")
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss the message")
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self._close, alignment=Qt.AlignmentFlag.AlignTop)
        self.hide()

    def warn(self, text: str) -> None:
        """Say what went wrong."""
        self._say(text, "message")

    def note(self, text: str) -> None:
        """Say what is worth knowing."""
        self._say(text, "note")

    def set_theme(self, look: Theme) -> None:
        self._close.setIcon(theme.icon("hide", look, look.muted))

    def _say(self, text: str, role: str) -> None:
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setProperty("role", role)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
