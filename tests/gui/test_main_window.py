"""The window: everything within reach, nothing lost on the way, no thread left behind."""

import os
import random
import sys
import threading
from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)

from engine import experiment_file
from engine.exhibits import exhibits
from engine.race import Race
from gui import application
from gui.main_window import MainWindow
from gui.scout import expected, preview
from gui.session import Session
from gui.state import LAYOUT, State
from gui.theme import DARK, LIGHT


@pytest.fixture
def open_window(qtbot, tmp_path):
    """Opens windows that share a settings file, as one start after another does."""
    opened = []

    def open_one(experiment):
        window = MainWindow(Session(experiment), State(tmp_path / "window.ini"))
        window.restore()
        window.show()
        qtbot.waitExposed(window)
        opened.append(window)
        return window

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()
    # A change of the look would restyle windows that linger.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(open_window, small):
    return open_window(small)


def wait_for(qtbot, window, *states):
    qtbot.waitUntil(lambda: window.session.state in states, timeout=20_000)


def test_a_race_runs_by_the_keyboard(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_Period)
    wait_for(qtbot, window, "paused")
    assert window.session.steps_done == 1
    qtbot.keyClick(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, "finished")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, window, "idle")


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


def test_nothing_moves_when_a_message_comes(qtbot, window):
    def places():
        QCoreApplication.sendPostedEvents()
        return window.split.geometry(), [card.geometry() for card in window.board.cards.values()]

    before = places()
    window.messages.warn("What went wrong is said at some length. " * 12)
    assert window.messages.isVisible()
    assert places() == before
    assert window.messages.geometry().top() == window.split.geometry().top()
    assert window.messages.height() >= window.messages.words.heightForWidth(
        window.messages.words.width()
    )
    assert window.messages.width() == window.split.width()
    window.messages.hide()
    assert places() == before


def test_what_went_wrong_is_over_when_something_goes_well(qtbot, window):
    with qtbot.waitSignal(window.session.refused):
        window.open("/nowhere/missing.toml")
    assert window.messages.isVisible()
    window.session.change("network.depth", -5)
    assert window.messages.isVisible()
    window.session.change("network.depth", 3)
    assert not window.messages.isVisible()


def test_a_note_goes_by_itself(qtbot, window, monkeypatch):
    monkeypatch.setattr("gui.messages.NOTICING", 10)
    window.messages.note("Saved")
    assert window.messages.isVisible()
    qtbot.waitUntil(lambda: not window.messages.isVisible())


def test_the_column_is_never_cut_off(qtbot, window):
    window.resize(400, 700)
    window.split.setSizes([1, 5000])
    column = window.column
    qtbot.waitUntil(lambda: column.widget().width() <= column.viewport().width())


def test_a_narrow_window_still_offers_everything(qtbot, window):
    window.resize(400, 700)
    assert window.top_bar.minimumSizeHint().width() <= 920
    (menu,) = (b for b in window.findChildren(QToolButton) if b.text() == "Menu")
    assert menu.isVisible()
    offered = [action.text() for action in menu.menu().actions()]
    assert offered == ["Open…", "Save", "Export", "Cards"]
    window.resize(1700, 900)
    qtbot.waitUntil(lambda: not menu.isVisible())


def test_space_belongs_to_a_button_that_has_the_focus(qtbot, window):
    box = window.column.exhibit.chooser
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert window.session.state == "idle"
    box.hidePopup()


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


def test_every_control_is_named_and_explained(window):
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QSlider, QLineEdit)
    for control in window.findChildren(QWidget):
        if not isinstance(control, kinds) or control.objectName().startswith("qt_"):
            continue
        if isinstance(control.parent(), (QComboBox, QAbstractSpinBox, QTabBar)):
            continue
        if control.window() is not window:
            continue
        name = control.accessibleName() or getattr(control, "text", str)()
        assert name, control
        assert control.toolTip(), f"{type(control).__name__} {name}"


def test_no_key_does_two_things(window):
    keys = Counter(action.shortcut().toString() for action in window.commands)
    del keys[""]
    assert set(keys.values()) == {1}
    assert all(action.toolTip() for action in window.commands)


