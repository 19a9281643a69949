"""The board: all cards with plots, as their owner has arranged them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QTabWidget

from engine.experiment import Experiment

from .cards import Card
from .plots.view import View
from .session import Session
from .theme import Theme
from .turns import Turns

# Cards side by side, from top to bottom, with each row's share of the height; and each card's
# share of its row. A card that is not named here stands in the last row.
ROWS: tuple[tuple[int, dict[str, int]], ...] = (
    (42, {"shapes": 52, "loss": 48}),
    (28, {"heatmaps": 100}),
    (30, {"fit": 100}),
)


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
        rows = [[self.cards[key] for key in places if key in self.cards] for _, places in ROWS]
        placed = {key for _, places in ROWS for key in places}
        rows[-1] += [card for key, card in self.cards.items() if key not in placed]
        shares = [list(places.values()) for _, places in ROWS]
        for card in self.cards.values():
            card.setFloating(False)
            self.removeDockWidget(card)
        self._stack(rows)
        for row, widths in zip(rows, shares, strict=True):
            even = [100 // len(row)] * len(row) if row else []
            known = widths if len(widths) == len(row) else even
            self.resizeDocks(row, [w * self.width() // 100 for w in known], _ACROSS)
        firsts = [(row[0], height) for row, (height, _) in zip(rows, ROWS, strict=True) if row]
        heights = [height * self.height() // 100 for _, height in firsts]
        self.resizeDocks([card for card, _ in firsts], heights, _DOWN)

    def _stack(self, rows: list[list[Card]]) -> None:
        above: Card | None = None
        for row in filter(None, rows):
            if above is None:
                self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, row[0])
            else:
                self.splitDockWidget(above, row[0], _DOWN)
            above = row[0]
        for row in rows:
            for left, right in pairwise(row):
                self.splitDockWidget(left, right, _ACROSS)
        for card in self.cards.values():
            card.show()

    def arrangement(self) -> QByteArray:
        """Where the cards are, for `restore`."""
        return self.saveState() if self._before is None else self._before

    def restore(self, arrangement: QByteArray) -> bool:
        """Put the cards where they were; False if that is no arrangement of these cards."""
        return bool(self.restoreState(arrangement))

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
        return card


_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_AT_HAND: tuple[Callable[[Card], bool], ...] = (
    lambda card: card.isAncestorOf(card.window().focusWidget() or card),
    lambda card: card.underMouse(),
)
