"""The contestants' list: added to, put in order, edited in place; the experiment has the truth."""

import dataclasses

import pytest
from contestants_panel import ask, keys, names, opened, race, shown_panel
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.activations import ACTIVATIONS
from engine.sections import MAX_CONTESTANTS
from gui import theme
from gui.panels.swatch import curve_icons


@pytest.fixture
def panel(qtbot, session):
    return shown_panel(qtbot, session)


def test_the_list_shows_every_contestant_and_whether_it_is_trained(session, panel):
    race(session, "relu", "prelu", "relu")
    assert names(panel) == session.experiment.contestant_names
    assert [row.header.trained.isHidden() for row in panel.rows] == [True, False, True]


def test_a_new_contestant_is_the_first_bent_one_that_does_not_race_and_opens(session, panel):
    panel.add_button.click()
    assert keys(session) == ["relu", "prelu", "leaky_relu"]
    assert opened(panel) == 2


def test_the_list_is_full_at_the_most_contestants_and_says_so(session, panel):
    for _ in range(MAX_CONTESTANTS + 3):
        panel.add_button.click()
    assert len(set(keys(session))) == MAX_CONTESTANTS
    assert panel.full.isVisible()
    assert str(MAX_CONTESTANTS) in panel.full.text()
    panel.duplicate(0)
    assert len(keys(session)) == MAX_CONTESTANTS
    panel.remove(0)
    assert panel.full.isHidden()


def test_the_last_contestant_stays_and_that_is_said(session, panel):
    race(session, "elu")
    QTest.keyClick(panel.rows[0].header, Qt.Key.Key_Delete)
    assert keys(session) == ["elu"]
    assert "at least one" in panel.refusal.text()
    assert panel.refusal.isVisible()
    panel.add()
    assert panel.refusal.isHidden()


def test_keys_open_move_duplicate_and_remove(session, panel):
    race(session, "relu", "elu", "tanh")
    alt, control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(panel.rows[2].header, Qt.Key.Key_Up, alt)
    assert keys(session) == ["relu", "tanh", "elu"]
    assert panel.focusWidget() is panel.rows[1].header
    QTest.keyClick(panel.rows[0].header, Qt.Key.Key_Up, alt)
    assert keys(session) == ["relu", "tanh", "elu"]
    QTest.keyClick(panel.rows[0].header, Qt.Key.Key_Down, alt)
    assert keys(session) == ["tanh", "relu", "elu"]
    QTest.keyClick(panel.rows[0].header, Qt.Key.Key_D, control)
    assert keys(session) == ["tanh", "tanh", "relu", "elu"]
    QTest.keyClick(panel.rows[2].header, Qt.Key.Key_Delete)
    assert keys(session) == ["tanh", "tanh", "elu"]
    for key, expected in ((Qt.Key.Key_Space, 0), (Qt.Key.Key_Return, None)):
        QTest.keyClick(panel.rows[0].header, key)
        assert opened(panel) == expected


def test_opening_one_closes_the_other_and_a_second_click_closes_it(session, panel):
    for index in (0, 1):
        panel.rows[index].header.click()
        assert opened(panel) == index
    panel.rows[1].header.click()
    assert opened(panel) is None


def test_the_open_contestant_stays_open_where_it_goes(session, panel):
    race(session, "relu", "elu", "tanh")
    panel.open(0)
    panel.put(0, 2)
    assert opened(panel) == 2
    panel.remove(0)
    assert opened(panel) == 1
    panel.remove(1)
    assert opened(panel) is None


def test_a_contestant_keeps_its_colour_wherever_it_goes(session, panel):
    race(session, "relu", "elu", "tanh")
    panel.put(0, 2)
    panel.remove(0)
    colours = {c.activation: c.colour for c in session.experiment.contestants}
    assert colours == {"tanh": 2, "relu": 0}
    ask(panel, 0, "activation", "gelu")
    assert [c.colour for c in session.experiment.contestants] == [2, 0]


def test_a_copy_stays_open_where_it_is_moved(session, panel):
    panel.duplicate(0)
    panel.rows[1].buttons["up"].click()
    assert [not row.body.isHidden() for row in panel.rows[:2]] == [True, False]
    panel.rows[0].buttons["down"].click()
    assert [not row.body.isHidden() for row in panel.rows[:2]] == [False, True]


@pytest.mark.parametrize("word", ["x" * 500, "/data/" + "folder/" * 60])
def test_a_refusal_with_a_long_value_widens_nothing(session, panel, word):
    before = panel.minimumSizeHint().width()
    session.refused.emit("contestants", f"contestants = {word}, must be shorter")
    assert not panel.refusal.isHidden()
    assert panel.minimumSizeHint().width() <= before
    assert panel.refusal.heightForWidth(before) > 3 * panel.fontMetrics().height()


@pytest.mark.parametrize(("start", "target"), [(0, 2), (2, 0), (1, 1), (0, 1), (2, 1)])
def test_a_contestant_is_dragged_to_where_the_line_shows(session, panel, start, target):
    race(session, "relu", "elu", "tanh")
    QApplication.processEvents()
    header, goal = panel.rows[start].header, panel.rows[target].header
    down = goal.height() - 2 if target > start else 2
    to = header.mapFromGlobal(goal.mapToGlobal(QPoint(40, down)))
    wanted = keys(session)
    wanted.insert(target, wanted.pop(start))
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=QPoint(40, 8))
    QTest.mouseMove(header, QPoint(60, 8))
    QTest.mouseMove(header, to)
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton, pos=to)
    assert keys(session) == wanted
    assert opened(panel) is None


def test_a_rate_of_its_own_stands_in_the_list(session, panel):
    """Else the training's rate, which holds for nobody once all are tuned, reads as if it did."""
    first, *others = session.experiment.contestants
    session.set_contestants((dataclasses.replace(first, learning_rate=0.00949), *others))
    assert panel.rows[0].header.rate.text() == "rate 0.00949"
    assert not panel.rows[0].header.rate.isHidden()
    assert all(row.header.rate.isHidden() for row in panel.rows[1:])


def test_a_refused_race_is_said_in_the_list(session, panel):
    session.refused.emit("contestants[1].initializer", "no fixed point")
    assert panel.refusal.text() == "no fixed point"
    assert panel.refusal.isVisible()


def test_every_activation_has_an_icon_of_its_own_in_both_themes(qapp):
    before = qapp.styleSheet(), qapp.palette()
    pictures = []
    for look in (theme.LIGHT, theme.DARK):
        theme.apply(qapp, look)
        icons = curve_icons()
        assert list(icons) == list(ACTIVATIONS)
        pictures.append(icons["tanh"].pixmap(22, 16).toImage())
    assert pictures[0] != pictures[1]
    qapp.setStyleSheet(before[0])
    qapp.setPalette(before[1])


WISHES = st.sampled_from(["up", "down", "duplicate", "remove", "open", "add", "undo", "redo"])


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(WISHES, st.integers(0, 11)), max_size=20))
def test_whatever_is_wished_the_list_shows_the_experiment(session, panel, plan):
    for wish, place in plan:
        if wish == "add":
            panel.add()
        elif wish in ("undo", "redo"):
            getattr(session, wish)()
        else:
            panel.rows[place % len(panel.rows)].header.wished.emit(wish)
        assert names(panel) == session.experiment.contestant_names
        for row, contestant in zip(panel.rows, session.experiment.contestants, strict=True):
            if not row.body.isHidden():
                assert row.form.editors["activation"].box.currentData() == contestant.activation
    assert 1 <= len(panel.rows) <= MAX_CONTESTANTS
