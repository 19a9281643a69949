"""A race in the window: begun, followed, tuned and undone, and shown by every card."""

import threading

from patience import wait_for
from PySide6.QtCore import Qt

from engine.race import Race
from gui.scout import expected, preview


def test_a_race_runs_by_the_keyboard(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_Period)
    wait_for(qtbot, window, "paused")
    assert window.session.steps_done == 1
    qtbot.keyClick(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, "finished")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, window, "idle")


def test_no_race_begins_while_rates_are_tuned(qtbot, window):
    tuning, session = window.column.contestants.tune_button, window.session
    session.change("training.steps", 100_000)
    tuning.turn()
    for key in (Qt.Key.Key_Period, Qt.Key.Key_Space):
        qtbot.keyClick(window, key)
    assert session.state == "idle"
    assert session.recording is None
    tuning.turn()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.state == "running", timeout=20_000)
    tuning.turn()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, "paused")
    assert not window.commands["run"].isEnabled()
    tuning.turn()
    assert window.commands["run"].isEnabled()


def test_more_seeds_join_by_the_keyboard(qtbot, window):
    keys = Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    session, more = window.session, window.column.population.more
    more.number.setValue(3)
    session.run()
    assert not more.button.isEnabled()
    wait_for(qtbot, window, "finished")
    assert more.button.isEnabled()
    session.speed = 100
    qtbot.keyClick(window, *keys)
    qtbot.waitUntil(lambda: session.state == "running" and session.steps_done > 1, timeout=20_000)
    window.readout.show_progress()
    assert window.readout.words.text().startswith("racing 3 more seeds · step ")
    assert window.readout.progress.value() > 0
    session.speed = None
    qtbot.waitUntil(lambda: session.state == "finished" and not session.joining, timeout=20_000)
    for card in window.board.cards.values():
        assert card.view.recording.experiment.population.seeds == 5


def test_tuning_is_begun_and_stopped_by_the_keyboard(qtbot, window):
    keys = Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier
    button, words = window.column.contestants.tune_button, window.readout.words
    before = button.text()
    qtbot.keyClick(window, *keys)
    assert button.text() != before
    qtbot.waitUntil(lambda: words.text().startswith("tuning · rate"), timeout=20_000)
    qtbot.keyClick(window, *keys)
    assert button.text() == before
    assert words.text().startswith("ready")


def test_what_tuning_found_is_noted(qtbot, window):
    window.session.change("training.steps", 20)
    window.commands["tune"].trigger()
    contestants = window.session.experiment.contestants
    qtbot.waitUntil(lambda: window.session.experiment.contestants != contestants, timeout=60_000)
    assert "Tuned learning rates" in window.commands["undo"].toolTip()
    qtbot.waitUntil(window.messages.isVisible)
    assert "8 other seeds" in window.messages.words.text()


def test_n_steps(qtbot, window):
    window.transport.steps.setValue(25)
    window.commands["step"].trigger()
    wait_for(qtbot, window, "paused")
    assert window.session.steps_done == 25
    assert "25" in window.readout.words.text()
    assert window.readout.progress.value() == 125


def test_the_readout_says_it_all_in_a_usual_window(qtbot, window):
    window.resize(1440, 900)
    window.session.step(25)
    wait_for(qtbot, window, "paused")
    for part in ("step 25", "epoch", "0:0"):
        assert part in window.readout.words.text()


def test_what_a_race_needs_is_said_before_it_runs(qtbot, window, small):
    def looked():
        qtbot.waitUntil(lambda: not window.scout.at_work)

    window.resize(1920, 900)
    window.session.load(small)
    looked()
    needs = expected(small, preview(small))
    assert needs == Race(small).price
    memory = f"up to {needs.memory / 1e6:.0f} MB"
    assert memory in window.readout.words.text()
    assert "ms a step" in window.readout.words.text()
    window.session.change("task.data", "table")
    looked()
    assert "a step" not in window.readout.words.text()


def test_buttons_say_what_they_would_do(qtbot, window, endless):
    run = window.transport.run_button
    assert run.text() == "Run"
    window.session.load(endless)
    run.click()
    wait_for(qtbot, window, "running")
    assert run.text() == "Pause"
    assert not window.commands["step"].isEnabled()
    run.click()
    wait_for(qtbot, window, "paused")
    assert run.text() == "Run"
    assert window.commands["step"].isEnabled()


def test_undo_says_what_it_takes_back(window):
    assert not window.commands["undo"].isEnabled()
    window.session.change("network.depth", 5)
    assert window.commands["undo"].isEnabled()
    assert "Hidden layers" in window.commands["undo"].toolTip()
    window.commands["undo"].trigger()
    assert window.session.experiment.network.depth == 2
    assert "Hidden layers" in window.commands["redo"].toolTip()


def test_what_is_out_of_sight_is_drawn_when_it_comes_back(qtbot, window):
    card = window.board.cards["loss"]
    card.hide()
    drawn = []
    draw = card.view.draw
    card.view.draw = lambda *args: (drawn.append(args), draw(*args))
    window.session.run()
    wait_for(qtbot, window, "finished")
    assert drawn == []
    card.show()
    assert drawn == [(window.session.recording, window.session.snapshot)]


def test_all_cards_show_the_end_of_the_race(qtbot, window):
    window.session.run()
    wait_for(qtbot, window, "finished")
    for card in window.board.cards.values():
        assert card.view.recording is window.session.recording
        assert card.view.snapshot is window.session.snapshot or not card.in_sight
    assert window.session.snapshot.step == 200


def test_undo_brings_back_what_all_cards_showed(qtbot, window):
    window.commands["step"].trigger()
    wait_for(qtbot, window, "paused")
    first = window.session.recording, window.session.snapshot
    window.session.change("network.depth", 4)
    window.commands["step"].trigger()
    qtbot.waitUntil(lambda: window.session.steps_done == 1 and window.session.state == "paused")
    window.commands["undo"].trigger()
    assert (window.session.recording, window.session.snapshot) == first
    for card in window.board.cards.values():
        assert (card.view.recording, card.view.snapshot) == first or not card.in_sight


def test_closing_while_a_race_runs_leaves_no_thread(qtbot, window, endless):
    window.session.load(endless)
    window.session.run()
    wait_for(qtbot, window, "running")
    window.commands["tune"].trigger()
    window.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"race", "judge", "tuner", "prospect", "novelty"}


def test_every_card_can_be_looked_at_after_several_races(qtbot, window):
    """Those behind others are built anew for each race before anybody sees them."""
    for steps in (20, 60, 30):
        window.session.change("training.steps", steps)
        window.session.run()
        wait_for(qtbot, window, "finished")
    for card in window.board.cards.values():
        card.raise_()
        qtbot.waitUntil(lambda card=card: card.in_sight, timeout=20_000)
        assert not window.grab().isNull()