def test_a_card_is_enlarged_and_put_back(qtbot, window):
    before = {key: card.geometry() for key, card in window.board.cards.items()}
    loss = window.board.cards["loss"]
    qtbot.mouseDClick(loss.header, Qt.MouseButton.LeftButton)
    assert [key for key, card in window.board.cards.items() if card.isVisible()] == ["loss"]
    assert not window.column.isVisible()
    qtbot.waitUntil(lambda: loss.width() > 0.9 * window.width())
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.column.isVisible()
    qtbot.waitUntil(
        lambda: {key: card.geometry() for key, card in window.board.cards.items()} == before
    )


def test_a_hidden_card_comes_back(window):
    card = window.board.cards["heatmaps"]
    card.hide()
    assert not card.toggleViewAction().isChecked()
    card.toggleViewAction().trigger()
    assert card.isVisible()
    card.hide()
    window.commands["arrange"].trigger()
    assert card.isVisible()


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


def test_the_layout_comes_back_at_the_next_start(open_window, small):
    first = open_window(small)
    first.board.cards["fit"].hide()
    first.set_theme(DARK)
    first.toggle_theme()
    first.session.change("network.depth", 5)
    first.close()
    state = State(first._state.path)
    assert state.experiment == small.with_value("network.depth", 5)
    second = open_window(state.experiment)
    assert second.theme is LIGHT
    assert not second.board.cards["fit"].isVisible()
    assert second.board.cards["loss"].isVisible()
    assert not second.messages.isVisible()


def test_closed_with_a_large_card_it_opens_with_all(open_window, small):
    first = open_window(small)
    first.board.toggle_large(first.board.cards["loss"])
    first.close()
    second = open_window(small)
    assert all(card.isVisible() for card in second.board.cards.values())


def test_a_layout_that_makes_no_sense_is_said(qtbot, tmp_path, small):
    path = tmp_path / "window.ini"
    path.write_text(f"[layout{LAYOUT}]\ncards=@ByteArray(nonsense)\n")
    window = MainWindow(Session(small), State(path))
    window.restore()
    window.show()
    assert "layout" in window.messages.words.text()
    assert all(card.isVisible() for card in window.board.cards.values())
    window.close()
    window.deleteLater()


def test_a_bad_file_is_said_in_the_window(qtbot, window, small, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("[training]\nlearning_rate = 'fast'\n")
    with qtbot.waitSignal(window.session.refused):
        window.open(str(bad))
    assert window.messages.isVisible()
    assert "learning_rate" in window.messages.words.text()
    assert window.session.experiment == small


def test_what_takes_long_is_said_while_it_lasts(qtbot, window, small, tmp_path):
    pipe = tmp_path / "slow.toml"
    os.mkfifo(pipe)
    window.clerk.open(pipe)
    qtbot.waitUntil(window.messages.isVisible)
    assert window.messages.words.text() == "Opening slow.toml …"
    with qtbot.waitSignal(window.clerk.opened):
        pipe.write_text(experiment_file.dumps(small), "utf-8")
    assert not window.messages.isVisible()


def test_a_window_that_saves_closes_once_that_is_done(qtbot, window, tmp_path):
    window.clerk.save(tmp_path / "small.toml")
    window.close()
    assert window.isVisible()
    assert "closes once" in window.messages.words.text()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert experiment_file.read(tmp_path / "small.toml").experiment == window.session.experiment


def test_a_window_that_cannot_save_stays_and_says_why(qtbot, window, tmp_path):
    window.clerk.save(tmp_path / "nowhere" / "small.toml")
    window.close()
    with qtbot.waitSignal(window.session.refused):
        pass
    assert window.isVisible()
    assert "nowhere" in window.messages.words.text()


def test_a_window_that_is_closed_twice_leaves_without_saving(qtbot, window, tmp_path):
    window.clerk.save(tmp_path / "small.toml")
    window.close()
    window.close()
    assert not window.isVisible()


def test_a_file_can_be_dropped_in(qtbot, window, tmp_path, small):
    experiment_file.save(small.with_value("network.depth", 4), tmp_path / "other.toml")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "other.toml"))])
    drop = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    with qtbot.waitSignal(window.clerk.opened):
        window.dropEvent(drop)
    assert window.session.experiment.network.depth == 4


