"""An errand hands over what came of it once; of what was called off nothing is said."""

import threading
import time

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
    errand.close(time.monotonic() + 5)


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


def test_works_that_never_look_run_one_at_a_time_and_those_called_off_never(qtbot, errand):
    may_end, ran = threading.Event(), []

    def deaf(number):
        ran.append(number)
        return may_end.wait(20)

    errand.send(lambda look: deaf(0))
    qtbot.waitUntil(lambda: ran == [0])
    for number in (1, 2, 3):
        errand.send(lambda look, number=number: deaf(number))
    with qtbot.waitSignal(errand.done):
        may_end.set()
    assert ran == [0, 3]


def test_closing_waits_no_longer_than_it_may_whatever_the_number_of_threads(errand):
    may_end = threading.Event()
    for _ in range(3):
        errand.send(lambda look: may_end.wait(20))
    until = time.monotonic() + 0.3
    errand.close(until)
    assert until <= time.monotonic() < until + 1
    may_end.set()


def test_closing_waits_for_all_threads(errand):
    errand.send(endless)
    errand.send(endless)
    assert errand.at_work
    errand.close(time.monotonic() + 5)
    assert not errand.at_work
    assert not [thread for thread in threading.enumerate() if thread.name == "errand"]
    assert errand.said == []
