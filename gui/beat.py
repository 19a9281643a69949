"""The beat: how often the window draws a race, and how long it leaves the race alone between."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from .worker import Worker

FRAME = 1 / 26  # seconds between two pictures where painting is quick
REST = 3  # times the last painting's duration that the race is left alone
LONGEST_REST = 0.3  # seconds; what held a picture up for longer was not painting alone


class Beat(QObject):
    """Says when the next picture is `due`, and holds the race while one is painted."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.painting = 0.0  # seconds that the last picture took
        self._held: Worker | None = None
        self._began = 0.0
        self._again = self._soon = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.due)
        # With no interval it fires once all that was to be painted has been painted.
        self._after_paint = QTimer(self, singleShot=True, interval=0)
        self._after_paint.timeout.connect(self._leave_the_race_alone)

    def begin(self, worker: Worker | None) -> None:
        """A picture begins: hold the race of `worker`."""
        self._began = time.perf_counter()
        if worker and worker.race and self._held is None:
            self._held = worker
            worker.close_gate()

    def end(self, again: bool, soon: bool = False) -> None:
        """All has been said that is to be painted; `again`: another picture is to follow.

        `soon`: without a rest, where no race trains yet or this picture took its time only once.
        """
        self._again, self._soon = again, soon
        self._after_paint.start()

    def stop(self) -> None:
        self._timer.stop()
        self._after_paint.stop()

    def _leave_the_race_alone(self) -> None:
        if self._held:
            self._held.open_gate()
            self._held = None
        self.painting = time.perf_counter() - self._began
        if self._again:
            rest = 0.0 if self._soon else REST
            self._timer.start(round(1000 * rest_after(self.painting, rest)))


def rest_after(painting: float, rest: float = REST) -> float:
    """Seconds between a picture that took `painting` seconds and the next one."""
    return max(FRAME - painting, min(rest * painting, LONGEST_REST))
