"""The population: its form, and what so many seeds can show."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent

from engine.experiment import Experiment
from engine.prospect import Prospect, prospect

from ..errand import Errand
from ..session import Session
from .form import SettingsPanel
from .more_seeds import MoreSeeds

SOON = 500  # milliseconds: the window is painted first, what this needs is loaded after

_WHAT = (
    "Known before any race: whether so many seeds can prove anything at all, and the smallest "
    "factor that four races of five would show, at the spread that is usual from seed to seed."
)


class PopulationPanel(SettingsPanel):
    """The form of the population, with what it can show below the number of seeds, and more seeds.

    What it can show, at the look that is on show, takes up to a second to work out: that waits
    until the panel is seen.
    """

    def __init__(self, session: Session) -> None:
        self._prospect: Prospect | None = None
        self._errand = Errand(session, "prospect")
        self._errand.done.connect(self._say)
        self._errand.failed.connect(session.say_failed)
        session.closing.connect(self._errand.close)
        super().__init__(session, "population")
        session.race_started.connect(self._look_ahead)
        self.more = MoreSeeds(session)
        self.body.insertWidget(1, self.more)

    def show_experiment(self, experiment: Experiment) -> None:
        super().show_experiment(experiment)
        self._look_ahead()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(SOON, self, self._look_ahead)

    def _look_ahead(self) -> None:
        if not self.isVisible():
            return
        recording = self.session.recording
        found = prospect(self.session.experiment, recording.looks if recording else 1)
        if found != self._prospect:
            self._prospect = found
            self._say("…")
            self._errand.send(lambda look: found.text)

    def _say(self, text: str) -> None:
        self.editors["population.seeds"].show_note(text, _WHAT)
