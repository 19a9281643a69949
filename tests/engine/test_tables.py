"""Tables: one table in many spellings is one table, and what is left out is said."""

import hashlib
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_table import PEOPLE, RNG, ROWS, rows, write, write_once

from engine.tables import column_names, read_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("separator", "decimal"),
    [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (",", ",")],
)
def test_one_table_in_many_spellings_is_one_table(tmp_path, separator, decimal, newline, encoding):
    text = PEOPLE.to_csv(sep=separator, decimal=decimal, index=False, lineterminator=newline)
    table = read_table(write(tmp_path, text, encoding=encoding))
    assert table.target == "weight"
    assert table.data.kind == "regression"
    assert table.data.feature_names == (
        "height", "home = Genève", "home = Köln", "home = Łódź", "shoes",
    )  # fmt: skip
    np.testing.assert_allclose(table.data.inputs[:, 0], PEOPLE["height"])
    np.testing.assert_array_equal(table.data.inputs[:, 1], PEOPLE["home"] == "Genève")
    np.testing.assert_allclose(table.data.targets[:, 0], PEOPLE["weight"])
    assert any("commas" in note for note in table.data.notes) == (decimal == ",")


@pytest.mark.parametrize("name", ["people.csv", "people.tsv", "people.txt", "PEOPLE.CSV"])
def test_the_separator_is_found_whatever_the_suffix(tmp_path, name):
    text = PEOPLE.to_csv(sep="\t", index=False)
    assert read_table(write(tmp_path, text, name)).data.inputs.shape == (ROWS, 5)


def test_columns_set_apart_by_blanks_are_found(tmp_path):
    text = PEOPLE.drop(columns="home").to_string(index=False)
    table = read_table(write(tmp_path, text, "people.txt"))
    assert table.data.feature_names == ("height", "shoes")
    np.testing.assert_allclose(table.data.targets[:, 0], PEOPLE["weight"])


@given(
    st.lists(
        st.tuples(st.floats(-1e9, 1e9), st.floats(-1e-3, 1e-3)),
        min_size=10, max_size=30, unique_by=(lambda row: row[0], lambda row: row[1]),
    )
)  # fmt: skip
def test_numbers_come_back_as_they_were_written(folder, numbers):
    text = pd.DataFrame(numbers, columns=["a", "b"]).to_csv(index=False)
    data = read_table(write_once(folder, text.encode())).data
    np.testing.assert_array_equal(data.inputs[:, 0], [a for a, _ in numbers])
    np.testing.assert_array_equal(data.targets[:, 0], [b for _, b in numbers])


def test_latin_1_is_read_and_said(tmp_path):
    text = "town;n;y\n" + rows("Köln;{i};{h}") + rows("Genève;{i};{h}")
    table = read_table(write(tmp_path, text, encoding="latin-1"))
    assert "town = Köln" in table.data.feature_names
    assert any("Latin-1" in note for note in table.data.notes)


@pytest.mark.parametrize("index", [True, False])
def test_a_header_of_numbers_as_pandas_writes_it_is_found(tmp_path, index):
    frame = pd.DataFrame(RNG.normal(size=(20, 3)))
    table = read_table(write(tmp_path, frame.to_csv(index=index)))
    assert table.data.inputs.shape == (20, 2)
    np.testing.assert_allclose(table.data.targets[:, 0], frame[2])


def test_without_a_header_no_row_is_lost(tmp_path):
    text = PEOPLE.to_csv(index=False, header=False)
    table = read_table(write(tmp_path, text))
    assert table.target == "column 4"
    assert len(table.data.inputs) == ROWS
    assert any("No header" in note for note in table.data.notes)


def test_quoted_separators_and_line_breaks_are_text(tmp_path):
    text = "what,n,y\n" + rows('"one, two",{i}.5,{h}') + rows('"three\nfour",{h},{i}')
    table = read_table(write(tmp_path, text))
    assert table.data.feature_names == ("what = one, two", "what = three four", "n")
    assert len(table.data.inputs) == 24


@pytest.mark.parametrize("blank", ["", "NA", "nan", "?", "null"])
def test_gaps_stay_gaps_and_are_said(tmp_path, blank):
    text = "a,b,y\n" + rows("{h},u,{h}") + f"{blank},v,1\n7.5,{blank},2\n8.5,v,{blank}\n"
    table = read_table(write(tmp_path, text))
    assert table.data.inputs.shape == (14, 4)
    assert list(np.flatnonzero(np.isnan(table.data.inputs[:, 0]))) == [12]
    assert table.data.feature_names == ("a", "b = u", "b = v", "b missing")
    assert list(table.data.inputs[13, 1:]) == [0, 0, 1]
    notes = " ".join(table.data.notes)
    assert "1 row without a target left out" in notes
    assert "a: 1 value missing" in notes
    assert "b: 1 value missing" in notes


