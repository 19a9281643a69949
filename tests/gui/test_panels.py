"""Panels made from the settings: every setting has its editor, and the experiment has the truth."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider, QWidget

from engine.contestant import Contestant
from engine.exhibits import exhibits
from engine.experiment import SECTIONS, Experiment
from engine.prospect import prospect
from engine.settings import settings_of
from gui.panels import ExhibitPanel, PopulationPanel, SettingsPanel, TaskPanel
from gui.panels.editors import CheckEditor, ChoiceEditor, TextEditor
from gui.panels.number import NumberEditor
from gui.scout import Scout

PATHS = [f"{section}.{name}" for section, about in SECTIONS.items() for name in settings_of(about)]


def make(session, section):
    if section == "task":
        return TaskPanel(session, Scout(session))
    if section == "population":
        return PopulationPanel(session)
    return SettingsPanel(session, section)


@pytest.fixture
def panels(qtbot, session):
    # What is left of the panels before would else be deleted while a race runs: that takes long.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    made = {section: make(session, section) for section in SECTIONS}
    for panel in made.values():
        qtbot.addWidget(panel)
        panel.show()
    return made


@pytest.fixture
def editors(panels):
    return {path: editor for panel in panels.values() for path, editor in panel.editors.items()}


@pytest.fixture
def refusals(session):
    said = []
    session.refused.connect(lambda path, text: said.append((path, text)))
    return said


def ask(editor, value):
    editor.changed.emit(editor.path, value)


def shows(editor, value):
    """Whether an editor shows a value, read back from its controls."""
    if isinstance(editor, NumberEditor | TextEditor):
        return editor.read(editor.entry.text()) == value
    if isinstance(editor, ChoiceEditor):
        return editor.box.currentData() == value
    assert isinstance(editor, CheckEditor)
    return editor.box.isChecked() == value


def test_every_setting_has_an_editor_and_nothing_else_has(editors):
    assert list(editors) == PATHS


@pytest.mark.parametrize("path", PATHS)
def test_every_editor_explains_and_names_itself(editors, path):
    editor, about = editors[path], Experiment.setting(path)
    controls = [
        w for w in editor.findChildren(QWidget)
        if isinstance(w, QLineEdit | QSlider | QComboBox | QAbstractButton)
    ]  # fmt: skip
    assert controls
    for control in controls:
        assert about.label.lower() in control.accessibleName().lower()
        assert about.help.split("|")[0] in control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    if about.unit:
        assert about.unit in editor.toolTip()
    if about.low > float("-inf"):
        assert f"{about.low:g}" in editor.toolTip()


@pytest.mark.parametrize("key", exhibits())
def test_an_experiment_from_outside_fills_every_editor(session, editors, key):
    experiment = exhibits()[key].experiment
    session.load(experiment)
    for path, editor in editors.items():
        assert shows(editor, experiment.value(path)), path


def test_only_settings_that_matter_are_shown(session, panels, editors):
    for value in ("circle", "formula", "table", "digits"):
        session.change("task.data", value)
        for path, editor in panels["task"].editors.items():
            about = editor.about
            matters = about.shown_for is None or about.shown_for(session.experiment.task)
            assert editor.isHidden() != matters, (value, path)


def test_rare_settings_wait_behind_a_fold_that_says_what_is_set(session, panels, editors):
    panel, editor = panels["training"], editors["training.clip_norm"]
    assert not editor.isVisible()
    panel.fold.button.click()
    assert editor.isVisible()
    ask(editor, 2.0)
    assert "1 set" in panel.fold.button.text()
    assert "Clip gradients at" in panel.fold.button.toolTip()


def test_what_so_many_seeds_can_show_is_said_before_any_race(qtbot, session, editors):
    note = editors["population.seeds"].note
    three = (Contestant("relu"), Contestant("elu"), Contestant("silu"))
    for change in (
        lambda: session.change("population.seeds", 16),
        lambda: session.change("population.looks", 1),
        lambda: session.set_contestants(three),
        lambda: session.set_contestants((Contestant("relu"),)),
        session.undo,
        lambda: session.change("population.seeds", 3),
    ):
        before = note.text()
        change()
        said = prospect(session.experiment).text
        assert said != before
        qtbot.waitUntil(lambda said=said: note.text() == said)
        assert note.isVisible()
    assert "cannot show" in note.text()


def test_what_seeds_can_show_is_worked_out_once_it_is_seen(qtbot, session):
    panel = PopulationPanel(session)
    qtbot.addWidget(panel)
    note = panel.editors["population.seeds"].note
    session.change("population.seeds", 6)
    assert not note.text()
    panel.show()
    qtbot.waitUntil(lambda: note.text() == prospect(session.experiment).text)


@pytest.mark.parametrize(("seeds", "words"), [(1, "1 seed"), (2, "2 seeds"), (8, "8 seeds")])
def test_seeds_to_add_are_said_in_the_right_number(panels, seeds, words):
    box = panels["population"].more.number
    box.setValue(seeds)
    assert box.text() == words


def test_what_seeds_can_show_at_the_look_that_is_on_show(qtbot, session, editors):
    session.change("population.looks", 3)
    session.run()
    qtbot.waitUntil(lambda: session.state == "finished", timeout=20_000)
    session.add_seeds(8)
    qtbot.waitUntil(lambda: not session.joining, timeout=20_000)
    said = prospect(session.experiment, 2).text
    assert said != prospect(session.experiment).text
    qtbot.waitUntil(lambda: editors["population.seeds"].note.text() == said)


def test_what_is_asked_is_in_the_experiment_and_undo_shows_the_old_value(session, editors):
    editor = editors["network.width"]
    ask(editor, 32)
    assert session.experiment.network.width == 32
    session.undo()
    assert shows(editor, 4)
    session.redo()
    assert shows(editor, 32)


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("task.noise", 70.0),
        ("task.samples", "lots"),
        ("network.depth", 2.5),
        ("network.widths", "8, x"),
        ("network.widths", (8, 5000)),
        ("training.learning_rate", float("nan")),
        ("training.learning_rate", float("inf")),
        ("training.batch_size", -3),
        ("population.seeds", 10**30),
        ("population.threshold", ""),
    ],
)
def test_a_refused_value_is_said_beside_its_field_and_the_old_one_returns(
    session, editors, refusals, path, bad
):
    before, editor = session.experiment, editors[path]
    ask(editor, bad)
    assert session.experiment == before
    assert shows(editor, before.value(path))
    assert len(refusals) == 1
    assert not editor.refusal.isHidden()
    assert "must be" in editor.refusal.text()
    assert path not in editor.refusal.text()
    ask(editors["network.initial_bias"], 0.5)
    assert editor.refusal.isHidden()


def test_a_refusal_that_names_another_field_stands_beside_the_one_just_edited(session, editors):
    session.change("task.validation_share", 0.3)
    ask(editors["task.test_share"], 0.8)
    assert not editors["task.test_share"].refusal.isHidden()
    assert editors["task.validation_share"].refusal.isHidden()
    assert shows(editors["task.test_share"], session.experiment.task.test_share)


def test_a_refusal_behind_the_fold_opens_it(session, panels, editors):
    session.refused.emit("population.memory", "too much")
    assert editors["population.memory"].refusal.isVisible()


def test_a_live_setting_changes_within_a_running_race(session, editors, endless, until):
    session.load(endless)
    session.run()
    until("running")
    recording = session.recording
    ask(editors["training.learning_rate"], 0.05)
    assert session.recording is recording
    assert shows(editors["training.learning_rate"], 0.05)
    session.undo()
    assert shows(editors["training.learning_rate"], endless.training.learning_rate)


def test_any_other_setting_starts_a_new_race(session, editors, endless, until):
    session.load(endless)
    session.run()
    until("running")
    ask(editors["network.width"], 5)
    until("running")
    assert session.experiment.network.width == 5
    assert shows(editors["network.width"], 5)


def test_typing_into_a_field_changes_the_experiment(session, panels, editors):
    entry = editors["training.learning_rate"].entry
    entry.setFocus()
    entry.selectAll()
    QTest.keyClicks(entry, "0.02\r")
    assert session.experiment.training.learning_rate == 0.02


def test_what_is_being_typed_as_another_experiment_opens_is_not_for_that_one(
    qtbot, session, panels, editors
):
    """A file that has been read opens whenever it likes; its data may have no such setting."""
    editor = editors["task.noise"]
    panels["task"].activateWindow()
    editor.entry.setFocus()
    qtbot.waitUntil(editor.entry.hasFocus)
    editor.entry.selectAll()
    QTest.keyClicks(editor.entry, "32")
    other = session.experiment.with_value("task.data", "digits")
    session.load(other)
    assert session.experiment == other
    assert shows(editor, other.task.noise)


KEYS = st.sampled_from(
    [*"0123456789-+.e,x %", Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down,
     Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home,
     Qt.Key.Key_End, Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Tab]
)  # fmt: skip


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.lists(KEYS, max_size=6)), max_size=6))
def test_whatever_keys_are_pressed_the_experiment_stays_valid_and_shown(session, editors, plan):
    for path, keys in plan:
        controls = [
            w for w in editors[path].findChildren(QWidget)
            if isinstance(w, QLineEdit | QSlider | QComboBox) and w.isEnabled()
        ] or [editors[path].box]  # fmt: skip
        for place, key in enumerate(keys):
            QTest.keyClick(controls[place % len(controls)], key)
        for control in controls:
            if isinstance(control, QLineEdit):
                QTest.keyClick(control, Qt.Key.Key_Return)
    assert_all_shown(session, editors)


def assert_all_shown(session, editors):
    experiment = session.experiment
    for path, editor in editors.items():
        value = experiment.value(path)
        assert experiment.with_value(path, value) == experiment
        assert shows(editor, value), path


def test_an_exhibit_that_was_changed_says_so_until_it_is_undone(qtbot, session):
    panel = ExhibitPanel(session)
    qtbot.addWidget(panel)
    exhibit = next(iter(exhibits().values()))
    session.load(exhibit.experiment)
    session.change("population.seeds", exhibit.experiment.population.seeds + 1)
    assert panel.chooser.currentIndex() == -1
    assert panel.chooser.placeholderText() == f"{exhibit.name} · changed"
    assert "Changed" in panel.claim.text()
    session.undo()
    assert panel.chooser.currentText() == exhibit.name
    assert panel.claim.text() == exhibit.claim


def test_other_data_end_the_exhibit_they_began_from(qtbot, session, tmp_path):
    panel = ExhibitPanel(session)
    qtbot.addWidget(panel)
    exhibit = next(iter(exhibits().values()))
    session.load(exhibit.experiment)
    session.change("task.data", "table")
    session.change("task.table", str(tmp_path / "wine.csv"))
    assert (session.experiment.name, session.experiment.claim) == ("wine", "")
    assert panel.chooser.placeholderText() == "wine"
    assert panel.claim.text() == panel.look.text() == ""
    assert panel.fold.isHidden()
    session.change("task.data", "spiral")
    assert session.experiment.name == "Spiral"
    for _ in range(3):
        session.undo()
    assert session.experiment == exhibit.experiment
    assert panel.claim.text() == exhibit.claim


def test_the_exhibit_panel_asks_for_an_exhibit_and_says_its_claim(qtbot, session):
    panel = ExhibitPanel(session)
    panel.chooser.exhibit_asked.connect(lambda key: session.load(exhibits()[key].experiment))
    qtbot.addWidget(panel)
    assert panel.chooser.currentIndex() == -1
    assert panel.chooser.placeholderText() == "Small"
    for place, exhibit in enumerate(exhibits().values()):
        panel.chooser.activated.emit(place)
        assert session.experiment == exhibit.experiment
        assert panel.chooser.currentText() == exhibit.name
        assert panel.claim.text() == exhibit.claim
        assert panel.look.text() == exhibit.look
        assert exhibit.measured in panel.measured.text()
    session.undo()
    assert panel.chooser.currentText() == list(exhibits().values())[-2].name
