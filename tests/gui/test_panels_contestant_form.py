"""A contestant's form: every value it can be given, and whether its parameters are new."""

import pytest
from contestants_panel import ask, form, names, race, shown_panel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider, QWidget

from engine.activations import ACTIVATIONS
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.novelty import novelty as novelties
from gui.panels.contestant import ContestantForm


@pytest.fixture
def panel(qtbot, session):
    return shown_panel(qtbot, session)


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
