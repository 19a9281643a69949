"""The contestants' list: added to, put in order, edited in place; the experiment has the truth."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QSlider, QWidget

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.novelty import novelty as novelties
from engine.sections import MAX_CONTESTANTS
from gui import theme
from gui.panels import ContestantsPanel
from gui.panels.contestant import ContestantForm
from gui.panels.swatch import curve_icons
from gui.tuner import Tuner


@pytest.fixture
def panel(qtbot, session):
    panel = ContestantsPanel(session, Tuner(session))
    qtbot.addWidget(panel)
    panel.resize(290, 600)
    panel.show()
    return panel


def race(session, *keys):
    session.set_contestants(tuple(Contestant(key) for key in keys))


def keys(session):
    return [contestant.activation for contestant in session.experiment.contestants]


def names(panel):
    return [row.header.name.text() for row in panel.rows]


def opened(panel):
    """The number of the contestant whose form is open, or None."""
    (number,) = [i for i, row in enumerate(panel.rows) if not row.body.isHidden()] or [None]
    return number


def form(panel, index):
    panel.open(index)
    return panel.rows[index].form


def ask(panel, index, path, value):
    editor = form(panel, index).editors[path]
    editor.changed.emit(path, value)
    return form(panel, index).editors[path]


def test_the_list_shows_every_contestant_and_whether_it_is_trained(session, panel):
    race(session, "relu", "prelu", "relu")
    assert names(panel) == session.experiment.contestant_names
    assert [row.header.trained.isHidden() for row in panel.rows] == [True, False, True]


@pytest.mark.parametrize("others", [("relu",), ("relu", "tanh"), ("relu", "elu")])
def test_what_is_being_typed_as_another_experiment_opens_is_not_for_that_one(
    session, panel, others
):
    """Its contestant may have no such parameter, or not be there at all."""
    race(session, "relu", "leaky_relu")
    entry = form(panel, 1).editors["negative_slope"].entry
    panel.activateWindow()
    entry.setFocus()
    entry.selectAll()
    QTest.keyClicks(entry, "0.3")
    assert entry.hasFocus()
    race(session, *others)
    assert (
        session.experiment.contestants
        == Experiment(contestants=tuple(Contestant(key) for key in others)).contestants
    )
    assert names(panel) == session.experiment.contestant_names


def test_a_form_for_another_activation_takes_the_focus_from_nobody(qtbot, session, panel):
    """Its list of activations may have had it last, but what is typed elsewhere would be said."""
    race(session, "relu", "elu")
    panel.activateWindow()
    form(panel, 0).editors["activation"].box.setFocus()
    panel.add_button.setFocus()
    qtbot.waitUntil(panel.add_button.hasFocus)
    race(session, "tanh", "elu")
    assert panel.add_button.hasFocus()


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


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_activation_shows_all_it_can_be_given_named_and_explained(session, panel, key):
    race(session, "relu")
    ask(panel, 0, "activation", key)
    record, shown = ACTIVATIONS[key], form(panel, 0)
    expected = {about.name for about in (*record.parameters, *record.choices)}
    expected |= {f"trained.{parameter.name}" for parameter in record.parameters}
    expected |= {"activation", "learning_rate", "initializer", "gain", "label"}
    assert set(shown.editors) == expected
    for widget in shown.findChildren(QWidget):
        if isinstance(widget, QLineEdit | QSlider | QComboBox | QAbstractButton):
            assert widget.accessibleName(), widget
            assert widget.toolTip(), widget
    assert session.experiment.contestants == (Contestant(key),)


def test_a_rate_of_its_own_stands_in_the_list(session, panel):
    """Else the training's rate, which holds for nobody once all are tuned, reads as if it did."""
    first, *others = session.experiment.contestants
    session.set_contestants((dataclasses.replace(first, learning_rate=0.00949), *others))
    assert panel.rows[0].header.rate.text() == "rate 0.00949"
    assert not panel.rows[0].header.rate.isHidden()
    assert all(row.header.rate.isHidden() for row in panel.rows[1:])


def test_parameters_are_set_and_fixed_or_trained(session, panel):
    race(session, "prelu")
    ask(panel, 0, "negative_slope", 0.5)
    ask(panel, 0, "trained.negative_slope", "unit")
    assert session.experiment.contestants[0] == Contestant(
        "prelu", {"negative_slope": 0.5}, {"negative_slope": "unit"}
    )
    ask(panel, 0, "trained.negative_slope", "fixed")
    assert panel.rows[0].header.trained.isHidden()


def test_a_choice_is_set(session, panel):
    race(session, "gelu")
    (choice,) = ACTIVATIONS["gelu"].choices
    other = next(option for option in choice.options if option != choice.default)
    ask(panel, 0, choice.name, other)
    assert session.experiment.contestants[0].parameters[choice.name] == other


@pytest.mark.parametrize(
    ("path", "value"),
    [("learning_rate", 0.5), ("initializer", "xavier"), ("gain", 2.0), ("label", "Mine")],
)
def test_own_values_are_set_and_taken_back(session, panel, path, value):
    ask(panel, 1, path, value)
    assert getattr(session.experiment.contestants[1], path) == value
    none = "" if path == "label" else None
    ask(panel, 1, path, none)
    assert session.experiment.contestants[1] == Contestant("prelu")


