"""The board of the race that is open: its cards follow the session."""

from __future__ import annotations

from collections.abc import Iterable

from engine.experiment import Experiment
from engine.findings import Finding

from .board import Board, Places
from .plots.view import View
from .session import Session
from .turns import Turns

PLACES = Places(
    rows=(
        (42, {"shapes": 52, "loss": 48}),
        (28, {"heatmaps": 100}),
        (30, {"fit": 50, "convergence": 50}),
    ),
    side={"verdict": 62, "units": 38},
    side_width=26,
    behind={"comparisons": "convergence", "numerics": "heatmaps"},
)
HIGHLIGHT = 1200  # milliseconds for which a card that shows evidence stands out


class RaceBoard(Board):
    """What the session has, drawn in turns; evidence of the verdict is pointed at."""

    def __init__(self, session: Session, views: Iterable[View]) -> None:
        super().__init__("board", views, PLACES)
        self._session = session
        self._turns = Turns(session, self.cards.values())
        self.show_experiment(session.experiment)
        for card in self.cards.values():
            card.view.evidence_asked.connect(self.point_at)
        session.experiment_changed.connect(self.show_experiment)
        session.race_started.connect(self.start)
        session.verdict_changed.connect(self.show_verdict)

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

    def point_at(self, finding: Finding) -> None:
        """Bring the evidence of a finding into sight, and let its card stand out for a moment."""
        card = self.cards.get(finding.view)
        if card is None:
            return
        self.bring(card)
        card.view.point_at(finding.shows)
        card.stand_out(HIGHLIGHT)
