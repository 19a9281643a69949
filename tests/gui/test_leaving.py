"""The program's end: quiet, whatever has been raced and looked at."""

import os
import signal
import subprocess
import sys

import pytest
from apart import ROOT

RACED_AND_LEFT = """
import sys
from PySide6.QtCore import QTimer
from gui import application


class Brief(application.MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        self.clock = QTimer(self, interval=50)
        self.clock.timeout.connect(self.go_on)
        self.clock.start()

    def go_on(self):
        if self.session.state == "idle":
            self.session.run()
        elif self.session.snapshot is not None and len(self.session.recording.curves.steps) > 2:
            self.close()


application.MainWindow = Brief
sys.exit(application.run(None, "digits"))
"""


def test_a_window_in_which_a_race_has_run_is_left_without_a_fault(tmp_path):
    """What Qt holds must go before the interpreter does."""
    settings = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", RACED_AND_LEFT]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr


TOLD_TO_END = """
import os
import sys
from PySide6.QtCore import QTimer
from gui import application


class Told(application.MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(0, self.be_told)

    def be_told(self):
        self.session.change("training.steps", 77)
        print(self.sweeper.folder, flush=True)
        os.kill(os.getpid(), int(sys.argv[1]))


application.MainWindow = Told
sys.exit(application.run(None, "digits"))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_window_that_is_told_to_end_keeps_what_it_would_on_closing(tmp_path, number):
    """The experiment comes back at the next start, and no temporary folder stays."""
    settings = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", TOLD_TO_END, str(int(number))]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert b"steps = 77" in (tmp_path / "activation-lab" / "window.ini").read_bytes()
    assert not os.path.exists(done.stdout.decode().strip())
