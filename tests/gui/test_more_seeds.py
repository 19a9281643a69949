"""Further seeds join a finished race: until they do it stays on show, and undo returns to it."""

import dataclasses
import threading

import numpy as np
import pytest

from engine.race import Race
from engine.settings import Refusal


@pytest.fixture
def finished(session, until):
    """The recording of a finished race of seeds 0 and 1."""
    session.run()
    until("finished")
    return session.recording


@pytest.fixture
def joined(qtbot, session):
    """Wait until the seeds that race have joined."""

    def wait():
        qtbot.waitUntil(lambda: session.state == "finished" and not session.joining, timeout=20_000)
        return session.recording

    return wait


@pytest.fixture
def refusals(session):
    said = []
    session.refused.connect(lambda path, text: said.append((path, text)))
    return said


def losses(recording):
    return recording.curves.values("test_loss")


def test_the_joined_race_is_as_if_all_had_raced_together(session, finished, joined, small):
    session.add_seeds(3)
    found = joined()
    assert session.experiment == small.with_value("population.seeds", 5)
    together = Race(session.experiment)
    together.advance(200)
    np.testing.assert_array_equal(losses(found), losses(together.recording))
    assert found.looks == 2
    assert session.snapshot is None
    assert found.fit.step == 200


def test_the_finished_race_stays_on_show_until_then(session, finished, joined, until):
    starts, growths = [], []
    session.race_started.connect(lambda: starts.append(session.recording))
    session.recording_grew.connect(lambda: growths.append(session.recording))
    snapshot = session.snapshot
    session.speed = 100
    session.add_seeds(2)
    assert session.joining == 2
    until("running")
    session.pause()
    until("paused")
    assert 0 < session.steps_done < session.limit == 200
    assert (session.recording, session.snapshot) == (finished, snapshot)
    assert not starts
    assert not growths
    session.speed = None
    session.run()
    assert starts == [joined()]
    assert growths == starts


def test_the_joined_race_is_judged_anew_and_undo_returns_to_the_race_before(
    qtbot, session, finished, joined, small
):
    qtbot.waitUntil(lambda: session.verdict is not None, timeout=20_000)
    before = session.verdict
    session.add_seeds(2)
    assert session.verdict is before
    after = joined()
    qtbot.waitUntil(lambda: session.verdict not in (None, before), timeout=20_000)
    assert [cost.lanes for cost in session.verdict.costs] == [4, 4]
    assert session.undo_text == "2 more seeds"
    session.undo()
    assert (session.experiment, session.recording, session.verdict) == (small, finished, before)
    session.redo()
    assert session.recording is after


def test_undo_stops_the_seeds_that_race_and_redo_lets_them_go_on(session, finished, joined, until):
    session.speed = 100
    session.add_seeds(2)
    until("running")
    session.undo()
    assert (session.state, session.recording, session.joining) == ("finished", finished, 0)
    session.redo()
    assert session.joining == 2
    session.speed = None
    session.run()
    joined()
    session.undo()
    assert session.recording is finished


def test_the_race_that_seeds_were_to_join_is_kept_as_long_as_they_are(
    qtbot, session, finished, joined
):
    short = session.elapsed
    session.speed = 30

    def run_longer():
        qtbot.waitUntil(lambda: session.elapsed > short + 0.1, timeout=20_000)
        assert session.state == "running"

    session.add_seeds(2)
    run_longer()
    for width in (5, 6, 7):
        session.change("network.width", width)
        run_longer()
    for _ in range(3):
        session.undo()
    assert session.joining == 2
    session.undo()
    assert session.recording is finished
    session.redo()
    session.speed = None
    session.run()
    assert joined().experiment.population.seeds == 4


def test_seeds_can_join_again_and_again(session, finished, joined):
    for total in (3, 4):
        session.add_seeds(1)
        assert session.undo_text == "1 more seed"
        assert joined().experiment.population.seeds == total
    assert session.recording.looks == 3
    session.undo()
    session.undo()
    assert session.recording is finished


