"""An errand hands over what came of it once; of what was called off nothing is said."""

import threading

import pytest
from PySide6.QtCore import QObject

from gui.errand import Errand


@pytest.fixture
def errand(qtbot):
    parent = QObject()
    errand = Errand(parent, "errand")
    errand.said = []
    errand.done.connect(errand.said.append)
    errand.failed.connect(errand.said.append)
    yield errand
    errand.close()


def endless(look):
    """A work that only ends when it is called off."""
    while True:
        look()


def test_a_work_is_done_in_a_thread_of_its_own(qtbot, errand):
    with qtbot.waitSignal(errand.done) as said:
        errand.send(lambda look: threading.current_thread())
        assert errand.at_work
    assert said.args[0].name == "errand"
    assert not errand.at_work


def test_what_went_wrong_is_handed_over(qtbot, errand):
    error = ZeroDivisionError("by zero")

    def broken(look):
        raise error

    with qtbot.waitSignal(errand.failed) as said:
        errand.send(broken)
    assert said.args == [error]
    assert not errand.at_work


def test_of_a_work_in_whose_place_another_came_nothing_is_said(qtbot, errand):
    errand.send(endless)
    with qtbot.waitSignal(errand.done):
        errand.send(lambda look: "the second")
    assert errand.said == ["the second"]


def test_closing_waits_for_all_threads(errand):
    errand.send(endless)
    errand.send(endless)
    assert errand.at_work
    errand.close()
    assert not errand.at_work
    assert not [thread for thread in threading.enumerate() if thread.name == "errand"]
    assert errand.said == []
