"""What the window says of files and of what went wrong, and that nothing is lost on the way."""

import os
import sys
import threading

import pytest
from patience import wait_for
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar

from engine import experiment_file
from gui import application
from gui.labels import WrappedLabel


def test_nothing_moves_when_a_message_comes(qtbot, window):
    def places():
        QCoreApplication.sendPostedEvents()
        return window.split.geometry(), [card.geometry() for card in window.board.cards.values()]

    before = places()
    window.messages.warn("What went wrong is said at some length. " * 12)
    assert window.messages.isVisible()
    assert places() == before
    assert window.messages.height() >= window.messages.words.heightForWidth(
        window.messages.words.width()
    )
    assert window.messages.width() == window.pages.width()
    window.messages.hide()
    assert places() == before


CONTROLS = QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar


@pytest.mark.parametrize("page", ["Race", "Sweep"])
def test_no_message_covers_a_control(qtbot, window, page):
    window.show_page(page)
    window.messages.warn("Something went wrong.")
    QCoreApplication.sendPostedEvents()
    place = _on_screen(window.messages)
    controls = [
        control
        for kind in CONTROLS
        for control in window.findChildren(kind)
        if control.isVisible() and not window.messages.isAncestorOf(control)
    ]
    assert len(controls) > 20
    assert [control for control in controls if place.intersects(_on_screen(control))] == []


def _on_screen(widget):
    """Where a widget stands."""
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


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


def test_a_race_that_cannot_begin_says_so_each_time_it_is_run(qtbot, window, monkeypatch):
    window.session.change("task.data", "table")
    start = threading.Thread.start

    def start_and_fail(thread):
        """As where a race's thread is at its end before the window looks."""
        start(thread)
        if thread.name == "race":
            thread.join()

    monkeypatch.setattr(threading.Thread, "start", start_and_fail)
    for _ in range(2):
        window.commands["run"].trigger()
        assert window.session.state == "failed"
        assert window.messages.isVisible()
        assert "choose a .csv" in window.messages.words.text()
        beside = [
            r for r in window.findChildren(WrappedLabel) if r.isVisible() and "choose" in r.text()
        ]
        assert [words.text()[:9] for words in beside] == ["choose a "]
        window.messages.hide()


def test_an_unexpected_error_is_shown_and_printed(window, capsys):
    hook = application.shown_in(window)
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError:
        hook(*sys.exc_info())
    assert "by zero" in window.messages.words.text()
    assert "Traceback" in capsys.readouterr().err
