"""The session: what a change does to a running race, and that nothing is thrown away by a nudge."""

import random
import threading

import numpy as np

from engine.contestant import Contestant
from engine.race import Race
from engine.sections import TrainingSettings
from engine.settings import settings_of
from gui import stage, worker
from gui.session import Session

LIVE = [f"training.{name}" for name, s in settings_of(TrainingSettings).items() if s.live]


def interventions(session):
    return [(e.field, e.value) for e in session.recording.events if e.kind == "intervention"]


def assert_ended_with(recording, experiment):
    """The settings of a recorded race's last step are those of `experiment`."""
    ended = recording.experiment
    for event in recording.events:
        if event.kind == "intervention":
            ended = ended.with_value(event.field, event.value)
    assert ended.network == experiment.network
    for path in LIVE:
        assert ended.value(path) == experiment.value(path)


def run_a_while(session, qtbot):
    """Run until something of this race is on show."""
    session.run()
    qtbot.waitUntil(lambda: session.state == "running" and session.steps_done > 5, timeout=20_000)


def test_a_race_in_the_window_has_the_numbers_of_one_without(session, until):
    session.run()
    until("finished")
    alone = Race(session.experiment)
    alone.advance(session.experiment.training.steps)
    assert session.recording.events == alone.recording.events
    for name in ("train_loss", "test_loss", "gradient_norm"):
        np.testing.assert_array_equal(
            session.recording.curves.values(name), alone.recording.curves.values(name)
        )
    assert session.snapshot.step == session.steps_done == 200


def test_steps_are_exact(qtbot, session, until):
    session.step()
    until("paused")
    assert session.steps_done == session.snapshot.step == 1
    session.step(41)
    qtbot.waitUntil(lambda: session.steps_done > 1, timeout=20_000)
    until("paused")
    assert session.steps_done == session.snapshot.step == 42


def test_pause_and_go_on(qtbot, session, until, endless):
    session.load(endless)
    run_a_while(session, qtbot)
    session.pause()
    until("paused")
    recording, stands_at = session.recording, session.steps_done
    session.run()
    qtbot.waitUntil(lambda: session.steps_done > stands_at, timeout=20_000)
    assert session.recording is recording


def test_signals_are_for_rare_things(qtbot, session, until):
    states, starts, growths = [], [], []
    session.state_changed.connect(states.append)
    session.race_started.connect(lambda: starts.append(session.recording))
    session.recording_grew.connect(lambda: growths.append(session.recording.last_step))
    session.run()
    until("finished")
    assert states[0] == "preparing"
    assert states[-1] == "finished"
    assert starts == [session.recording]
    assert growths[-1] == 200


def test_a_refused_value_is_said_and_changes_nothing(qtbot, session, small):
    with qtbot.waitSignal(session.refused) as said:
        session.change("training.learning_rate", -1)
    assert said.args[0] == "training.learning_rate"
    assert "-1" in said.args[1]
    assert session.experiment == small
    assert not session.can_undo


def test_too_many_contestants_are_refused(qtbot, session, small):
    with qtbot.waitSignal(session.refused) as said:
        session.set_contestants((Contestant("relu"),) * 13)
    assert said.args[0] == "contestants"
    assert session.experiment == small


def test_a_live_setting_changes_within_the_race(qtbot, session, until, endless):
    session.load(endless)
    run_a_while(session, qtbot)
    recording = session.recording
    session.change("training.learning_rate", 0.01)
    session.change("training.batch_size", 20)
    session.undo()
    assert session.experiment.training.batch_size == 10
    session.undo()
    qtbot.waitUntil(lambda: len(interventions(session)) == 4, timeout=20_000)
    assert session.recording is recording
    assert interventions(session) == [
        ("training.learning_rate", 0.01),
        ("training.batch_size", 20),
        ("training.batch_size", 10),
        ("training.learning_rate", endless.training.learning_rate),
    ]
    assert session.experiment == endless


