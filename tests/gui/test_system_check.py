"""What is missing is named, with the line that installs it, and Qt is not loaded before."""

import subprocess
import sys
from pathlib import Path

import pytest

from gui import system_check

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all it needs")


def test_nothing_is_wrong_where_tests_run():
    assert system_check.trouble() == ""


def test_a_missing_library_is_named_with_its_package(monkeypatch):
    monkeypatch.setitem(system_check._PLATFORMS["xcb"], "libnot-there.so.9", "libnot-there9")
    words = system_check.trouble({"DISPLAY": ":0"})
    assert "apt-get install" in words
    assert "libnot-there9" in words


def test_only_what_the_platform_needs_is_asked_for(monkeypatch):
    monkeypatch.setitem(system_check._PLATFORMS["xcb"], "libnot-there.so.9", "libnot-there9")
    assert system_check.trouble({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_no_screen_is_said():
    assert "DISPLAY" in system_check.trouble({})


def test_a_screen_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setitem(system_check._PLATFORMS, "xcb", {})
    words = system_check.trouble({"DISPLAY": "/nowhere/at-all:77"})
    assert "does not answer" in words


def test_the_check_comes_before_qt():
    """Run where a library is missing: a line and exit code 1, and Qt was never imported."""
    code = (
        "import sys\n"
        "from gui import app, system_check\n"
        "system_check._EVERYWHERE['libnot-there.so.9'] = 'libnot-there9'\n"
        "code = app.main()\n"
        "assert 'PySide6' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 1
    assert "libnot-there9" in run.stderr
