"""Tuning: the rates that the engine finds, as a change that undo takes back; any other stops it."""

import threading

import pytest

from engine.tune import Tuning
from gui import tuner as room
from gui.tuner import Tuner


@pytest.fixture
def tuner(session):
    session.change("training.steps", 20)
    return Tuner(session)


@pytest.fixture
def at_rest(qtbot, tuner):
    """Wait until the tuning is over."""
    return lambda: qtbot.waitUntil(lambda: not tuner.at_work, timeout=60_000)


@pytest.fixture
def notes(session):
    said = []
    session.noted.connect(said.append)
    return said


def under_way(qtbot, tuner):
    tuner.begin()
    qtbot.waitUntil(lambda: tuner.progress is not None, timeout=20_000)


def test_it_finds_what_the_engine_finds_and_undo_takes_it_back(session, tuner, at_rest, notes):
    before = session.experiment
    alone = Tuning(before)
    for _ in alone.run():
        pass
    tuner.begin()
    at_rest()
    assert session.experiment == alone.tuned
    assert session.undo_text == "Tuned learning rates"
    (note,) = notes
    assert all(words[1:] in note for words in alone.notes)
    session.undo()
    assert session.experiment == before


def test_it_can_be_stopped(qtbot, session, tuner, notes):
    before = session.experiment
    under_way(qtbot, tuner)
    tuner.stop()
    assert not tuner.at_work
    assert (session.experiment, notes) == (before, [])


def test_another_experiment_stops_it_and_that_is_said(qtbot, session, tuner, notes):
    under_way(qtbot, tuner)
    session.change("network.depth", 3)
    assert not tuner.at_work
    assert notes == [room.CHANGED]


def test_what_cannot_be_tuned_is_said_once(session, tuner, at_rest):
    session.change("training.steps", 0)
    said = []
    session.refused.connect(lambda *words: said.append(words))
    tuner.begin()
    at_rest()
    ((path, text),) = said
    assert path == "tuning"
    assert "no limit" in text


def test_closing_meanwhile_leaves_no_thread(qtbot, session, tuner):
    under_way(qtbot, tuner)
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "tuner"]
