"""What keeps the shapes of a board when it is resized: every card its share of the room."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow


class Proportions(QObject):
    """Qt alone would give all new room to a few of the cards.

    Sizes are noted once the layout has come to rest, so that those from before a resize are known.
    """

    def __init__(self, board: QMainWindow, cards: Collection[QDockWidget]) -> None:
        super().__init__(board)
        self._board, self._cards = board, cards
        self._sizes: dict[QDockWidget, QSize] = {}
        self._at_rest = QTimer(self, singleShot=True, interval=0)
        self._at_rest.timeout.connect(self._note)
        for watched in (board, *cards):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent):
            if watched is self._board and event.oldSize().isValid():
                self._scale(event.oldSize(), event.size())
            self._at_rest.start()
        return False

    def _scale(self, old: QSize, new: QSize) -> None:
        """Give each card in its place as much more or less as the whole."""
        cards = [card for card in self._docked() if card in self._sizes]
        for across, before, after in (
            (Qt.Orientation.Horizontal, old.width(), new.width()),
            (Qt.Orientation.Vertical, old.height(), new.height()),
        ):
            if cards and before != after and before > 0:
                wide = across == Qt.Orientation.Horizontal
                noted = [self._sizes[card] for card in cards]
                sizes = [size.width() if wide else size.height() for size in noted]
                scaled = [max(1, round(size * after / before)) for size in sizes]
                self._board.resizeDocks(cards, scaled, across)

    def _docked(self) -> list[QDockWidget]:
        """The cards that share the board's room; of those behind one another, the front one."""
        return [
            card
            for card in self._cards
            if card.isVisible() and not card.isFloating() and not card.visibleRegion().isEmpty()
        ]

    def _note(self) -> None:
        self._sizes = {card: card.size() for card in self._docked()}
