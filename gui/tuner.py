"""The tuner: looks for the learning rate that suits each contestant, in a thread of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.experiment import Experiment
from engine.tune import Progress, Tuning

from .errand import Errand, Look
from .session import Session

CHANGED = "Tuning was stopped: the experiment is another one now."


class Tuner(QObject):
    """Tunes the experiment that is open, and opens it with the rates found: a change like any.

    `changed` says that it has begun or ended. Another change of the experiment stops it.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.progress: Progress | None = None
        self._session = session
        self._experiment = session.experiment
        self._errand = Errand(self, "tuner")
        self._errand.done.connect(self._open)
        self._errand.failed.connect(self._fail)
        session.closing.connect(self._errand.close)
        session.experiment_changed.connect(self._follow)

    @property
    def at_work(self) -> bool:
        return self._errand.at_work

    def begin(self) -> None:
        self._experiment = self._session.experiment
        self.progress = None
        self._errand.send(self._tune)
        self.changed.emit()

    def stop(self) -> None:
        self._errand.call_off()
        self.changed.emit()

    def _tune(self, look: Look) -> Tuning:
        tuning = Tuning(self._experiment)
        for progress in tuning.run(look):
            look()
            self.progress = progress
        return tuning

    def _open(self, tuning: Tuning) -> None:
        tuned = tuning.tuned.contestants
        self._session.set_contestants(tuned, "Tuned learning rates")
        rates = ", ".join(
            f"{name} at {contestant.learning_rate:g}"
            for name, contestant in zip(tuning.tuned.contestant_names, tuned, strict=True)
        )
        said = (f"Learning rates found: {rates}", *tuning.notes)
        self._session.noted.emit(" ".join(f"{words[:1].upper()}{words[1:]}." for words in said))
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._session.say_failed(error, "tuning")
        self.changed.emit()

    def _follow(self, experiment: Experiment) -> None:
        if self.at_work and experiment != self._experiment:
            self.stop()
            self._session.noted.emit(CHANGED)
