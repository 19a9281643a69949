"""The message bar: what went wrong or is worth knowing, said quietly inside the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from . import theme
from .theme import Theme

# Milliseconds that a note stays, and that each of its letters adds.
NOTICING, READING = 4000, 60

# Milliseconds that something may take without being mentioned.
UNNOTICED = 200

_WRONG = "message"  # the role of what went wrong


class MessageBar(QFrame):
    """One message at a time, until it is dismissed or another comes.

    What went wrong stays until `clear`, when something went well; what is worth knowing fades, and
    what is waited for stays as long.
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
        self._awaited = ""
        self._waiting = QTimer(self, singleShot=True, interval=UNNOTICED)
        self._waiting.timeout.connect(self._say_awaited)
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

    def wait_for(self, text: str) -> None:
        """Say what is under way, if it takes long; nothing: that it is done."""
        if not text and self._awaited and self.words.text() == self._awaited:
            self.hide()
        if not text:
            self._waiting.stop()
        elif text != self._awaited:
            self._waiting.start()
        self._awaited = text

    def clear(self) -> None:
        """Something went well: what went wrong before is over."""
        if self.property("role") == _WRONG:
            self.hide()

    def set_theme(self, look: Theme) -> None:
        self._close.setIcon(theme.icon("hide", look, look.muted))

    def _say_awaited(self) -> None:
        self._fading.stop()
        self._say(self._awaited, "note")

    def _say(self, text: str, role: str) -> None:
        self._waiting.stop()
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setProperty("role", role)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
