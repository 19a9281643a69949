"""The judge: works out the verdict on a race that rests, in a thread of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.cost import Cost, cost_per_step
from engine.recording import Recording
from engine.settings import Refusal
from engine.verdict import Verdict, verdict

from .errand import Errand, Look
from .stage import Stage

RESTING = ("paused", "finished")


class Judge(QObject):
    """Judges one stage at a time, and puts the verdict there; `ruled` says that it is there.

    A paused race is judged by a copy of its recording, since it may go on meanwhile.
    """

    ruled = Signal()
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stage: Stage | None = None
        self._errand = Errand(self, "judge")
        self._errand.done.connect(self._rule)
        self._errand.failed.connect(self.failed)

    def attend(self, stage: Stage | None, state: str) -> None:
        """Judge the stage if it rests with steps done and no verdict; dismiss any other case."""
        rests = stage is not None and state in RESTING
        if stage is not self._stage or not rests:
            self._errand.call_off()
        self._stage = stage
        if not rests or stage is None or stage.verdict or self.at_work:
            return
        if stage.recording and stage.recording.last_step > 0:
            try:
                recording = stage.recording.copy() if state == "paused" else stage.recording
            except MemoryError:
                needs = "needs more memory than the machine has free"
                self.failed.emit(Refusal("verdict", "none", needs))
                return
            costs = stage.costs
            self._errand.send(lambda look: judged(recording, costs, look))

    @property
    def at_work(self) -> bool:
        """Whether a verdict is on its way."""
        return self._errand.at_work

    def close(self, until: float) -> None:
        """Dismiss everything, and wait for the threads; no longer than `until`."""
        self._errand.close(until)

    def _rule(self, found: Verdict) -> None:
        if self._stage:
            self._stage.verdict, self._stage.costs = found, found.costs
        self.ruled.emit()


def judged(recording: Recording, costs: tuple[Cost, ...], look: Look) -> Verdict:
    """The verdict, with what a step costs each contestant; without where it cannot be measured.

    `costs` are those of an earlier verdict on the race, if any.
    """
    try:
        costs = costs or tuple(cost_per_step(recording.experiment, look))
    except (Refusal, MemoryError, OSError):
        costs = ()
    return verdict(recording, costs)
