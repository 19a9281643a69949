"""Every finding of a verdict leads to its evidence: a card, and what is to be chosen there."""

import dataclasses

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt

from engine.contestant import Contestant
from gui.main_window import MainWindow
from gui.session import Session
from gui.state import State

# How each view that has something to choose says what is chosen.
CHOSEN = {
    ("heatmaps", "quantity"): lambda view: view.measure.key,
    ("numerics", "quantity"): lambda view: view.measure.key,
    ("convergence", "clock"): lambda view: view.along_box.currentData(),
    ("comparisons", "contestant"): lambda view: selected(view).contestant,
}
# And which views show whatever they can be asked for.
ALL_SHOWN = {("heatmaps", "contestant"), ("shapes", "contestant")}


def selected(view):
    (row,) = view.sheet.selectionModel().selectedRows()
    return view.model.rows[row.row()]


def click_on(qtbot, board, finding):
    """A click on the finding's link in the verdict."""
    text = board.cards["verdict"].view.text
    link, bar = text.document().find(finding.title), text.verticalScrollBar()
    bar.setValue(bar.value() + text.cursorRect(link).top())
    place = text.cursorRect(link).center() - QPoint(4, 0)  # the cursor stands behind it
    assert text.anchorAt(place) == finding.question
    qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def judged(qtbot, tmp_path, small):
    """A window with a quick race that has its verdict, and an answer to every question."""
    contestants = tuple(Contestant(key) for key in ("relu", "leaky_relu", "prelu", "elu"))
    experiment = dataclasses.replace(small, contestants=contestants)
    window = MainWindow(Session(experiment), State(tmp_path / "window.ini"))
    window.show()
    qtbot.waitExposed(window)
    window.session.run()
    qtbot.waitUntil(lambda: window.session.verdict is not None, timeout=20_000)
    yield window
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_every_finding_leads_to_its_evidence(judged, qtbot):
    board, findings = judged.board, judged.session.verdict.findings
    asked = {(finding.view, about) for finding in findings for about in finding.shows}
    assert asked == CHOSEN.keys() | ALL_SHOWN
    board.cards["numerics"].view.measure_box.setCurrentIndex(1)  # it stands on what is asked for
    for finding in (*findings, *reversed(findings)):  # there and back: each clock was another once
        card = board.cards[finding.view]
        card.hide()
        click_on(qtbot, board, finding)
        qtbot.waitUntil(lambda card=card: card.in_sight)
        for about in finding.shows.keys() - {a for view, a in ALL_SHOWN if view == finding.view}:
            chosen = CHOSEN[finding.view, about](card.view)
            assert chosen == finding.shows[about], finding.question


def test_evidence_behind_an_enlarged_card_comes_into_sight(judged, qtbot):
    board = judged.board
    for finding in judged.session.verdict.findings:
        board.toggle_large(board.cards["verdict"])
        click_on(qtbot, board, finding)
        qtbot.waitUntil(lambda card=board.cards[finding.view]: card.in_sight)
        assert board.large_card is None