def test_seeds_join_an_opened_recording_as_far_as_that_goes(
    session, until, joined, tmp_path, endless, save_file, open_file
):
    session.load(endless.with_value("population.evaluate_every", 35))
    session.step(70)
    until("paused")
    save_file(tmp_path / "run.npz")
    open_file(tmp_path / "run.npz")
    session.add_seeds(1)
    assert session.limit == 70
    assert joined().last_step == 70
    assert losses(session.recording).shape[-1] == 3


def test_a_live_setting_changes_nothing_in_seeds_that_are_to_join(session, finished, until):
    session.speed = 100
    session.add_seeds(1)
    until("running")
    session.change("training.learning_rate", 0.5)
    assert session.joining == 0
    assert session.recording is not finished
    session.undo()
    assert (session.joining, session.recording) == (1, finished)


def test_an_experiment_saved_while_seeds_race_is_the_one_saved_once_they_have_joined(
    session, until, joined, tmp_path, save_file
):
    session.step(50)
    until("paused")
    session.change("training.learning_rate", 0.05)
    session.run()
    until("finished")
    session.speed = 100
    session.add_seeds(2)
    until("running")
    save_file(tmp_path / "meanwhile.toml")
    session.speed = None
    joined()
    save_file(tmp_path / "after.toml")
    saved = (tmp_path / "after.toml").read_text("utf-8")
    assert "seeds = 4" in saved
    assert (tmp_path / "meanwhile.toml").read_text("utf-8") == saved


@pytest.mark.parametrize("steps", [0, 5])
def test_without_a_finished_race_there_is_nothing_to_join(session, until, refusals, steps):
    if steps:
        session.step(steps)
        until("paused")
    before = session.experiment
    session.add_seeds(8)
    assert refusals == [("more seeds", "more seeds = 8: can only join a race that is finished")]
    assert session.experiment == before


def test_more_seeds_than_a_race_can_have_are_refused(session, finished, refusals):
    session.add_seeds(300)
    ((path, text),) = refusals
    assert path == "more seeds"
    assert "254" in text
    assert (session.recording, session.can_redo) == (finished, False)


def test_a_table_that_has_changed_leaves_the_race_as_it_was(
    qtbot, session, until, tmp_path, refusals
):
    table = tmp_path / "rows.csv"
    table.write_text("x,y\n" + "\n".join(f"{x / 10},{x % 3}.5" for x in range(60)))
    task = dataclasses.replace(session.experiment.task, data="table", table=str(table))
    session.load(dataclasses.replace(session.experiment, task=task))
    session.run()
    until("finished")
    before = session.experiment, session.recording
    table.write_text("x,y\n" + "\n".join(f"{x / 9},{x % 4}.5" for x in range(60)))
    session.add_seeds(2)
    qtbot.waitUntil(lambda: bool(refusals), timeout=20_000)
    ((path, text),) = refusals
    assert path == "more seeds"
    assert "rows.csv" in text
    assert (session.experiment, session.recording) == before
    assert (session.state, session.can_redo) == ("finished", False)


@pytest.mark.parametrize(
    ("error", "word"), [(Refusal("steps", 3, "must be equal"), "equal"), (MemoryError(), "memory")]
)
def test_seeds_that_cannot_join_at_the_end_leave_the_race_as_it_was(
    qtbot, session, finished, refusals, monkeypatch, error, word
):
    def cannot(*_):
        raise error

    monkeypatch.setattr("gui.stage.join", cannot)
    before = session.experiment
    session.add_seeds(2)
    qtbot.waitUntil(lambda: bool(refusals), timeout=20_000)
    ((path, text),) = refusals
    assert path == "more seeds"
    assert word in text
    assert (session.experiment, session.recording, session.joining) == (before, finished, 0)
    assert (session.state, session.can_redo) == ("finished", False)
    session.reset()  # and the window goes on drawing
    session.run()
    qtbot.waitUntil(lambda: session.recording is not finished, timeout=20_000)


def test_closing_while_seeds_race_leaves_no_thread(session, finished, until):
    session.speed = 10
    session.add_seeds(2)
    until("running")
    session.close()
    assert "race" not in {thread.name for thread in threading.enumerate()}
