"""The task's panel: a picture of the first seed's data, and what was found in a table."""

import os
import threading

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from engine.race import Race
from engine.tasks import TASKS
from gui.panels import TaskPanel
from gui.scout import LARGEST_FILE, Scout, expected, preview


@pytest.fixture
def scout(session):
    return Scout(session)


@pytest.fixture
def panel(qtbot, session, scout):
    panel = TaskPanel(session, scout)
    qtbot.addWidget(panel)
    panel.resize(280, 500)
    panel.show()
    return panel


@pytest.fixture
def table(tmp_path):
    """A table with an id, a gap and two classes, not sorted by class."""
    rng = np.random.default_rng(3)
    lines = ["id,height,colour,label"]
    for place in range(60):
        height = "" if place == 7 else f"{rng.normal():.3f}"
        lines.append(f"{place},{height},{rng.choice(['red', 'blue'])},{rng.choice(['yes', 'no'])}")
    path = tmp_path / "own.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def change(qtbot, session, scout):
    """Change a setting, and wait until the data have been looked at."""

    def change_one(path, value):
        session.change(path, value)
        qtbot.waitUntil(lambda: not scout.at_work, timeout=20_000)

    return change_one


@pytest.fixture
def picture(qtbot, scout, panel):
    """The picture of the data, once they have been looked at."""

    def take():
        qtbot.waitUntil(lambda: not scout.at_work, timeout=20_000)
        return panel.thumbnail.grab().toImage()

    return take


@pytest.mark.parametrize("key", [key for key, task in TASKS.items() if "table" not in task.uses])
def test_the_preview_is_the_data_that_the_race_gives_its_first_seed(session, panel, change, key):
    change("population.first_seed", 5)
    change("task.data", key)
    found, raced = preview(session.experiment), Race(session.experiment)._data.first
    np.testing.assert_array_equal(found.data.inputs, raced.drawn.inputs)
    np.testing.assert_array_equal(found.data.targets, raced.drawn.targets)
    np.testing.assert_array_equal(found.cut.test, raced.split.test)
    assert f"{len(found.cut.train)} train" in panel.words.text()


def test_every_task_has_a_picture_of_its_own(session, panel, picture, change):
    pictures = []
    change("task.formula", "x - abs(x)")
    for key, task in TASKS.items():
        if "table" not in task.uses:
            change("task.data", key)
            assert panel.thumbnail.isVisible()
            pictures.append(picture())
    assert all(a != b for i, a in enumerate(pictures) for b in pictures[:i])


def test_the_picture_follows_seed_noise_and_undo(session, panel, picture, change):
    before = picture()
    change("task.noise", 30)
    noisy = picture()
    session.new_seeds()
    assert len({p.cacheKey() for p in (before, noisy, picture())}) == 3
    assert before != noisy != picture()
    session.undo()
    session.undo()
    assert picture() == before


def test_the_picture_is_not_drawn_anew_for_what_does_not_touch_the_data(panel, picture, change):
    picture()
    data = panel.thumbnail._data
    change("training.learning_rate", 0.5)
    assert panel.thumbnail._data is data


def test_a_table_is_invited_then_summarised_with_its_notes(session, panel, change, table):
    change("task.data", "table")
    assert not panel.thumbnail.isVisible()
    assert "Choose a file" in panel.notes.text()
    change("task.table", str(table))
    assert panel.thumbnail.isVisible()
    assert "60 points" in panel.words.text()
    assert "→ 2 classes" in panel.words.text()
    assert "id left out" in panel.notes.toolTip()


def test_a_table_that_is_not_there_is_said_beside_its_field(session, panel, change, tmp_path):
    change("task.data", "table")
    change("task.table", str(tmp_path / "none.csv"))
    assert panel.editors["task.table"].refusal.isVisible()
    assert "cannot be read" in panel.editors["task.table"].refusal.text()
    assert not panel.thumbnail.isVisible()


def test_a_target_that_is_no_column_is_said_beside_its_field(session, panel, change, table):
    change("task.data", "table")
    change("task.table", str(table))
    change("task.target", "weight")
    assert "weight" in panel.editors["task.target"].refusal.text()
    assert panel.editors["task.target"].refusal.isVisible()
    change("task.target", "colour")
    assert not panel.editors["task.target"].refusal.isVisible()
    assert panel.thumbnail.isVisible()


def test_a_target_is_picked_from_the_tables_columns(session, panel, change, table):
    change("task.data", "table")
    editor = panel.editors["task.target"]
    editor.menu.aboutToShow.emit()
    assert [action.isEnabled() for action in editor.menu.actions()] == [False]
    change("task.table", str(table))
    editor.menu.aboutToShow.emit()
    assert [action.text() for action in editor.menu.actions()] == [
        "id",
        "height",
        "colour",
        "label",
    ]
    editor.menu.actions()[2].trigger()
    assert session.experiment.task.target == "colour"
    assert editor.entry.text() == "colour"


def test_a_formula_that_is_none_is_said_beside_its_field(session, panel, change):
    change("task.data", "formula")
    change("task.formula", "import os")
    assert panel.editors["task.formula"].refusal.isVisible()
    change("task.formula", "abs(x)")
    assert not panel.editors["task.formula"].refusal.isVisible()
    assert panel.thumbnail.isVisible()


def test_a_large_table_is_left_to_the_race(session, panel, change, tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    change("task.data", "table")
    change("task.table", str(path))
    assert "large file" in panel.notes.text()
    assert not panel.trouble.isVisible()


def test_what_a_race_needs_is_told_at_the_width_that_its_budget_allows(small):
    asked = small.with_value("network.parameter_budget", 2000)
    found = preview(asked)
    assert expected(asked, found) == Race(asked).price
    assert expected(small.with_value("network.parameter_budget", 2), found) is None


def test_wrong_labels_are_offered_where_there_are_labels(session, panel, change):
    editor = panel.editors["task.label_noise"]
    panel.fold.open()
    assert editor.entry.isVisible()
    change("task.label_noise", 40)
    change("task.data", "sin3x")
    assert session.experiment.task.data == "circle"
    change("task.label_noise", 0)
    change("task.data", "sin3x")
    assert not editor.entry.isVisible()


def test_the_window_lives_while_a_table_is_looked_at(qtbot, session, scout, panel, change, table):
    """The table comes through a pipe: it takes until something is written there."""
    text, pipe = table.read_text("utf-8"), table.with_name("slow.csv")
    os.mkfifo(pipe)
    change("task.data", "table")
    session.change("task.table", str(pipe))
    beats = []
    heart = QTimer(interval=10)
    heart.timeout.connect(lambda: beats.append(scout.words))
    heart.start()
    qtbot.waitUntil(lambda: len(beats) > 10)
    assert set(beats) == {"Reading slow.csv …"}
    pipe.write_text(text, "utf-8")
    qtbot.waitUntil(lambda: not scout.at_work)
    assert "60 points" in panel.words.text()


def test_closing_while_the_data_are_looked_at_leaves_no_thread(session, scout, table):
    session.change("task.data", "table")
    session.change("task.table", str(table))
    assert scout.at_work
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "scout"]