def test_what_teaches_nothing_is_left_out_with_its_reason(tmp_path):
    header = "id,same,name,many,empty,date,x,y\n"
    line = "{i},3,who {i},m{{m}},,2020-01-{{d:02}},{h},{h}"
    body = "".join(
        line.format(i=i, h=i / 2 % 7).format(m=i % 25, d=i % 28 + 1) + "\n" for i in range(60)
    )
    table = read_table(write(tmp_path, header + body))
    assert table.data.feature_names == ("x",)
    reasons = {
        note.split(" left out: ")[0]: note for note in table.data.notes if "left out" in note
    }
    assert set(reasons) == {"id", "same", "name", "many", "empty", "date"}
    assert "like an id" in reasons["id"]
    assert "in every row" in reasons["same"]
    assert "25 different texts" in reasons["many"]


def test_counting_is_no_id_where_it_is_the_only_input(tmp_path):
    assert read_table(write(tmp_path, "x,y\n" + rows("{i},{h}"))).data.feature_names == ("x",)


def test_a_number_column_with_a_typing_error_says_so(tmp_path):
    text = "a,b,y\n" + rows("{h},{h},{h}", 40) + "1.5,twelve,3\n"
    notes = " ".join(read_table(write(tmp_path, text)).data.notes)
    assert "b left out: 'twelve' is no number" in notes


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        ([0.5, 1.5, 2.25], "regression", ()),
        ([0, 1], "binary", ("0", "1")),
        ([-1, 1], "binary", ("-1", "1")),
        (["no", "yes"], "binary", ("no", "yes")),
        ([True, False], "binary", ("False", "True")),
        (["a", "b", "c"], "multiclass", ("a", "b", "c")),
        ([3, 5, 8], "multiclass", ("3", "5", "8")),
        (range(60), "regression", ()),
        (range(25), "regression", ()),
    ],
)
def test_values_and_classes_are_told_apart(tmp_path, values, kind, classes):
    target = np.resize(np.array(values), ROWS)
    frame = PEOPLE.assign(y=target)
    data = read_table(write(tmp_path, frame.to_csv(index=False))).data
    assert (data.kind, data.class_names) == (kind, classes)
    assert data.targets.shape == (ROWS, len(classes) if kind == "multiclass" else 1)
    if classes:
        assert [data.class_names[c] for c in data.classes] == [str(v) for v in target]


@pytest.mark.parametrize("name", ["target", "Y", "Label", "class"])
def test_the_target_is_known_by_its_name(tmp_path, name):
    text = PEOPLE.rename(columns={"shoes": name}).to_csv(index=False)
    assert read_table(write(tmp_path, text)).target == name


def test_the_target_can_be_asked_for(tmp_path):
    path = write(tmp_path, PEOPLE.to_csv(index=False))
    assert read_table(path, "home").data.class_names == ("Genève", "Köln", "Łódź")
    assert read_table(path, "height").data.kind == "regression"


def test_a_table_carries_its_digest_and_a_changed_file_is_read_again(tmp_path):
    path = write(tmp_path, PEOPLE.to_csv(index=False))
    first = read_table(path)
    assert first.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_table(str(path)) is first
    write(tmp_path, PEOPLE.head(30).to_csv(index=False))
    assert len(read_table(path).data.inputs) == 30


def test_the_current_folder_does_not_decide_which_table_is_meant(tmp_path, monkeypatch):
    for folder, factor in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        text = "a,y\n" + rows("{i}.5,{h}") if factor == 1 else "a,y\n" + rows("{h},{i}.5")
        path = write(tmp_path / folder, text)
        os.utime(path, (0, 0))
    found = []
    for folder in ("one", "two"):
        monkeypatch.chdir(tmp_path / folder)
        found.append(read_table("people.csv").sha256)
    assert found[0] != found[1]


def test_columns_are_named_by_the_head_of_a_file(tmp_path, monkeypatch):
    text = PEOPLE.to_csv(index=False)
    path = write(tmp_path, text)
    assert column_names(path) == tuple(PEOPLE.columns)
    monkeypatch.setattr("engine.tables.HEAD", len(text) // 2)
    assert column_names(path) == tuple(PEOPLE.columns)


@pytest.mark.parametrize("name", ["none.csv", "", "nul\0.csv", "junk.npz", "junk.doc"])
def test_what_is_no_table_has_no_columns(tmp_path, name):
    write(tmp_path, "not an archive", "junk.npz")
    assert column_names(tmp_path / name) == ()


def test_names_of_columns_and_classes_are_printable(tmp_path):
    classes = np.array(["a\x01", "b"] * 10)
    np.savez(tmp_path / "own.npz", X=np.arange(40.0).reshape(20, 2), y=classes)
    assert read_table(tmp_path / "own.npz").data.class_names == ("a ", "b")
