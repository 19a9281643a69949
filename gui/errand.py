"""An errand: work that takes too long for the window's thread, done in one that can be called off.

The window looks at a timer whether it is done; a signal from another thread would come in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

LOOK_EVERY = 50  # milliseconds between two looks at whether it is done

Look = Callable[[], None]
Work = Callable[[Look], Any]


class _CalledOff(Exception):
    """Nobody waits for this any more."""


class _Thread(threading.Thread):
    """Does `work` once it has the `room`. Its `result` or `error` is there once it has ended."""

    def __init__(self, name: str, work: Work, room: threading.Lock) -> None:
        super().__init__(name=name, daemon=True)
        self.result: Any = None
        self.error: Exception | None = None
        self.called_off = False
        self._work = work
        self._room = room

    def run(self) -> None:
        try:
            with self._room:
                self._look()
                self.result = self._work(self._look)
        except _CalledOff:
            pass
        except Exception as error:  # noqa: BLE001 - handed on: the window shows it
            self.error = error

    def _look(self) -> None:
        if self.called_off:
            raise _CalledOff


class Errand(QObject):
    """Does one work at a time: `done` hands over what came of it, `failed` why nothing did.

    A work is a function of `look`, which it calls now and then, and which raises once it has been
    called off. Of a work that was called off nothing is said. One that is slow to look, or never
    does, is waited for by the next.
    """

    done = Signal(object)
    failed = Signal(Exception)

    def __init__(self, parent: QObject, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self._room = threading.Lock()
        self._thread: _Thread | None = None
        self._called_off: list[_Thread] = []
        self._timer = QTimer(self, interval=LOOK_EVERY)
        self._timer.timeout.connect(self._ask)

    @property
    def at_work(self) -> bool:
        return self._thread is not None

    def send(self, work: Work) -> None:
        """Begin a work, in place of the one that was under way."""
        self.call_off()
        self._thread = _Thread(self._name, work, self._room)
        self._thread.start()
        self._timer.start()

    def call_off(self) -> None:
        self._timer.stop()
        if self._thread:
            self._thread.called_off = True
            self._called_off.append(self._thread)
        self._called_off = [thread for thread in self._called_off if thread.is_alive()]
        self._thread = None

    def close(self, until: float) -> None:
        """Call off everything, and wait for the threads; no longer than `until`, by `monotonic`."""
        self.call_off()
        for thread in self._called_off:
            thread.join(max(until - time.monotonic(), 0.0))

    def _ask(self) -> None:
        thread = self._thread
        if thread is None or thread.is_alive():
            return
        self.call_off()
        if thread.error:
            self.failed.emit(thread.error)
        else:
            self.done.emit(thread.result)
