"""What a change of architecture makes people wait for in the open window, as a Markdown table.

    python -m benchmarks.changed [--platform offscreen] [--times 8]

Run from the repository's folder in the project's environment. While a race runs, its architecture
is changed to and fro; the data stay the same. From the change on it takes so long until a picture
of the new race has been painted, until one with its first reading has, and in between the window
stands still for so long at most. Other work on the machine shows, so the least of all times counts.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from engine import Experiment
from engine.exhibits import exhibits
from gui.application import SWITCH_INTERVAL
from gui.main_window import MainWindow
from gui.session import Session
from gui.state import State

from .table import print_table
from .workloads import workloads

HEARTBEAT = 5  # ms
RUNNING = 0.7  # seconds that a race runs before it is changed


def races() -> dict[str, Experiment]:
    """By name, none of them with an end."""
    found = {"a new experiment": Experiment(), "digits": exhibits()["digits"].experiment}
    found |= {key: workloads()[key].trained_by("sgd") for key in ("W4", "W6b")}
    return {name: experiment.with_value("training.steps", 0) for name, experiment in found.items()}


class Wait(QObject):
    """Waits for the race that a change starts; all times in milliseconds since the change."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.picture = self.reading = 0.0
        self._session, self._replaced = session, session.recording
        self._began = time.perf_counter()
        self._beats = [self._began]
        self._loop = QEventLoop()
        self._heart = QTimer(self, interval=HEARTBEAT, timerType=Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(lambda: self._beats.append(time.perf_counter()))
        self._heart.start()
        session.recording_grew.connect(self._follow)

    def take(self) -> tuple[float, float, float]:
        """Until a picture and one with a reading, and the longest between two heartbeats."""
        self._loop.exec()
        self._heart.stop()
        return self.picture, self.reading, 1000 * float(np.diff(self._beats).max())

    def _follow(self) -> None:
        if self._session.recording is not self._replaced:
            # With no interval it fires once all that was to be painted has been painted.
            is_read = len(self._session.recording.curves) > 0
            QTimer.singleShot(0, self, lambda: self._note(is_read))

    def _note(self, is_read: bool) -> None:
        passed = 1000 * (time.perf_counter() - self._began)
        self.picture = self.picture or passed
        if is_read:
            self.reading = passed
            self._session.recording_grew.disconnect(self._follow)
            self._loop.quit()


def row(name: str, experiment: Experiment, times: int) -> list[str]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(experiment)
        window = MainWindow(session, State(Path(folder, "window.ini")))
        window.restore()
        window.show()
        session.run()
        taken = []
        hidden = experiment.network.hidden
        for turn in range(times):
            _live(RUNNING)
            wait = Wait(session)
            session.change("network.widths", hidden[:-1] if turn % 2 == 0 else hidden)
            taken.append(wait.take())
        window.close()
        delete(window)  # while all of the interpreter is still there
    return [name, *(f"{least:,.0f}" for least in np.min(taken, axis=0))]


def _live(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", default="offscreen", help="Qt's: offscreen, xcb, wayland")
    parser.add_argument("--times", type=int, default=8, help="that each race is changed")
    asked = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = asked.platform
    application = QApplication(sys.argv[:1])
    sys.setswitchinterval(SWITCH_INTERVAL)
    rows = [row(name, experiment, asked.times) for name, experiment in races().items()]
    print(f"Window on {application.platformName()}; least of {asked.times} changes, ms. ", end="")
    print(f"Load of the last minute: {psutil.getloadavg()[0]:.1f}\n")
    print_table(["race", "a picture", "its first reading", "window still"], rows)


if __name__ == "__main__":
    main()
