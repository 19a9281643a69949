"""Files are read and written beside the window: what arrives, what is refused, and who wins."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from engine import experiment_file
from engine.race import Race
from engine.recording import Recording


class Slow:
    """An experiment's file that takes until `arrive` to be read: a pipe."""

    def __init__(self, path, experiment):
        self.path = path
        self._text = experiment_file.dumps(experiment)
        os.mkfifo(path)

    def arrive(self):
        self.path.write_text(self._text, "utf-8")


@pytest.fixture
def slow(tmp_path, small):
    return Slow(tmp_path / "slow.toml", small.with_value("network.depth", 7))


def test_the_window_lives_while_a_file_is_read(qtbot, session, clerk, slow):
    beats = []
    heart = QTimer(interval=10)
    heart.timeout.connect(lambda: beats.append(clerk.words))
    clerk.open(slow.path)
    heart.start()
    qtbot.waitUntil(lambda: len(beats) > 10)
    session.change("network.width", 5)
    assert set(beats) == {"Opening slow.toml …"}
    with qtbot.waitSignal(clerk.opened):
        slow.arrive()
    assert session.experiment.network.depth == 7
    assert clerk.words == ""
    session.undo()
    assert session.experiment.network.width == 5


def test_of_two_files_the_one_asked_for_last_is_opened(qtbot, session, clerk, slow, tmp_path):
    last = session.experiment.with_value("network.depth", 3)
    experiment_file.save(last, tmp_path / "last.toml")
    clerk.open(slow.path)
    clerk.open(tmp_path / "last.toml")
    opened = []
    session.experiment_changed.connect(opened.append)
    with qtbot.waitSignal(clerk.opened):
        slow.arrive()
    assert opened == [last]


@pytest.mark.parametrize("depth", [2, 3])  # the experiment that is open, and another
def test_whatever_else_is_opened_takes_the_place_of_a_file(
    qtbot, session, clerk, slow, small, depth
):
    other = small.with_value("network.depth", depth)
    clerk.open(slow.path)
    session.load(other)
    assert clerk.words == ""
    slow.arrive()
    qtbot.waitUntil(lambda: not threads("reading"))
    assert session.experiment == other


