"""A race that rests is judged by itself; the verdict goes when the race goes on."""

import dataclasses

import pytest

from engine.network import no_look
from engine.race import Race
from engine.recording import Recording
from engine.verdict import verdict
from gui import judge


@pytest.fixture
def judged(qtbot, session):
    """Wait until the open race has its verdict."""

    def wait():
        qtbot.waitUntil(lambda: session.verdict is not None, timeout=20_000)
        return session.verdict

    return wait


def test_a_finished_race_is_judged_as_the_engine_does(session, judged, until):
    session.run()
    until("finished")
    found, expected = judged(), verdict(session.recording)
    assert [a.median for a in found.arrivals] == [a.median for a in expected.arrivals]
    assert len(found.costs) == len(session.experiment.contestants)
    untimed = [c for c in found.comparisons if c.outcome.key != "seconds"]
    assert untimed == list(expected.comparisons)


def test_a_paused_race_is_judged_where_it_stands_and_anew_after_every_step(session, judged):
    session.step(20)
    first = judged()
    assert first.arrivals[0].budget == 20
    said = []
    session.verdict_changed.connect(lambda: said.append(session.verdict))
    session.step(5)
    assert said == [None]
    assert 20 < judged().arrivals[0].budget <= 25
    assert said[-1] is session.verdict is not first


def test_what_a_step_costs_is_measured_once_a_race(session, judged):
    session.step(5)
    first = judged()
    session.step(5)
    assert judged().costs == first.costs
    session.new_seeds()
    session.step(5)
    assert judged().costs != first.costs


def test_undo_returns_to_the_verdict(session, judged, until):
    session.run()
    until("finished")
    found = judged()
    session.change("network.width", 5)
    assert session.verdict is None
    session.undo()
    assert session.verdict is found


def test_a_case_that_nobody_waits_for_is_dropped(session, judged, until):
    said = []
    session.verdict_changed.connect(lambda: said.append(session.verdict))
    session.run()
    until("finished")
    assert session.judging
    session.reset()
    assert not session.judging
    assert session.verdict is None
    session.step(5)
    found = judged()
    assert said == [found]
    assert 0 < found.step <= 5


def test_where_nothing_is_recorded_yet_nothing_is_judged(session, small, until):
    session.load(small, Race(small).recording)
    assert session.state == "finished"
    assert not session.judging
    session.load(small)
    session.run()
    session.pause()  # before the first step
    until("paused")
    assert session.steps_done == 0
    assert not session.judging


def test_a_paused_race_too_large_to_copy_has_no_verdict_and_goes_on(
    qtbot, session, until, monkeypatch
):
    def too_large(_):
        raise MemoryError

    monkeypatch.setattr(Recording, "copy", too_large)
    said = []
    session.refused.connect(lambda path, text: said.append((path, text)))
    session.step(5)
    until("paused")
    ((path, text),) = said
    assert path == "verdict"
    assert "memory" in text
    assert session.verdict is None
    session.step(5)
    qtbot.waitUntil(lambda: session.steps_done == 10, timeout=20_000)


def test_a_race_that_cannot_be_built_again_is_judged_without_time(small, tmp_path):
    """The table that was raced on is gone: nothing can be timed, and all else is still known."""
    table = tmp_path / "rows.csv"
    table.write_text("x,y\n" + "\n".join(f"{x / 10},{x % 3}.5" for x in range(60)))
    task = dataclasses.replace(small.task, data="table", table=str(table))
    race = Race(dataclasses.replace(small, task=task))
    race.advance(20)
    table.unlink()
    found = judge.judged(race.recording, (), no_look)
    assert found.comparisons
    assert found.costs == ()
