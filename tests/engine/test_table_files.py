"""Files of arrays are read, and what is no table is refused in one line that names the file."""

import io
import os
import zipfile
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_table import PEOPLE, RNG, rows, write, write_once

from engine import table_files
from engine.settings import Refusal
from engine.tables import read_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def npz(folder, **arrays):
    path = folder / "arrays.npz"
    np.savez(path, **arrays)
    return path


def test_arrays_are_read_as_pairs_or_as_one(tmp_path):
    values = RNG.normal(size=(30, 2, 2))
    pair = read_table(npz(tmp_path, X=values, y=values[:, :1, 0], other=np.zeros(3)))
    np.testing.assert_array_equal(pair.data.inputs, values.reshape(30, 4))
    np.testing.assert_array_equal(pair.data.targets, values[:, :1, 0])
    one = read_table(npz(tmp_path, table=values[:, 0]))
    np.testing.assert_array_equal(one.data.targets[:, 0], values[:, 0, 1])
    words = read_table(npz(tmp_path, X=values, y=np.resize(["cat", "dog"], 30)))
    assert words.data.class_names == ("cat", "dog")


class Harmful:
    def __reduce__(self):
        return os.system, ("touch unpickled",)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": np.zeros((20, 2))}, "every row"),
        ({"a": np.zeros(20), "b": np.zeros(20)}, "X and y"),
        ({"a": np.zeros((20, 2)), "b": np.zeros((20, 2))}, "X and y"),
        ({"X": np.zeros((20, 2)), "y": np.zeros(19)}, "X (n, features) and y (n,)"),
        ({"X": np.zeros(20), "y": np.zeros(20)}, "X (n, features) and y (n,)"),
        ({"X": np.zeros((20, 2)), "y": np.zeros((20, 2))}, "X (n, features) and y (n,)"),
        ({"X": np.array(5.0), "y": np.array(1.0)}, "X (n, features) and y (n,)"),
        ({"X": np.zeros((20, 2), complex), "y": np.zeros(20)}, "numbers or text"),
        ({"X": np.array([[Harmful()]] * 20, object), "y": np.zeros(20)}, "numbers or text"),
        ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, "at least"),
        ({"X": np.zeros((20, 0)), "y": np.arange(20)}, "at least"),
        ({}, "X and y"),
    ],
)
def test_arrays_that_are_no_table_are_refused(tmp_path, monkeypatch, arrays, said):
    monkeypatch.chdir(tmp_path)
    assert said in refusal(npz(tmp_path, **arrays))
    assert not (tmp_path / "unpickled").exists()


def refusal(path, target=""):
    """What is said of a table that is refused: one line that names a setting and the file."""
    with pytest.raises(Refusal) as refused:
        read_table(path, target)
    said = str(refused.value)
    assert refused.value.field in ("table", "target")
    assert "\n" not in said
    assert path.name in said
    return said


GOOD = "a,b,y\n" + rows("{h},{i}.5,{h}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("  \n \n", "empty"),
        ("a,b,y\n", "10 rows at least, not 0"),
        (GOOD[:30], "10 rows at least, not 2"),
        (rows("{i}"), "2 columns at least"),
        ("x\n" + rows("word"), "2 columns at least"),
        (GOOD + "1,2\n", "3 cells in row 14, like row 1, not 2"),
        (GOOD + "1,2,3,4\n", "3 cells in row 14, like row 1, not 4"),
        ("a,b\n" + rows("{i},{h},{i}"), "like row 1"),
        ("a,y\n" + rows("{h},same"), "two classes"),
        ("a,y\n" + rows("{h},4"), "two values"),
        ("a,y\n" + rows("{h},"), "target = 'y': must be known"),
        ("a,y\n" + rows("{h},word {i}", 150), "100 classes at most"),
        ("a,y\n" + rows("{h},{i}.5", 150) + "1,oops\n", "'oops' is no number"),
        ("a,y\n" + rows("4,{i}"), "must have inputs left"),
        (GOOD + "inf,1,1\n", "a in row 13 is inf"),
        (GOOD + "1,-Infinity,1\n", "b in row 13 is -inf"),
        (GOOD + "1,1,1e300\n", "y in row 13 is 1e+300"),
        (GOOD + '"1,1,1\n', "people.csv"),
        (RNG.bytes(3000), "must be text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "must be text"),
        (("a,y\n" + rows("{i},{h}")).encode("utf-16"), "must be text"),
        ('{"a": [1, 2], "b": [3, 4]}\n', "people.csv"),
        ("<html>\n<body>\nhello\n</body>\n", "2 columns at least"),
        ("a,y\n" + "x" * 200_000 + ",1\n", "field larger than"),
    ],
)
def test_a_text_that_is_no_table_is_refused(tmp_path, text, said):
    assert said in refusal(write(tmp_path, text))


