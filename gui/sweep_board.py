"""The board of the sweep that is on show: its cards follow the sweeper."""

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
    )
)


class SweepBoard(Board):
    """What the sweeper has; `race_asked` hands over a race that was clicked on."""

    race_asked = Signal(object)

    def __init__(self, sweeper: Sweeper, views: Iterable[SweepPlot]) -> None:
        self._views = list(views)
        super().__init__("sweep board", self._views, PLACES)
        self._sweeper = sweeper
        for view in self._views:
            view.race_asked.connect(self.race_asked)
        sweeper.grew.connect(self.show_races)

    def show_races(self) -> None:
        for view in self._views:
            view.show_sweep(self._sweeper.sweep, self._sweeper.raced)
