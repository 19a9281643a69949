"""The application: one window, and what becomes of an error that nobody expected."""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from engine.exhibits import exhibits

from .main_window import MainWindow
from .session import Session
from .state import State

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]

FIRST_EXHIBIT = "digits"
# Taking the interpreter back from a busy race waits up to this long, in seconds; 5 ms is usual.
SWITCH_INTERVAL = 0.001

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


def run(file: Path | None, exhibit: str | None) -> int:
    """Show the window until it is closed; returns the exit code."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Activation Lab")
    application.setDesktopFileName("activation-lab")
    sys.setswitchinterval(SWITCH_INTERVAL)
    state = State()
    last = None if exhibit or file else state.experiment
    session = Session(last or exhibits()[exhibit or FIRST_EXHIBIT].experiment)
    window = MainWindow(session, state)
    sys.excepthook = shown_in(window)
    window.restore()
    if file is not None:
        window.open(str(file))
    elif exhibit is not None:
        window.open_exhibit(exhibit)
    window.show()
    with closed_when_told(window):
        code = application.exec()
    # Left to the interpreter's end, it would go when half of Python is gone, and take it along.
    delete(window)
    return code


@contextmanager
def closed_when_told(window: MainWindow) -> Iterator[None]:
    """Ctrl-C in the terminal, and being told to end, close the window as its own command does.

    Python sees a signal only when it is at work: a socket hears of it too, and wakes the window.
    """

    def close() -> None:
        heard.recv(1)
        window.close()

    heard, told = socket.socketpair()
    with heard, told:
        told.setblocking(False)
        signal.set_wakeup_fd(told.fileno())
        notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read)
        notifier.activated.connect(close)
        for number in _ENDINGS:
            signal.signal(number, lambda *_: None)
        yield
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        notifier.setEnabled(False)


def shown_in(window: MainWindow) -> Hook:
    """An error hook: the error whole on standard error, and a line of it in the window."""

    def show(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        traceback.print_exception(kind, error, where)
        if issubclass(kind, Exception):
            window.messages.warn(f"Something unexpected went wrong. {kind.__name__}: {error}")

    return show
