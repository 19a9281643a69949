"""The program's end: quiet, whatever has been raced and looked at."""

import os
import subprocess
import sys

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
