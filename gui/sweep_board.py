"""The board of the sweep that is on show: its cards in sight follow the sweeper."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal

from .board import Board, Places
from .plots.sweep_plot import SweepPlot
from .sweeper import Sweeper

PLACES = Places(
    rows=(
        (56, {"disparity": 50, "outcome": 50}),
        (44, {"coordinates": 100}),
    ),
    behind={"multiples": "coordinates"},
)


class SweepBoard(Board):
    """What the sweeper has; `race_asked` hands over a race that was clicked on.

    A card out of sight is drawn when it comes into sight.
    """

    race_asked = Signal(object)

    def __init__(self, sweeper: Sweeper, views: Iterable[SweepPlot]) -> None:
        views = list(views)
        super().__init__("sweep board", views, PLACES)
        self._sweeper = sweeper
        self._views = {self.cards[view.key]: view for view in views}
        for card, view in self._views.items():
            view.race_asked.connect(self.race_asked)
            view.curves_asked.connect(sweeper.read_curves)
            sweeper.curves_read.connect(view.show_curves)
            card.came_into_sight.connect(lambda view=view: self._draw(view))
        for more in (sweeper.grew, sweeper.changed):
            more.connect(self.show_races)

    def show_races(self) -> None:
        for card, view in self._views.items():
            if card.in_sight:
                self._draw(view)

    def _draw(self, view: SweepPlot) -> None:
        sweeper = self._sweeper
        view.show_sweep(sweeper.sweep, sweeper.raced, sweeper.failed, sweeper.at_work)
