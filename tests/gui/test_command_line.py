"""The command line: one line for bad input, before anything is raced, and what it lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from apart import ROOT, apart

from engine.race import Race

BROKEN_EXPERIMENTS = {
    "no TOML": "training = = 3",
    "cut short": "[training]\nlearning_rate = ",
    "unknown section": "[trainings]\nsteps = 3",
    "unknown field": "[training]\nlerning_rate = 0.1",
    "text for a number": '[training]\nlearning_rate = "fast"',
    "number for text": "[training]\noptimizer = 3",
    "negative": "[training]\nlearning_rate = -1",
    "not a number": "[training]\nlearning_rate = nan",
    "infinite": "[training]\nlearning_rate = inf",
    "huge": f"[population]\nseeds = {10**400}",
    "fraction": "[training]\nsteps = 2.5",
    "bool": "[training]\nsteps = true",
    "date": "[training]\nsteps = 2026-01-01",
    "section for a value": "training = 3",
    "list for a value": "[training]\nsteps = [1, 2]",
    "too deep": "a = " + "[" * 5000 + "]" * 5000,
    "unknown task": '[task]\ndata = "mnist"',
    "formula": '[task]\ndata = "formula"\nformula = "__import__(1)"',
    "no table": '[task]\ndata = "table"\ntable = "none.csv"',
    "no table named": '[task]\ndata = "table"',
    "shares": "[task]\ntest_share = 0.9\nvalidation_share = 0.4",
    "loss of another kind": '[task]\ndata = "sin3x"\n[training]\nloss = "cross_entropy"',
    "widths": "[network]\nwidths = [3, 0]",
    "unknown activation": '[[contestant]]\nactivation = "relo"',
    "unknown parameter": '[[contestant]]\nactivation = "relu"\nparameters = {slope = 1}',
    "parameter out of its domain": '[[contestant]]\nactivation = "celu"\nparameters = {alpha = 0}',
    "no contestants": "contestant = []",
    "thirteen contestants": '[[contestant]]\nactivation = "relu"\n' * 13,
    "intervention": '[[intervention]]\nstep = -1\nfield = "training.learning_rate"\nvalue = 1',
    "not live": '[[intervention]]\nstep = 1\nfield = "network.depth"\nvalue = 1',
    "of the future": "format = 999",
    "too large for the machine": "[network]\ndepth = 100\nwidth = 1024\n[population]\nseeds = 256\n"
    "[training]\nsteps = 10",
    "no limit": "[training]\nsteps = 0",
    "little memory": "[network]\ndepth = 100\n[population]\nseeds = 256\nmemory = 1",
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_EXPERIMENTS.values(), ids=BROKEN_EXPERIMENTS.keys())
def test_a_broken_experiment_is_one_line_and_exit_code_2(run, tmp_path, text):
    path = tmp_path / "broken.toml"
    path.write_text(text, "utf-8")
    refused(run("race", path, "--out", tmp_path / "out"), "broken.toml")
    assert sorted(tmp_path.iterdir()) == [path]


def refused(result, named: str) -> None:
    code, out, err = result
    assert (code, out) == (2, ""), err
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert named in err
    assert len(err) < 1000
    assert "Traceback" not in err


ODD = (b"\xff\xfe\x00", b"PK\x03\x04 not really", b"\x00" * 1000, "[training]".encode("utf-16"))


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".npz", b""), *((suffix, content) for suffix in (".npz", ".toml") for content in ODD)],
)
def test_a_file_of_something_else_is_refused(run, tmp_path, suffix, content):
    path = tmp_path / f"odd{suffix}"
    path.write_bytes(content)
    refused(run("race", path, "--out", tmp_path / "out"), f"odd{suffix}")
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_foreign_archive_is_called_none_of_ours(run, tmp_path):
    np.savez(tmp_path / "theirs.npz", X=np.zeros((3, 2)), y=np.zeros(3))
    result = run("race", tmp_path / "theirs.npz", "--out", tmp_path / "out")
    refused(result, "file = 'theirs.npz': must be a recording of Activation Lab")


def test_a_damaged_recording_is_refused(small, run, tmp_path):
    race = Race(small)
    race.advance(200)
    whole, broken = tmp_path / "whole.npz", tmp_path / "broken.npz"
    race.recording.save(whole)
    content = whole.read_bytes()
    for share in (0.1, 0.5, 0.99):
        broken.write_bytes(content[: int(share * len(content))])
        refused(run("race", broken, "--out", tmp_path / "out"), "broken.npz")
    np.savez(broken, about=np.array([{"format": 1}], dtype=object))
    refused(run("race", broken, "--out", tmp_path / "out"), "broken.npz")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "race"),
        (("race",), "--out"),
        (("race", "digits"), "--out"),
        (("race", "digit", "--out", "x"), "digits"),
        (("race", "none.toml", "--out", "x"), "none.toml"),
        (("race", ".", "--out", "x"), "experiment"),
        (("race", "digits", "--out", "x", "--seeds", "many"), "many"),
        (("race", "digits", "--out", "x", "--seeds", "0"), "--seeds"),
        (("race", "digits", "--out", "x", "--seeds", "257"), "256"),
        (("race", "digits", "--out", "x", "--steps", "-1"), "--steps"),
        (("race", "digits", "--out", "x", "--steps", "1.5"), "1.5"),
        (("race", "digits", "--out", "x", "--steps", "9" * 400), "--steps"),
        (("race", "digits", "--out", "x", "--steps", "0"), "--steps = 0: must be 1 to"),
        (("race", "digits", "--out", "x", "--workers", "two"), "--workers: 'two': must be a whole"),
        (("race", "digits", "--out", "x", "--workers", "0"), "--workers = 0: must be 1 to 16"),
        (("race", "digits", "--out", "x", "--workers", "17"), "--workers = 17: must be 1 to 16"),
        (("race", "digits", "--out", "x", "--fast"), "--fast"),
        (("race", "digits", "--out", ""), "--out: '': must name"),
        (("tune", "digits", "--out", ""), "--out: '': must name"),
        (("sweep", "gap-by-depth", "--out", " "), "--out: ' ': must name"),
        (("race", "digits", "--out", "/dev/null/x"), "--out = '/dev/null/x': must be"),
        (("race", "digits", "--out", "/proc/x"), "--out = '/proc/x': must be"),
        (("race", "digits", "--out", "x" * 300), "xxx': must be a folder"),
        (("tune", "digits", "--out", "/proc/x/y.toml"), "--out"),
        (("sing",), "sing"),
        (("exhibits", "--xml"), "--xml"),
    ],
)  # fmt: skip
def test_bad_arguments_are_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    refused(run(*arguments), named)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["taken.txt", "taken.txt/inside"])
def test_results_without_a_place_are_refused_before_the_race(file, run, tmp_path, out):
    (tmp_path / "taken.txt").write_text("kept", "utf-8")
    refused(run("race", file, "--out", tmp_path / out), "--out")
    assert (tmp_path / "taken.txt").read_text("utf-8") == "kept"


def test_the_lists_are_for_people_and_for_machines(run):
    for command, keys in (
        (
            "exhibits",
            {"key", "kind", "name", "claim", "source", "look", "view", "measured"},
        ),
        ("activations", {"key", "label", "source", "parameters"}),
    ):
        code, out, err = run(command)
        assert (code, err) == (0, "")
        found = json.loads(run(command, "--json")[1])
        assert [line.split()[0] for line in out.splitlines()] == [row["key"] for row in found]
        assert all(set(row) == keys for row in found)
    assert {"relu", "prelu", "gelu", "two_slope_relu"} <= {row["key"] for row in found}


def test_machines_are_told_which_parameters_are_new(run):
    found = {row["key"]: row["parameters"] for row in json.loads(run("activations", "--json")[1])}
    assert found["prelu"][0]["new"]["layer"] == "new"
    assert found["swish"][0]["new"] == {"layer": "redundant", "unit": "redundant"}


def test_a_list_that_nobody_reads_to_its_end_is_no_error():
    command = [sys.executable, ROOT / "main.py", "activations", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) in (0, 1)


def test_help_names_every_command_and_the_ways_to_open_the_window():
    done = apart("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("FILE", "--exhibit NAME", "race", "exhibits [--json", "activations [--json]"):
        assert words in done.stdout
    assert "--seeds" in apart("race", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("none.toml",), "none.toml"),
        (("--exhibit", "none"), "digits"),
        (("a", "b"), "b"),
        (("README.md", "--exhibit", "digits"), "--exhibit = 'digits': must stand without FILE"),
    ],
)
def test_a_window_with_nothing_to_open_is_refused(arguments, named):
    done = apart(*arguments)
    refused((done.returncode, done.stdout, done.stderr), named)


def test_lists_need_no_qt(tmp_path):
    """Where a system library is missing, what needs no Qt still works."""
    code = (
        "import sys; sys.modules['PySide6'] = sys.modules['pyqtgraph'] = None\n"
        "from gui.command_line import main; sys.exit(main(['exhibits']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["race", "digits", "--out", "x"]])
def test_a_missing_library_is_named_before_qt_is_loaded(tmp_path, arguments):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = {arguments}\n"
        "import ctypes; found = ctypes.CDLL\n"
        "def missing(name, *more, **named):\n"
        "    if 'libEGL' in str(name): raise OSError(name)\n"
        "    return found(name, *more, **named)\n"
        "ctypes.CDLL = missing\n"
        "import main; code = main.main()\n"
        "assert 'PySide6.QtCore' not in sys.modules; sys.exit(code)"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    if sys.platform.startswith("linux"):
        assert "apt-get install" in done.stderr
        assert "libegl1" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--more-seeds", 0], "--more-seeds = 0: must be 1 to 254: a race has 256 seeds at most"),
        (["--more-seeds", 255], "--more-seeds = 255: must be 1 to 254"),
        (["--more-seeds", 2, "--seeds", 4], "--more-seeds = 2: must stand without --seeds"),
        (["--more-seeds", "few"], "'few': must be a whole number"),
    ],
)
def test_more_seeds_than_there_can_be_are_refused_in_one_line(small, run, tmp_path, options, said):
    race = Race(small)
    race.advance(small.training.steps)
    race.recording.save(tmp_path / "race.npz")
    code, out, error = run("race", tmp_path / "race.npz", *options, "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_more_seeds_need_a_recording(file, run, tmp_path):
    code, _, error = run("race", file, "--more-seeds", 2, "--out", tmp_path / "out")
    assert code == 2
    assert "must be a whole .npz recording; this is none" in error


@pytest.mark.parametrize(
    ("source", "out", "said"),
    [
        ("nowhere", "tuned.toml", "experiment = 'nowhere': must be a .toml"),
        ("digits", "tuned.npz", "must be a .toml file to write"),
        ("race.npz", "tuned.toml", "experiment = 'race.npz': must be an experiment"),
        ("endless.toml", "tuned.toml", "training.steps = 0: is no limit"),
    ],
)
def test_what_cannot_be_tuned_is_refused_in_one_line(run, tmp_path, monkeypatch, source, out, said):
    monkeypatch.chdir(tmp_path)
    Path("endless.toml").write_text("[training]\nsteps = 0\n", "utf-8")
    code, _, error = run("tune", source, "--out", out)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
    assert not Path(out).exists()