def test_what_stopped_a_race_is_said_in_the_window(qtbot, window):
    window.session.change("task.data", "table")
    window.session.run()
    wait_for(qtbot, window, "failed")
    assert window.messages.isVisible()
    assert "table" in window.messages.words.text()


def test_an_unexpected_error_is_shown_and_printed(window, capsys):
    hook = application.shown_in(window)
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError:
        hook(*sys.exc_info())
    assert "by zero" in window.messages.words.text()
    assert "Traceback" in capsys.readouterr().err


def test_the_look_can_be_switched_while_a_race_runs(qtbot, window, endless):
    window.session.load(endless)
    window.session.run()
    wait_for(qtbot, window, "running")
    for _ in range(4):
        window.toggle_theme()
        qtbot.wait(50)
    assert window.session.state == "running"
    background = window.palette().window().color().name()
    assert background == window.theme.background


def test_the_window_keeps_to_small_screens(window):
    """And to one of 1920 × 1080 at 200 %."""
    assert window.minimumSizeHint().width() <= 960
    assert window.minimumSizeHint().height() <= 500


@pytest.mark.parametrize("width", [960, 1100, 1280, 1920])
def test_no_card_cuts_its_controls(qtbot, window, width):
    window.resize(width, 700)
    qtbot.waitUntil(lambda: window.board.width() > width - 400)
    QCoreApplication.sendPostedEvents()
    for card in window.board.cards.values():
        for part in filter(None, (card.header, card.view.controls())):
            assert part.rect().contains(part.childrenRect())


def test_a_shorter_word_stands_where_a_longer_does_not_fit(window):
    words = window.readout.words
    words.say(["a very long way to say it, too long for any window of this size" * 9, "short"])
    assert words.text() == "short"
    assert "very long" in words.toolTip()


def test_closing_while_a_race_runs_leaves_no_thread(qtbot, window, endless):
    window.session.load(endless)
    window.session.run()
    wait_for(qtbot, window, "running")
    window.commands["tune"].trigger()
    window.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"race", "judge", "tuner", "prospect", "novelty"}


def test_repainting_loses_no_reference(qtbot, window):
    """PySide6 6.12.0 drops a reference to None in each Qt call, until the interpreter dies."""
    before = sys.getrefcount(None)
    for _ in range(200):
        window.board.cards["shapes"].view.plot_widget.viewport().repaint()
    assert sys.getrefcount(None) > before - 100


def test_anything_done_at_any_time_is_survived(qtbot, window, endless):
    dice = random.Random(3)
    session = window.session
    known = list(exhibits().values())
    commands = [
        "run", "step", "reset", "seeds", "more_seeds", "tune", "undo", "redo", "theme", "large",
        "back",
    ]  # fmt: skip
    acts = [
        lambda: window.commands[dice.choice(commands)].trigger(),
        lambda: session.run(),
        lambda: session.load(dice.choice(known).experiment),
        lambda: session.load(endless),
        lambda: session.change("network.depth", dice.randrange(1, 5)),
        lambda: session.change("training.learning_rate", dice.uniform(1e-4, 0.1)),
        lambda: session.change("training.batch_size", dice.randrange(5, 50)),
        lambda: session.change("population.seeds", dice.randrange(1, 4)),
        lambda: dice.choice(list(window.board.cards.values())).toggleViewAction().trigger(),
        lambda: window.transport.speed.setCurrentIndex(dice.randrange(9)),
        lambda: session.set_contestants(session.experiment.contestants[: dice.randrange(0, 4)]),
        lambda: window.resize(dice.randrange(1300, 1700), dice.randrange(760, 1000)),
    ]
    for _ in range(120):
        dice.choice(acts)()
        qtbot.wait(dice.choice([0, 0, 10, 60]))
        assert session.state != "failed"
    window.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "race"]


def test_every_button_has_its_icon(window):
    for name in ("run", "step", "reset", "seeds", "undo", "redo", "theme"):
        assert not window.commands[name].icon().isNull()
