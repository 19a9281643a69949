"""The window: everything within reach, nothing lost on the way, no thread left behind."""

import random
import sys
import threading
from collections import Counter

import pytest
from patience import wait_for
from PySide6.QtCore import QCoreApplication, Qt
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

from engine.exhibits import exhibits
from engine.experiment import Experiment
from gui.main_window import MainWindow
from gui.session import Session
from gui.state import LAYOUT, State
from gui.theme import DARK, LIGHT


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
    assert offered == ["New", "Open…", "Save", "Export", "Cards"]
    window.resize(1700, 900)
    qtbot.waitUntil(lambda: not menu.isVisible())


def test_a_plain_experiment_is_one_key_away_and_undo_returns(qtbot, window, small):
    window.show_page("Exhibits")
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.session.experiment == Experiment()
    assert window.pages.currentWidget() is window.board
    window.session.undo()
    assert window.session.experiment == small


def test_space_belongs_to_a_button_that_has_the_focus(qtbot, window):
    box = window.column.exhibit.chooser
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert window.session.state == "idle"
    box.hidePopup()


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


def test_the_layout_comes_back_at_the_next_start(open_window, small):
    first = open_window(small)
    first.board.cards["fit"].hide()
    first.look.wear(DARK)
    first.look.toggle()
    first.session.change("network.depth", 5)
    first.close()
    state = State(first._state.path)
    assert state.experiment == small.with_value("network.depth", 5)
    second = open_window(state.experiment)
    assert second.look.theme is LIGHT
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


def test_the_look_can_be_switched_while_a_race_runs(qtbot, window, endless):
    window.session.load(endless)
    window.session.run()
    wait_for(qtbot, window, "running")
    for _ in range(4):
        window.look.toggle()
        qtbot.wait(50)
    assert window.session.state == "running"
    background = window.palette().window().color().name()
    assert background == window.look.theme.background


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
