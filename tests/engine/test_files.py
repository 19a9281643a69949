"""How a file is named from another tells the way, and nothing of where the user keeps things."""

import os
import tempfile
from pathlib import Path

import pytest

from engine.files import relative_path


@pytest.mark.parametrize(
    ("table", "folder", "named"),
    [
        ("/people/ann/study/own.csv", "/people/ann/study", "own.csv"),
        ("/people/ann/study/data/own.csv", "/people/ann/study", "data/own.csv"),
        ("/people/ann/study/data/own.csv", "/people/ann/study/races", "../data/own.csv"),
        ("/people/ann/study/data/own.csv", "/people/ann/study/races/june", "../../data/own.csv"),
        ("/people/ann/study/own.csv", "/people/ann/study/a/b/c", "own.csv"),
        ("/people/ann/data/own.csv", "/people/ann/study", "own.csv"),
        ("/people/bob/data/own.csv", "/people/ann", "own.csv"),
        ("/people/ann/own.csv", "/tmp/out", "own.csv"),
        ("/data/own.csv", "/tmp", "own.csv"),
        ("/people/ann/data/own.csv", "/people/ann", "data/own.csv"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="the paths are spelled as on Unix")
def test_a_table_is_named_by_a_short_way_inside_a_project_or_by_its_name(
    table, folder, named, monkeypatch
):
    monkeypatch.setenv("HOME", "/people/ann")
    assert relative_path(table, Path(folder)) == named


def test_a_table_of_another_project_gives_nothing_away(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    table = tmp_path / "private" / "own.csv"
    for folder in (tmp_path / "results", tmp_path / "a" / "b" / "c" / "d"):
        assert relative_path(str(table), folder) == "own.csv"


def test_a_table_unpacked_for_a_while_is_no_place_to_be_named():
    temporary = Path(tempfile.gettempdir())
    assert relative_path(str(temporary / "lab-x" / "own.csv"), temporary / "out") == "own.csv"