@pytest.mark.parametrize("raw", [b"PK\x03\x04 not an archive", b"\x93NUMPY", b"a,y\n1,2\n"])
def test_bytes_that_are_no_archive_are_refused(tmp_path, raw):
    assert "must be an .npz archive" in refusal(write(tmp_path, raw, "arrays.npz"))


def test_a_broken_archive_is_refused(tmp_path):
    whole = io.BytesIO()
    np.savez_compressed(whole, X=RNG.normal(size=(500, 3)), y=RNG.normal(size=500))
    raw = bytearray(whole.getvalue())
    raw[2000:2100] = bytes(100)
    assert "must be" in refusal(write(tmp_path, bytes(raw), "arrays.npz"))
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("X", "words")
        archive.writestr("y.npy", "words")
    assert "must be" in refusal(tmp_path / "text.npz")


@pytest.mark.parametrize("count", [10**7, 10**15, 10**30, -1])
def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path, count):
    with zipfile.ZipFile(tmp_path / "claims.npz", "w") as archive:
        for key in ("X", "y"):
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({count}, 2)}}\n".encode()
            size = len(header).to_bytes(2, "little")
            archive.writestr(f"{key}.npy", b"\x93NUMPY\x01\x00" + size + header)
    assert "must be" in refusal(tmp_path / "claims.npz")


@pytest.mark.parametrize("suffix", [".xlsx", ".json", "", ".csv.gz", ".pkl"])
def test_other_suffixes_are_refused_with_those_allowed(tmp_path, suffix):
    assert ".csv, .tsv, .txt, .npz, .parquet" in refusal(write(tmp_path, GOOD, "people" + suffix))


def test_no_file_and_no_such_target_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "nowhere.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "directory" in refusal(tmp_path / "folder.csv")
    said = refusal(write(tmp_path, GOOD), "weight")
    assert "target = 'weight': must be one of a, b, y, the columns of people.csv" in said
    with pytest.raises(Refusal, match="no file has such a name"):
        read_table("a\0b.csv")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(table_files.LARGEST_MB * 1_000_000 + 1)
    assert "500 MB at most" in refusal(path)


def test_an_archive_that_unpacks_to_more_than_fits_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "arrays.npz"
    np.savez_compressed(path, X=np.zeros((20_000, 10)), y=np.zeros(20_000))
    monkeypatch.setattr(table_files, "LARGEST_MB", 1)
    assert "1 MB at most" in refusal(path)


def test_parquet_is_read_or_says_what_is_missing(tmp_path):
    path = tmp_path / "people.parquet"
    if find_spec("pyarrow"):
        PEOPLE.to_parquet(path)
        table = read_table(path)
        np.testing.assert_array_equal(table.data.targets[:, 0], PEOPLE["weight"])
        path.write_bytes(b"PAR1 nothing PAR1")
        assert "must be a Parquet file" in refusal(path)
    else:
        path.write_bytes(b"PAR1 nothing PAR1")
        assert "needs pyarrow" in refusal(path)


@example(b'"', ".csv")  # text, but no cell
@given(st.binary(min_size=1, max_size=300), st.sampled_from([".csv", ".npz", ".txt"]))
def test_any_bytes_are_a_table_or_a_refusal(folder, raw, suffix):
    path = write_once(folder, raw, suffix)
    try:
        said = read_table(path).name
    except Refusal as refused:
        said = str(refused)
    assert path.name in said
    assert "\n" not in said
