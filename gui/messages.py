"""The message bar: what went wrong or is worth knowing, said quietly inside the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from . import theme
from .theme import Theme

# Milliseconds that a note stays, and that each of its letters adds.
NOTICING, READING = 4000, 60

_WRONG = "message"  # the role of what went wrong


class MessageBar(QFrame):
    """One message at a time, until it is dismissed or another comes.

    What went wrong stays until `clear`, when something went well; what is worth knowing fades.
    """

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
        self._fading = QTimer(self, singleShot=True)
        self._fading.timeout.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self._close, alignment=Qt.AlignmentFlag.AlignTop)
        self.hide()

    def warn(self, text: str) -> None:
        """Say what went wrong."""
        self._fading.stop()
        self._say(text, _WRONG)

    def note(self, text: str) -> None:
        """Say what is worth knowing, for as long as it takes to read."""
        self._fading.start(NOTICING + READING * len(text))
        self._say(text, "note")

    def clear(self) -> None:
        """Something went well: what went wrong before is over."""
        if self.property("role") == _WRONG:
            self.hide()

    def set_theme(self, look: Theme) -> None:
        self._close.setIcon(theme.icon("hide", look, look.muted))

    def _say(self, text: str, role: str) -> None:
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setProperty("role", role)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
