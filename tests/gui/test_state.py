"""The settings file: what is kept comes back, and a broken file never keeps the window away."""

import pytest
from PySide6.QtCore import QByteArray

from gui.state import State


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "window.ini"


def test_a_first_start_has_nothing_to_bring_back(path):
    state = State(path)
    assert state.experiment is None
    assert state.theme == "system"
    assert state.layout("cards").isEmpty()
    assert state.notes == []


def test_what_is_kept_comes_back(path, small):
    state = State(path)
    state.theme = "dark"
    state.experiment = small
    state.keep_layout("cards", QByteArray(bytes(range(256))))
    assert state.save() == ""
    again = State(path)
    assert again.theme == "dark"
    assert again.experiment == small
    assert again.layout("cards") == QByteArray(bytes(range(256)))
    assert again.notes == []


def test_a_table_is_found_again_where_it_was(path, small):
    state = State(path)
    state.experiment = small.with_value("task.table", "/somewhere/else/table.csv")
    state.save()
    assert State(path).experiment.task.table == "/somewhere/else/table.csv"


@pytest.mark.parametrize(
    "bytes_", [b"\xff\xfe\x00broken", b"[General\ntheme", b"\0" * 50, b"theme=dark\nnonsense\n"]
)
def test_a_broken_file_is_set_aside_and_said(path, small, bytes_):
    path.parent.mkdir()
    path.write_bytes(bytes_)
    state = State(path)
    broken = path.with_name("window.ini.broken")
    assert broken.read_bytes() == bytes_
    assert str(broken) in state.notes[0]
    assert state.experiment is None
    state.experiment = small
    assert state.save() == ""
    assert State(path).experiment == small


@pytest.mark.parametrize(
    "text",
    [
        '[experiment]\ntoml="not = [toml"\n',
        '[experiment]\ntoml="format = 99"\n',
        '[experiment]\ntoml="[training]\\nlearning_rate = -1"\n',
    ],
)
def test_an_experiment_that_cannot_be_read_is_said(path, text):
    path.parent.mkdir()
    path.write_text(text)
    state = State(path)
    assert state.experiment is None
    assert "last experiment" in state.notes[0]


def test_values_that_make_no_sense_are_left(path):
    path.parent.mkdir()
    path.write_text("[General]\ntheme=purple\n[layout1]\ncards=12\nwindow=@Invalid()\n")
    state = State(path)
    assert state.theme == "system"
    assert state.layout("cards").isEmpty()
    assert state.layout("window").isEmpty()


def test_a_file_that_cannot_be_written_is_said(tmp_path, small):
    (tmp_path / "taken").write_text("not a folder")
    state = State(tmp_path / "taken" / "window.ini")
    state.experiment = small
    assert "window.ini" in state.save()
