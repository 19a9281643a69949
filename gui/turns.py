"""Whose turn it is to be drawn: a card or a few at a time, so that a race is hardly held up."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject

from .cards import Card
from .session import GOING, Session

PAINTING = 0.003  # seconds that painting a picture may take while a race runs
NOTHING_NEW = 0.0003  # seconds in which a view finds that it has nothing new to draw


class Turns(QObject):
    """Draws the cards in sight, those first that were drawn longest ago.

    A card out of sight is drawn when it comes into sight.
    """

    def __init__(self, session: Session, cards: Iterable[Card]) -> None:
        super().__init__()
        self._session = session
        self._cards = list(cards)
        self._queue = list(self._cards)
        self._behind: set[Card] = set()
        self._drawn = 0
        self._cost = PAINTING
        session.recording_grew.connect(self._fall_behind)
        session.picture_due.connect(self.draw_some)
        session.state_changed.connect(self._follow)
        for card in self._cards:
            card.came_into_sight.connect(lambda card=card: self._draw(card))

    def draw_some(self) -> None:
        """Draw of the cards that have fallen behind as many as the race can rest for."""
        queue = [card for card in self._queue if card.in_sight and not card.window().isMinimized()]
        behind = [card for card in queue if card in self._behind]
        if self._session.state not in GOING:
            self._draw(*behind)
            return
        affordable, self._drawn = self._affordable(), 0
        for card in behind:
            began = time.perf_counter()
            self._draw(card)
            # A view with nothing new to show returns at once; the next may have its turn.
            self._drawn += time.perf_counter() - began > NOTHING_NEW
            if self._drawn == affordable:
                break
        # So that rare rows are seen too; the worker bounds what a photograph may cost.
        if queue:
            self._session.ask_for_snapshot()

    def _affordable(self) -> int:
        """How many cards to draw at once, going by the last picture."""
        if self._drawn and self._session.painting:
            self._cost = self._session.painting / self._drawn
        return max(1, round(PAINTING / self._cost))

    def _fall_behind(self) -> None:
        self._behind = set(self._cards)

    def _follow(self, state: str) -> None:
        if state not in GOING:
            self._draw(*(card for card in self._cards if card.in_sight))

    def _draw(self, *cards: Card) -> None:
        for card in cards:
            self._behind.discard(card)
            self._queue.remove(card)
            self._queue.append(card)
            if self._session.recording is not None:
                card.view.draw(self._session.recording, self._session.snapshot)