def test_dragging_a_live_setting_is_one_step_of_undo(qtbot, session, until, endless):
    session.load(endless)
    run_a_while(session, qtbot)
    for rate in (0.004, 0.005, 0.006):
        session.change("training.learning_rate", rate)
    session.undo()
    assert session.experiment == endless


def test_another_setting_replaces_the_race_and_undo_returns_to_it(qtbot, session, until, endless):
    session.load(endless)
    run_a_while(session, qtbot)
    first = session.recording
    session.change("network.depth", 3)
    until("running")
    second = session.recording
    assert second is not first
    assert len(second.facts.layer_units) == 4
    session.undo()
    assert session.recording is first
    assert session.experiment == endless
    stands_at = session.steps_done
    qtbot.waitUntil(lambda: session.steps_done > stands_at, timeout=20_000)
    session.redo()
    assert session.recording is second


def test_the_race_that_is_replaced_is_on_show_until_the_next_is_built(
    qtbot, session, until, endless, monkeypatch
):
    monkeypatch.setattr(stage, "MOMENT", 60)
    session.load(endless)
    run_a_while(session, qtbot)
    shown = []
    session.race_started.connect(lambda: shown.append(session.recording))
    session.change("network.depth", 3)
    until("running")
    assert shown == [session.recording]


def test_a_race_that_is_long_in_building_has_nothing_to_show(qtbot, session, endless):
    session.load(endless)
    run_a_while(session, qtbot)
    shown = []
    session.race_started.connect(lambda: shown.append(session.recording))
    with worker._building:
        session.change("network.depth", 3)
        qtbot.waitUntil(lambda: shown == [None], timeout=20_000)
    qtbot.waitUntil(lambda: shown == [None, session.recording], timeout=20_000)
    assert session.recording is not None


def test_a_change_before_the_race_starts_nothing(session, small):
    session.change("network.depth", 3)
    assert session.state == "idle"
    session.undo()
    assert session.experiment == small
    assert session.can_redo


def test_run_lets_go_of_the_race_that_was_replaced(session, until):
    session.run()
    until("finished")
    session.change("network.depth", 3)
    assert session.state == "idle"
    session.run()
    until("finished")
    session.undo()
    assert session.recording is None
    assert session.state == "idle"


def test_reset_and_run_again_can_be_undone(qtbot, session, until, small):
    session.run()
    until("finished")
    first = session.recording
    session.run()
    qtbot.waitUntil(lambda: session.recording is not first, timeout=20_000)
    until("finished")
    second = session.recording
    session.reset()
    assert (session.state, session.recording, session.steps_done) == ("idle", None, 0)
    session.undo()
    assert session.recording is second
    session.undo()
    assert session.recording is first
    assert session.experiment == small


def test_the_race_shown_belongs_to_the_settings_shown(qtbot, session, until):
    """Along a history with changes before, within and after a race: at each stop the race shown
    ended with the settings shown, and coming back finds the same again."""
    session.change("training.learning_rate", 0.01)
    session.step(5)
    until("paused")
    session.change("training.batch_size", 20)
    session.change("training.weight_decay", 0.001)
    session.step(5)
    qtbot.waitUntil(lambda: session.steps_done == 10, timeout=20_000)
    until("paused")
    session.change("training.weight_decay", 0.01)
    session.run()
    until("finished")
    finished = session.recording
    session.change("network.depth", 3)

    def stop():
        if session.recording is not None:
            assert_ended_with(session.recording, session.experiment)
        assert session.state == ("idle" if session.recording is None else "finished")
        return session.experiment, session.recording

    def walk(move, can):
        stops = [stop()]
        while can():
            move()
            stops.append(stop())
        return stops

    back = walk(session.undo, lambda: session.can_undo)
    assert [recording for _, recording in back].count(finished) == 1
    assert back[1][1] is finished
    for _ in range(2):
        assert walk(session.redo, lambda: session.can_redo) == back[::-1]
        assert walk(session.undo, lambda: session.can_undo) == back