def test_an_own_value_starts_from_the_one_that_holds(session, panel):
    session.change("training.learning_rate", 0.07)
    shown = form(panel, 0)
    for path, value in (
        ("learning_rate", 0.07),
        ("initializer", session.experiment.network.initializer),
        ("gain", 1.414),
    ):
        shown.editors[path].switch.click()
        assert getattr(session.experiment.contestants[0], path) == value


def test_no_gain_is_offered_where_none_is_taken(session, panel):
    shown = form(panel, 0)
    assert shown.editors["gain"].isVisible()
    session.change("network.initializer", "playground")
    assert not shown.editors["gain"].isVisible()


def test_another_activation_keeps_own_values_but_no_parameters_or_name(session, panel):
    race(session, "prelu")
    ask(panel, 0, "learning_rate", 0.5)
    ask(panel, 0, "negative_slope", 0.7)
    ask(panel, 0, "label", "Steep")
    ask(panel, 0, "activation", "leaky_relu")
    assert session.experiment.contestants[0] == Contestant("leaky_relu", learning_rate=0.5)


@pytest.mark.parametrize(
    ("key", "path", "bad"),
    [
        ("elu", "alpha", 0.0),
        ("elu", "alpha", "steep"),
        ("leaky_relu", "negative_slope", float("inf")),
        ("rrelu", "lower", 0.9),
        ("relu", "learning_rate", -1.0),
        ("relu", "gain", "big"),
    ],
)
def test_a_refused_value_is_said_beside_its_field_and_the_old_one_returns(
    session, panel, key, path, bad
):
    race(session, key)
    before = session.experiment
    editor = ask(panel, 0, path, bad)
    assert session.experiment == before
    shown = form(panel, 0)
    assert shown.editors[path] is editor
    fresh = ContestantForm()
    fresh.show_contestant(before.contestants[0], before)
    entry = getattr(editor, "inner", editor).entry
    assert entry.text() == getattr(fresh.editors[path], "inner", fresh.editors[path]).entry.text()
    fresh.deleteLater()


def test_the_reason_of_a_refusal_is_shown_until_the_next_change(session, panel):
    race(session, "elu")
    shown = form(panel, 0)
    shown.editors["alpha"].changed.emit("alpha", -1.0)
    assert shown.editors["alpha"].refusal.isVisible()
    assert "above 0" in shown.editors["alpha"].refusal.text() or (
        "over 0" in shown.editors["alpha"].refusal.text()
    )
    shown.editors["alpha"].changed.emit("alpha", 2.0)
    assert not shown.editors["alpha"].refusal.isVisible()


def test_undo_shows_the_contestant_as_it_was(session, panel):
    race(session, "relu", "elu")
    ask(panel, 1, "activation", "tanh")
    assert names(panel) == ["ReLU", Contestant("tanh").name]
    session.undo()
    assert names(panel) == ["ReLU", Contestant("elu").name]
    assert "alpha" in panel.rows[1].form.editors
    session.undo()
    assert names(panel) == ["ReLU", Contestant("prelu").name]


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


def note_of(panel, index, name):
    return form(panel, index).editors[f"trained.{name}"].note


@pytest.fixture
def found(qtbot, panel):
    """Wait until it is known whether a parameter is new, and say so."""

    def wait(index, name):
        qtbot.waitUntil(lambda: note_of(panel, index, name).text() != "…", timeout=20_000)
        return note_of(panel, index, name).text()

    return wait


@pytest.mark.parametrize("mode", ["fixed", "layer", "unit"])
def test_each_parameter_says_whether_it_is_new_in_its_mode(session, panel, found, mode):
    session.set_contestants((Contestant("two_slope_relu", trained={"negative_slope": mode}),))
    asked = session.experiment.contestants[0]
    for novelty in novelties(asked, session.experiment.network.depth):
        said = found(0, novelty.parameter)
        assert "not: helps training" in said
        own = asked.trained[novelty.parameter]
        if own in ("fixed", novelty.mode):
            assert novelty.answer.lower() in said.lower().replace("\u200b", "")
        assert str(novelty.elsewhere.after) in note_of(panel, 0, novelty.parameter).toolTip()


def test_what_is_new_follows_the_network(session, panel, found):
    session.set_contestants((Contestant("prelu", trained={"negative_slope": "unit"}),))
    deep = found(0, "negative_slope")
    session.change("network.depth", 1)
    shallow = found(0, "negative_slope")
    assert shallow != deep
    session.change("network.depth", 0)
    assert note_of(panel, 0, "negative_slope").isHidden()
    session.change("training.learning_rate", 0.5)
    session.undo()
    session.undo()
    assert found(0, "negative_slope") == shallow


def test_a_setting_that_has_no_part_in_it_asks_nothing_anew(session, panel, found):
    race(session, "prelu")
    known = found(0, "negative_slope")
    session.change("training.learning_rate", 0.5)
    session.set_contestants((Contestant("prelu", label="mine"),))
    assert note_of(panel, 0, "negative_slope").text() == known
