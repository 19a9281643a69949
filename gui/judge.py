"""The judge: works out the verdict on a race that rests, in a thread of its own."""

from __future__ import annotations

import copy
import threading

from PySide6.QtCore import QObject, QTimer, Signal

from engine.cost import Cost, cost_per_step
from engine.recording import Recording
from engine.settings import Refusal
from engine.verdict import Verdict, verdict

from .stage import Stage

RESTING = ("paused", "finished")
LOOK_EVERY = 50  # milliseconds between two looks at whether the verdict is there

# Measuring what a step costs runs a race: one at a time.
_court = threading.Lock()


class _Dismissed(Exception):
    """Nobody waits for this verdict any more."""


class Case(threading.Thread):
    """One recording to be judged. `verdict` or `error` is there once it has ended."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(name="judge", daemon=True)
        self.verdict: Verdict | None = None
        self.error: Exception | None = None
        self.dismissed = False
        self._recording = recording

    def run(self) -> None:
        try:
            with _court:
                self.verdict = verdict(self._recording, self._costs())
        except _Dismissed:
            pass
        except Exception as error:  # noqa: BLE001 - handed on: the window shows it
            self.error = error

    def _costs(self) -> list[Cost]:
        """What a step costs each contestant; nothing where it cannot be measured here."""
        self._look()
        try:
            return cost_per_step(self._recording.experiment, look=self._look)
        except (Refusal, MemoryError, OSError):
            return []

    def _look(self) -> None:
        if self.dismissed:
            raise _Dismissed


class Judge(QObject):
    """Judges one stage at a time, and puts the verdict there; `ruled` says that it is there.

    A paused race is judged by a copy of its recording, since it may go on meanwhile.
    """

    ruled = Signal()
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stage: Stage | None = None
        self._case: Case | None = None
        self._dismissed: list[Case] = []
        self._timer = QTimer(self, interval=LOOK_EVERY)
        self._timer.timeout.connect(self._ask)

    def attend(self, stage: Stage | None, state: str) -> None:
        """Judge the stage if it rests and has no verdict yet; dismiss any other case."""
        rests = stage is not None and state in RESTING
        if self._case and (stage is not self._stage or not rests):
            self._dismiss()
        if rests and stage and stage.recording and not stage.verdict and not self._case:
            paused = state == "paused"
            recording = copy.deepcopy(stage.recording) if paused else stage.recording
            self._stage, self._case = stage, Case(recording)
            self._case.start()
            self._timer.start()

    @property
    def at_work(self) -> bool:
        """Whether a verdict is on its way."""
        return self._case is not None

    def close(self, patience: float) -> None:
        """Dismiss everything, and wait for the threads, `patience` seconds each at most."""
        self._dismiss()
        for case in self._dismissed:
            case.join(patience)

    def _dismiss(self) -> None:
        self._timer.stop()
        if self._case:
            self._case.dismissed = True
            self._dismissed.append(self._case)
        self._dismissed = [case for case in self._dismissed if case.is_alive()]
        self._stage = self._case = None

    def _ask(self) -> None:
        case, stage = self._case, self._stage
        if case is None or stage is None or case.is_alive():
            return
        stage.verdict = case.verdict
        self._dismiss()
        if case.error:
            self.failed.emit(case.error)
        self.ruled.emit()