def test_earlier_settings_of_a_finished_race_can_be_run_anew(session, until, small):
    session.step(5)
    until("paused")
    session.change("training.learning_rate", 0.01)
    session.run()
    until("finished")
    session.undo()
    assert (session.experiment, session.recording) == (small, None)
    session.run()
    until("finished")
    assert_ended_with(session.recording, small)
    assert not interventions(session)


def test_new_seeds_were_not_seen_before(session):
    before = set(session.experiment.population.seed_numbers)
    session.new_seeds()
    assert not before & set(session.experiment.population.seed_numbers)


def test_a_race_that_cannot_be_is_said(qtbot, session, until):
    session.change("task.data", "table")
    with qtbot.waitSignal(session.refused) as said:
        session.run()
        until("failed")
    assert said.args[0] == "task.table"
    session.change("task.data", "circle")
    session.run()
    until("finished")


def test_a_formula_that_is_none_is_refused_at_once(qtbot, session):
    session.change("task.data", "formula")
    before = session.experiment
    with qtbot.waitSignal(session.refused) as said:
        session.change("task.formula", "foo(")
    assert said.args[0] == "task.formula"
    assert session.experiment == before


def test_a_target_that_is_no_column_is_said_of_its_setting(qtbot, session, until, tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("a,b\n" + "".join(f"{i}.5,{i * i}.5\n" for i in range(40)))
    session.change("task.data", "table")
    session.change("task.table", str(table))
    session.change("task.target", "c")
    with qtbot.waitSignal(session.refused) as said:
        session.run()
        until("failed")
    assert said.args[0] == "task.target"
    assert "own.csv" in said.args[1]


def test_a_fault_in_a_race_is_said_and_printed(qtbot, session, until, monkeypatch, capsys):
    def broken(experiment, look):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("gui.crew.Race", broken)
    with qtbot.waitSignal(session.refused) as said:
        session.run()
        until("failed")
    assert said.args == ["race", "ZeroDivisionError: by zero"]
    assert "Traceback" in capsys.readouterr().err


def test_opening_what_is_open_is_no_step_of_undo(session, small):
    session.load(small)
    assert not session.can_undo


def test_closing_in_the_middle_of_a_huge_step_leaves_no_thread(qtbot, session, until, huge):
    session.load(huge)
    session.run()
    until("running")
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "race"]


def test_any_change_at_any_time_is_survived(qtbot, endless):
    dice = random.Random(7)
    session = Session(endless)
    acts = [
        session.run,
        session.run,
        session.pause,
        session.step,
        session.undo,
        session.redo,
        session.reset,
        session.new_seeds,
        lambda: session.add_seeds(dice.randrange(0, 3)),
        lambda: session.load(endless),
        lambda: session.load(endless.with_value("training.steps", 100)),
        lambda: session.step(dice.randrange(1, 100)),
        lambda: session.change("network.depth", dice.randrange(0, 6)),
        lambda: session.change("network.width", dice.randrange(1, 10)),
        lambda: session.change("training.learning_rate", dice.uniform(-0.01, 0.1)),
        lambda: session.change("training.batch_size", dice.randrange(0, 50)),
        lambda: session.change("population.seeds", dice.randrange(1, 5)),
        lambda: session.change("task.data", dice.choice(["circle", "sin", "digits", "table"])),
        lambda: session.change("training.optimizer", dice.choice(["sgd", "adam", "rmsprop"])),
        lambda: session.set_contestants((Contestant("elu"),) * dice.randrange(0, 4)),
        lambda: setattr(session, "speed", dice.choice([None, 1, 50, 1000])),
    ]
    for _ in range(150):
        dice.choice(acts)()
        qtbot.wait(dice.choice([0, 0, 5, 40]))
        assert session.state != "failed" or session.experiment.task.data == "table"
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "race"]
