"""A race in the open window: what it still trains, and how the window feels meanwhile."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

import gui.crew
from engine import Race
from engine.race import Records, Snapshot
from gui.application import SWITCH_INTERVAL
from gui.main_window import MainWindow
from gui.plots import FitView, Plot, View
from gui.session import Session
from gui.state import State

from .turns import answer
from .workloads import RACES

# A turn's beginning, in seconds, in which the race starts or goes on.
RUN_UP = 1.0
HEARTBEAT = 10  # ms

# When the race handed out what it stood at at this step.
born: dict[int, float] = {}


class DatedRace(Race):
    """A race that notes when rows and snapshots are made."""

    def run(self, *how: Any, **named: Any) -> Iterator[Records]:
        for records in super().run(*how, **named):
            if records:
                born[self.step] = time.perf_counter()
            yield records

    def snapshot(self) -> Snapshot:
        made = super().snapshot()
        born[made.step] = time.perf_counter()
        return made


class Observer(QObject):
    """Watches a window from inside its event loop.

    A picture is a repaint in which some plots show something new: what they `refresh`ed to.
    """

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__()
        self._session = session
        self._fresh: dict[View, int] = {}
        self._dirty: set[View] = set()
        self._newest = 0
        cards = [card for card in window.board.cards.values() if card.in_sight]
        plots = (card.view for card in cards if isinstance(card.view, Plot))
        self._views = {plot.plot_widget.viewport(): plot for plot in plots}
        for canvas, view in self._views.items():
            canvas.installEventFilter(self)
            view.refresh = partial(self._refresh, view, view.refresh)
        self._painted = QTimer(self, singleShot=True, interval=0)
        self._painted.timeout.connect(self._note_picture)
        self._heart = QTimer(self, interval=HEARTBEAT, timerType=Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(lambda: self.beats.append(time.perf_counter()))
        self.clear()
        self._heart.start()

    def clear(self) -> None:
        self.beats: list[float] = []
        self.ages: list[float] = []
        self.newest: list[float] = []
        self.pictures = 0
        self.redraws = Counter(dict.fromkeys(self._views.values(), 0))
        self.since = time.perf_counter()
        self.first_step = self._session.steps_done

    def report(self) -> dict[str, float]:
        """Of the time since `clear`: rates a second, beats and ages in ms."""
        seconds = time.perf_counter() - self.since
        return {
            "steps": (self._session.steps_done - self.first_step) / seconds,
            "pictures": self.pictures / seconds,
            "redraws": min(self.redraws.values()) / seconds,
            "heartbeat": 1000 * float(np.percentile(np.diff(self.beats), 99)),
            "newest": 1000 * float(np.percentile(self.newest, 99)),
            "age": 1000 * float(np.percentile(self.ages, 99)),
        }

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._views[watched] in self._fresh:
            self._dirty.add(self._views[watched])
            # With no interval it fires once all that was to be painted has been painted.
            self._painted.start()
        return False

    def _refresh(self, view: View, refresh: Callable[[], None]) -> None:
        refresh()
        if self._session.snapshot is not None:
            self._fresh[view] = self._newest_step(view)

    def _newest_step(self, view: View) -> int:
        recorded, snapshot = self._session.recording.curves.steps, self._session.snapshot
        if isinstance(view, FitView) or not len(recorded):
            return snapshot.step
        newest = int(recorded[-1, 1])
        return max(newest, snapshot.step) if snapshot.rows else newest

    def _note_picture(self) -> None:
        now = time.perf_counter()
        self.pictures += 1
        for view in self._dirty:
            self.redraws[view] += 1
            step = self._fresh.pop(view)
            self._newest = max(self._newest, step)
            self.ages.append(now - born[step])
        self.newest.append(now - born[self._newest])
        self._dirty.clear()


def main(race: str) -> None:
    application = QApplication(sys.argv[:1])
    sys.setswitchinterval(SWITCH_INTERVAL)
    gui.crew.Race = DatedRace
    with tempfile.TemporaryDirectory() as folder:
        session = Session(RACES[race])
        window = MainWindow(session, State(Path(folder, "window.ini")))
        window.restore()
        window.show()
        observer = Observer(session, window)
        answer({"platform": application.platformName()})
        for line in sys.stdin:
            session.run()
            _wait(RUN_UP)
            observer.clear()
            _wait(float(line))
            answer(observer.report())
            session.pause()
            _wait(RUN_UP / 10)
        window.close()
        delete(window)  # while all of the interpreter is still there


def _wait(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


if __name__ == "__main__":
    main(sys.argv[1])
