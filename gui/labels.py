"""Labels that give way: text that ends in … where there is no room, or says less."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """One line of text; what does not fit ends in … and is in the tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        self.style().drawItemText(
            painter, room, int(self.alignment()), self.palette(), self.isEnabled(), text,
            self.foregroundRole(),
        )  # fmt: skip


class FittingLabel(ElidedLabel):
    """Shows the first of several ways to say something that fits, longest first."""

    def __init__(self) -> None:
        super().__init__()
        self._ways: Sequence[str] = ("",)

    def say(self, ways: Sequence[str]) -> None:
        self._ways = ways
        self.setToolTip(ways[0])
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        width, metrics = self.contentsRect().width(), self.fontMetrics()
        right = Qt.TextElideMode.ElideRight
        # By what painting does: an advance in whole pixels may be one too few.
        fits = (way for way in self._ways if metrics.elidedText(way, right, width) == way)
        text = next(fits, self._ways[-1])
        if text != self.text():
            self.setText(text)


class WrappedLabel(QLabel):
    """Plain text on as many lines as it takes: even one long word never widens what it is in."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def say(self, text: str) -> None:
        """Show a text; its long words may be broken anywhere."""
        self.setText(_LONG_WORD.sub(lambda word: _BREAK.join(word.group()), text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


_BREAK = "\u200b"  # a space without width
_LONG_WORD = re.compile(r"\S{16,}")
