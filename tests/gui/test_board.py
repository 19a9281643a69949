"""The board: whatever cards are in sight show where the race stands."""

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QTabBar

from gui.plots import PLOTS, VIEWS, LossView
from gui.race_board import RaceBoard


@pytest.fixture
def board_of(qtbot, session):
    """Shows a board with views of these classes."""

    def show(*kinds):
        board = RaceBoard(session, [kind() for kind in kinds])
        qtbot.addWidget(board)
        board.show()
        qtbot.waitExposed(board)
        return board

    return show


@pytest.mark.parametrize("kind", PLOTS, ids=[view.key for view in PLOTS])
def test_a_race_whose_records_are_rare_is_seen_between_them(
    kind, qtbot, board_of, session, endless, until
):
    """On any card alone: none has to be in sight for the others."""
    seldom = endless.with_value("population.evaluate_every", 1_000_000)
    session.load(seldom.with_value("population.record_every", 1_000_000))
    view = board_of(kind).cards[kind.key].view
    session.run()
    qtbot.waitUntil(lambda: bool(view.snapshot and view.snapshot.rows), timeout=120_000)
    assert view.curves.steps[-1, 1] > session.recording.curves.steps[-1, 1] == 0
    session.pause()
    until("paused")


@pytest.mark.parametrize("size", [(2100, 900), (1400, 1400), (2000, 1500)])
def test_every_card_keeps_its_share_when_the_board_is_resized(qtbot, board_of, size):
    board = board_of(*VIEWS)
    board.resize(1400, 900)
    board.arrange()

    def shares():
        sight = [card for card in board.cards.values() if not card.visibleRegion().isEmpty()]
        return {
            card: (card.width() / board.width(), card.height() / board.height()) for card in sight
        }

    QCoreApplication.processEvents()
    before = shares()
    board.resize(*size)
    QCoreApplication.processEvents()
    for card, share in shares().items():
        assert share == pytest.approx(before[card], abs=0.04)


def test_a_card_that_is_pointed_at_again_stands_out_as_long_again(board_of):
    card = board_of(LossView).cards["loss"]
    card.stand_out(0)
    card.stand_out(60_000)
    QCoreApplication.processEvents()
    assert card.header.property("pointed")
    card.stand_out(0)
    QCoreApplication.processEvents()
    assert not card.header.property("pointed")


def test_a_board_that_is_shown_first_has_each_tab_once(qtbot, board_of):
    """A second arrangement before the first had come to rest left a bar of tabs over a plot."""
    board = board_of(*VIEWS)

    def tabs():
        bars = [bar for bar in board.findChildren(QTabBar) if bar.isVisible()]
        return sorted(bar.tabText(place) for bar in bars for place in range(bar.count()))

    qtbot.waitUntil(lambda: bool(tabs()))
    assert tabs() == ["Comparisons", "Convergence", "Layer heatmaps", "Numerics"]
