"""The board: all cards with plots, as their owner has arranged them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QTabWidget

from engine.experiment import Experiment
from engine.findings import Finding

from .cards import Card
from .plots.view import View
from .proportions import Proportions
from .session import Session
from .theme import Theme
from .turns import Turns

# Cards side by side, from top to bottom, with each row's share of the height; and each card's
# share of its row. A card that is not named here stands in the last row.
ROWS: tuple[tuple[int, dict[str, int]], ...] = (
    (42, {"shapes": 52, "loss": 48}),
    (28, {"heatmaps": 100}),
    (30, {"fit": 50, "convergence": 50}),
)
# Cards in a column beside the rows, with their shares of its height, and its share of the width.
SIDE = {"verdict": 62, "units": 38}
SIDE_WIDTH = 26
# Cards that lie behind another, as tabs.
BEHIND = {"comparisons": "convergence", "numerics": "heatmaps"}
HIGHLIGHT = 1200  # milliseconds for which a card that shows evidence stands out


class Board(QMainWindow):
    """Cards that can be dragged, stacked, hidden, and enlarged one at a time."""

    enlarged = Signal(bool)

    def __init__(self, session: Session, views: Iterable[View]) -> None:
        super().__init__()
        self._session = session
        self._before: QByteArray | None = None
        self.setObjectName("board")
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        option = QMainWindow.DockOption
        self.setDockOptions(
            option.AllowNestedDocks | option.AllowTabbedDocks | option.GroupedDragging
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.cards = {view.key: self._add(view) for view in views}
        self._turns = Turns(session, self.cards.values())
        Proportions(self, self.cards.values())
        self.show_experiment(session.experiment)
        self.arrange()
        session.experiment_changed.connect(self.show_experiment)
        session.race_started.connect(self.start)
        session.verdict_changed.connect(self.show_verdict)

    # What the cards show.

    def set_theme(self, look: Theme) -> None:
        for card in self.cards.values():
            card.set_theme(look)

    def show_experiment(self, experiment: Experiment) -> None:
        for card in self.cards.values():
            card.view.show_experiment(experiment)

    def start(self) -> None:
        """A new race, or none."""
        for card in self.cards.values():
            card.view.start(self._session.recording)

    def show_verdict(self) -> None:
        for card in self.cards.values():
            card.view.show_verdict(self._session.verdict)

    # How they are arranged.

    def arrange(self) -> None:
        """All cards in their first places."""
        self.shrink()
        for card in self.cards.values():
            card.setFloating(False)
            self.removeDockWidget(card)
        rows = [self._known(places) for _, places in ROWS]
        side, behind = self._known(SIDE), self._known(BEHIND)
        placed = {*side, *behind, *(card for row in rows for card in row)}
        rows[-1] |= {card: 0 for card in self.cards.values() if card not in placed}
        self._stack(rows, side)
        for card in behind:
            if front := self.cards.get(BEHIND[card.view.key]):
                self.tabifyDockWidget(front, card)
                front.raise_()
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
        beside = {next(iter(side)): SIDE_WIDTH * self.width() // 100} if side else {}
        room = self.width() - sum(beside.values())
        for row in filter(None, rows):
            even = 100 // len(row)
            shares = list(row.values()) if all(row.values()) else [even] * len(row)
            widths = [share * room // 100 for share in shares]
            self.resizeDocks([*row, *beside], [*widths, *beside.values()], _ACROSS)
        firsts = {
            next(iter(row)): height for row, (height, _) in zip(rows, ROWS, strict=True) if row
        }
        for column in (firsts, side):
            heights = [height * self.height() // 100 for height in column.values()]
            self.resizeDocks(list(column), heights, _DOWN)

    def arrangement(self) -> QByteArray:
        """Where the cards are, for `restore`."""
        return self.saveState() if self._before is None else self._before

    def restore(self, arrangement: QByteArray) -> bool:
        """Put the cards where they were; False if that is no arrangement of these cards."""
        return bool(self.restoreState(arrangement))

    def point_at(self, finding: Finding) -> None:
        """Bring the evidence of a finding into sight, and let its card stand out for a moment."""
        card = self.cards.get(finding.view)
        if card is None:
            return
        if self.large_card is not None and self.large_card is not card:
            self.shrink()
        card.show()
        card.raise_()
        card.view.point_at(finding.shows)
        card.stand_out(HIGHLIGHT)

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
        view.evidence_asked.connect(self.point_at)
        return card


_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_AT_HAND: tuple[Callable[[Card], bool], ...] = (
    lambda card: card.isAncestorOf(card.window().focusWidget() or card),
    lambda card: card.underMouse(),
)
