"""A board: cards with plots, as their owner has arranged them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMainWindow, QTabWidget

from .cards import Card
from .plots.view import View
from .proportions import Proportions
from .theme import Theme


@dataclass(frozen=True)
class Places:
    """Where cards stand at first, by the keys of their views.

    rows: cards side by side, from top to bottom, with each row's share of the height, and each
    card's share of its row; a card that is named nowhere stands in the last row. side: cards in a
    column beside the rows, with their shares of its height; side_width is its share of the width.
    behind: cards that lie behind another, as tabs. Shares are in percent.
    """

    rows: tuple[tuple[int, Mapping[str, int]], ...]
    side: Mapping[str, int] = field(default_factory=dict)
    side_width: int = 0
    behind: Mapping[str, str] = field(default_factory=dict)


class Board(QMainWindow):
    """Cards that can be dragged, stacked, hidden, and enlarged one at a time."""

    enlarged = Signal(bool)

    def __init__(self, name: str, views: Iterable[View], places: Places) -> None:
        super().__init__()
        self._places = places
        self._before: QByteArray | None = None
        self._placed = False  # in the room that there is
        self.setObjectName(name)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        option = QMainWindow.DockOption
        self.setDockOptions(
            option.AllowNestedDocks | option.AllowTabbedDocks | option.GroupedDragging
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.cards = {view.key: self._add(view) for view in views}
        Proportions(self, self.cards.values())
        for card in self.cards.values():
            self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, card)

    def set_theme(self, look: Theme) -> None:
        for card in self.cards.values():
            card.set_theme(look)

    # How they are arranged.

    def arrange(self) -> None:
        """All cards in their first places."""
        self.shrink()
        for card in self.cards.values():
            card.setFloating(False)
            self.removeDockWidget(card)
        rows = [self._known(places) for _, places in self._places.rows]
        side, behind = self._known(self._places.side), self._known(self._places.behind)
        placed = {*side, *behind, *(card for row in rows for card in row)}
        rows[-1] |= {card: 0 for card in self.cards.values() if card not in placed}
        self._stack(rows, side)
        for card in behind:
            if front := self.cards.get(self._places.behind[card.view.key]):
                self.tabifyDockWidget(front, card)
                _to_front(front)
        self._share(rows, side)

    def _known(self, places: Mapping[str, Any]) -> dict[Card, Any]:
        """The cards that there are, with what is said of each."""
        return {self.cards[key]: about for key, about in places.items() if key in self.cards}

    def _stack(self, rows: list[dict[Card, int]], side: dict[Card, int]) -> None:
        """Put the cards beside and below one another."""
        for area, column in (
            (Qt.DockWidgetArea.LeftDockWidgetArea, [next(iter(row)) for row in rows if row]),
            (Qt.DockWidgetArea.RightDockWidgetArea, list(side)),
        ):
            for place, card in enumerate(column):
                if place == 0:
                    self.addDockWidget(area, card)
                else:
                    self.splitDockWidget(column[place - 1], card, _DOWN)
        for row in rows:
            for left, right in pairwise(row):
                self.splitDockWidget(left, right, _ACROSS)
        for card in self.cards.values():
            card.show()

    def _share(self, rows: list[dict[Card, int]], side: dict[Card, int]) -> None:
        """Give every card its share of the room."""
        beside = {next(iter(side)): self._places.side_width * self.width() // 100} if side else {}
        room = self.width() - sum(beside.values())
        for row in filter(None, rows):
            even = 100 // len(row)
            shares = list(row.values()) if all(row.values()) else [even] * len(row)
            widths = [share * room // 100 for share in shares]
            self.resizeDocks([*row, *beside], [*widths, *beside.values()], _ACROSS)
        heights = [height for height, _ in self._places.rows]
        firsts = {next(iter(row)): height for row, height in zip(rows, heights, strict=True) if row}
        for column in (firsts, side):
            shares = [height * self.height() // 100 for height in column.values()]
            self.resizeDocks(list(column), shares, _DOWN)

    def arrangement(self) -> QByteArray:
        """Where the cards are, for `restore`."""
        return self.saveState() if self._before is None else self._before

    def restore(self, arrangement: QByteArray) -> bool:
        """Put the cards where they were; False if that is no arrangement of these cards."""
        self._placed = bool(self.restoreState(arrangement))
        return self._placed

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            self.arrange()

    # One card in the whole window.

    @property
    def large_card(self) -> Card | None:
        if self._before is None:
            return None
        return next((card for card in self.cards.values() if not card.isHidden()), None)

    def toggle_large(self, card: Card) -> None:
        """Enlarge a card, or put it back."""
        if self._before is not None:
            self.shrink()
            return
        self._before = self.saveState()
        card.setFloating(False)
        for other in self.cards.values():
            other.setVisible(other is card)
        card.show_enlarged(True)
        self.enlarged.emit(True)

    def shrink(self) -> None:
        """All cards back to where they were before one was enlarged."""
        before, self._before = self._before, None
        if before is None:
            return
        for card in self.cards.values():
            card.show_enlarged(False)
        self.enlarged.emit(False)  # first: widths are put back as they are in the room there is
        self.restoreState(before)

    def bring(self, card: Card) -> None:
        """Bring a card into sight, in front of those it lies behind."""
        if self.large_card is not None and self.large_card is not card:
            self.shrink()
        card.show()
        _to_front(card)

    def card_at_hand(self) -> Card | None:
        """The card that has the keyboard's focus or the mouse over it."""
        for has in _AT_HAND:
            for card in self.cards.values():
                if card.in_sight and has(card):
                    return card
        return next((card for card in self.cards.values() if card.in_sight), None)

    def _add(self, view: View) -> Card:
        card = Card(view)
        card.enlarge_asked.connect(lambda: self.toggle_large(card))
        return card


def _to_front(card: Card) -> None:
    """Show a card in front of those that share its place."""
    card.lower()  # Qt does nothing for one that was the last to be raised, whatever tab is in front
    card.raise_()


_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_AT_HAND: tuple[Callable[[Card], bool], ...] = (
    lambda card: card.isAncestorOf(card.window().focusWidget() or card),
    lambda card: card.underMouse(),
)