def threads(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_what_is_saved_of_a_race_that_goes_on_is_one_moment_of_it(
    qtbot, session, save_file, tmp_path, endless
):
    session.load(endless)
    session.run()
    qtbot.waitUntil(lambda: session.steps_done > 50, timeout=20_000)
    save_file(tmp_path / "run.npz")
    before = session.steps_done
    qtbot.waitUntil(lambda: session.steps_done > before)
    saved = Recording.load(tmp_path / "run.npz")
    alone = Race(endless)
    alone.advance(saved.last_step)
    for name, track in saved.tracks.items():
        whole = alone.recording.tracks[name]
        np.testing.assert_array_equal(track.steps, whole.steps[: len(track)])
    losses = alone.recording.curves.values("test_loss")
    np.testing.assert_array_equal(saved.curves.values("test_loss"), losses[: len(saved.curves)])


def test_files_that_are_saved_do_not_take_one_anothers_place(qtbot, session, clerk, tmp_path):
    names = ["first.toml", "second.toml", "third.toml"]
    saved = []
    clerk.saved.connect(lambda path: saved.append(path.name))
    for name in names:
        clerk.save(tmp_path / name)
    qtbot.waitUntil(lambda: not clerk.writes)
    assert saved == names == sorted(path.name for path in tmp_path.glob("*.toml"))


@pytest.mark.parametrize("doing", ["open", "save"])
def test_closing_in_the_middle_leaves_no_thread_and_no_half_file(
    session, clerk, save_file, until, tmp_path, doing
):
    session.run()
    until("finished")
    save_file(tmp_path / "first.npz")
    (clerk.open if doing == "open" else clerk.save)(tmp_path / "first.npz")
    clerk.save(tmp_path / "second.npz")
    session.close()
    assert not threads("reading") + threads("writing")
    for path in tmp_path.glob("*.*"):
        assert Recording.load(path).last_step == 200


def test_an_experiment_survives_its_file(session, save_file, open_file, until, tmp_path, small):
    session.step(3)
    until("paused")
    session.change("training.learning_rate", 0.02)
    session.step(3)
    until("running")
    until("paused")
    save_file(tmp_path / "run.toml")
    open_file(tmp_path / "run.toml")
    assert [(i.step, i.value) for i in session.experiment.interventions] == [(3, 0.02)]
    assert session.experiment.training.learning_rate == small.training.learning_rate
    assert session.state == "idle"


@pytest.mark.parametrize("name", ["run.toml", "run.npz"])
def test_a_change_made_while_paused_is_saved_before_it_takes_effect(
    session, save_file, open_file, until, tmp_path, small, name
):
    session.step(50)
    until("paused")
    session.change("training.learning_rate", 0.05)
    session.change("training.batch_size", 20)
    save_file(tmp_path / name)
    session.run()
    until("finished")
    shown = session.recording
    open_file(tmp_path / name)
    assert session.experiment.training.learning_rate == small.training.learning_rate
    again = Race(session.experiment)
    again.advance(200)
    assert again.recording.events == shown.events
    np.testing.assert_array_equal(
        again.recording.curves.values("test_loss"), shown.curves.values("test_loss")
    )


def test_what_is_saved_holds_all_that_the_race_has_done(
    qtbot, session, save_file, open_file, until, tmp_path, endless
):
    """Saved while it runs: each change once, at the step where it took effect."""
    session.load(endless)
    session.run()
    qtbot.waitUntil(lambda: session.steps_done > 20, timeout=20_000)
    for rate in (0.01, 0.02, 0.03):
        session.change("training.learning_rate", rate)
        save_file(tmp_path / "run.toml")
    session.pause()
    until("paused")
    save_file(tmp_path / "run.toml")
    happened = [e for e in session.recording.events if e.kind == "intervention"]
    last = {e.step: e.value for e in happened}
    open_file(tmp_path / "run.toml")
    saved = {i.step: i.value for i in session.experiment.interventions}
    assert saved[max(saved)] == 0.03
    assert last.items() <= saved.items()


def test_a_recording_survives_its_file(session, save_file, open_file, until, tmp_path):
    session.run()
    until("finished")
    losses = session.recording.curves.values("test_loss").copy()
    save_file(tmp_path / "run.npz")
    session.reset()
    open_file(tmp_path / "run.npz")
    assert session.state == "finished"
    np.testing.assert_array_equal(session.recording.curves.values("test_loss"), losses)


def test_the_fit_that_is_saved_is_that_of_the_step_the_race_stands_at(
    session, save_file, open_file, until, tmp_path
):
    session.step(7)
    until("paused")
    answers = session.snapshot.fit.outputs
    save_file(tmp_path / "run.npz")
    open_file(tmp_path / "run.npz")
    assert session.recording.fit.step == 7
    np.testing.assert_array_equal(session.recording.fit.outputs, answers)


@pytest.mark.parametrize("name", ["bad.toml", "bad.npz", "missing.toml", "missing.npz"])
def test_a_bad_file_changes_nothing(qtbot, session, clerk, until, tmp_path, name):
    for bad in ("bad.toml", "bad.npz"):
        (tmp_path / bad).write_bytes(b"\x00[not a file of ours")
    session.step(2)
    until("paused")
    experiment, recording = session.experiment, session.recording
    with qtbot.waitSignal(session.refused) as said:
        clerk.open(tmp_path / name)
    assert said.args[0] == "file"
    assert name in said.args[1]
    assert (session.experiment, session.recording) == (experiment, recording)


@pytest.mark.parametrize("name", ["run.npz", "nowhere/run.toml", "nowhere/run.npz"])
def test_what_cannot_be_saved_is_said(qtbot, session, clerk, tmp_path, name):
    with qtbot.waitSignal(session.refused) as said:
        clerk.save(tmp_path / name)
    assert said.args[0] == "file"
    assert "run" in said.args[1]
