"""The command line: whole results, one line for bad input, the same numbers as everywhere."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from engine.cost import cost_per_step
from engine.experiment_file import dumps, loads
from engine.race import Race
from engine.recording import Recording
from engine.settings import Refusal
from gui import command_line
from gui.plots import PLOTS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = {"recording.npz", "curves.csv", "summary.json", "comparisons.csv", "comparisons.md"}


@pytest.fixture(autouse=True)
def _signals():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def file(small, tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(dumps(small), "utf-8")
    return path


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*arguments):
        try:
            code = command_line.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def apart(*arguments, **options):
    """Run `main.py` in a process of its own."""
    command = [sys.executable, "-W", "error", ROOT / "main.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def same(one: Recording, other: Recording) -> bool:
    """Whether two recordings say the same, the clock apart."""
    names = [name for name in one.curves.names if name != "seconds"]
    return (
        all(
            np.array_equal(one.curves.values(n), other.curves.values(n), equal_nan=True)
            for n in names
        )
        and one.layers.names == other.layers.names
        and repr(one.fit) == repr(other.fit)
    )


def test_a_race_leaves_its_recording_tables_and_every_plot(file, small, tmp_path):
    out = tmp_path / "out" / "deeper"
    done = apart("race", file, "--out", out, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    plots = {f"{view.key}{suffix}" for view in PLOTS for suffix in (".png", ".svg")}
    assert {path.name for path in out.iterdir()} == RESULTS | plots
    for plot in plots:
        if plot.endswith(".png"):
            image = QImage(str(out / plot))
            assert image.width() == 1920
            assert loads(image.text("experiment.toml")).contestants == small.contestants
    raced = Race(small)
    raced.advance(small.training.steps)
    assert same(Recording.load(out / "recording.npz"), raced.recording)
    with (out / "curves.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 2 * 2 * len(raced.recording.curves)
    assert {"contestant", "seed", "step", "seconds", "epoch", "train_loss", "test_loss",
            "train_accuracy", "test_accuracy", "gradient_norm"} <= set(rows[0])  # fmt: skip
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert [r["activation"] for r in summary["results"]] == ["relu", "prelu"]
    for result in summary["results"]:
        cost = result["seconds_per_step"]
        assert 0 < cost["low"] <= cost["estimate"] <= cost["high"] < 1
        assert cost["lanes"] == 2
    assert summary["notes"] == []
    assert summary["finished"]


def refused_for_memory(*_):
    raise Refusal("population.seeds", 256, "needs more memory than is free")


def told_to_stop(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("end", "code"), [(refused_for_memory, 0), (told_to_stop, 1)])
def test_what_was_raced_is_there_though_its_cost_cannot_be_measured(
    file, run, tmp_path, monkeypatch, end, code
):
    monkeypatch.setattr("gui.headless.cost_per_step", end)
    out = tmp_path / "out"
    assert run("race", file, "--out", out)[0] == code
    plots = {f"{view.key}{suffix}" for view in PLOTS for suffix in (".png", ".svg")}
    assert {path.name for path in out.iterdir()} == RESULTS | plots
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert [r["seconds_per_step"] for r in summary["results"]] == [None, None]
    (note,) = summary["notes"]
    assert "what a step costs" in note
    assert ("more memory than is free" in note) == (code == 0)


def test_a_race_is_out_of_memory_before_its_cost_is_measured(file, run, tmp_path, monkeypatch):
    races: list[weakref.ref[Race]] = []

    class Seen(Race):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            races.append(weakref.ref(self))

    def measured(experiment):
        assert races[0]() is None
        return cost_per_step(experiment)

    monkeypatch.setattr("gui.headless.Race", Seen)
    monkeypatch.setattr("gui.headless.cost_per_step", measured)
    code, _, err = run("race", file, "--out", tmp_path / "out")
    assert code == 0, err


def test_progress_goes_to_standard_error_and_says_how_much_is_done(file, run, tmp_path):
    code, out, err = run("race", file, "--out", tmp_path / "out")
    assert (code, out) == (0, "")
    assert "2 contestants × 2 seeds for 200 steps" in err
    assert err.strip().splitlines()[-1].startswith("done")


def test_seeds_and_steps_stand_in_for_the_experiments(file, run, tmp_path):
    assert run("race", file, "--out", tmp_path / "out", "--seeds", 3, "--steps", 40)[0] == 0
    recording = Recording.load(tmp_path / "out" / "recording.npz")
    assert recording.last_step == recording.experiment.training.steps == 40
    assert recording.experiment.population.seeds == 3


def test_a_recording_is_raced_again_with_what_was_changed(small, run, tmp_path):
    race = Race(small)
    race.advance(50)
    race.intervene("training.learning_rate", 0.05)
    race.advance(150)
    race.recording.save(tmp_path / "first.npz")
    assert run("race", tmp_path / "first.npz", "--out", tmp_path / "out")[0] == 0
    again = Recording.load(tmp_path / "out" / "recording.npz")
    assert same(again, race.recording)
    assert [e.step for e in again.events if e.kind == "intervention"] == [50]


@pytest.mark.parametrize("changed", ["x,y\n" + "1,2\n" * 60, "no table", '"x'])
def test_a_replay_races_the_table_it_carries_whatever_became_of_the_file(run, tmp_path, changed):
    table, file = tmp_path / "mine.csv", tmp_path / "mine.toml"
    table.write_text("\n".join(["x,y", *(f"{x / 10},{x % 7}" for x in range(60))]), "utf-8")
    file.write_text(
        '[task]\ndata = "table"\ntable = "mine.csv"\n'
        "[training]\nsteps = 20\nbatch_size = 8\n[population]\nseeds = 2\n", "utf-8",
    )  # fmt: skip
    first = tmp_path / "first"
    assert run("race", file, "--out", first)[0] == 0
    table.write_text(changed, "utf-8")
    for out, further in (("again", ()), ("more", ("--more-seeds", 1))):
        code, _, err = run("race", first / "recording.npz", "--out", tmp_path / out, *further)
        assert code == 0, err
        assert "mine.csv has changed" in err
        summary = json.loads((tmp_path / out / "summary.json").read_text("utf-8"))
        assert ["mine.csv has changed" in note for note in summary["notes"]] == [True]
    raced, again = (Recording.load(tmp_path / o / "recording.npz") for o in ("first", "again"))
    assert same(raced, again)
    assert again.table == raced.table


def test_an_exhibit_and_a_users_table_are_raced(run, tmp_path):
    assert run("race", "spiral", "--out", tmp_path / "a", "--seeds", 1, "--steps", 5)[0] == 0
    rows = [f"{x / 10},{x % 7},{'yes' if x % 3 else 'no'}" for x in range(60)]
    (tmp_path / "mine.csv").write_text("\n".join(["size,weekday,bought", *rows]), "utf-8")
    (tmp_path / "mine.toml").write_text(
        '[task]\ndata = "table"\ntable = "mine.csv"\ntarget = "bought"\n'
        "[training]\nsteps = 20\nbatch_size = 8\n[population]\nseeds = 2\n", "utf-8",
    )  # fmt: skip
    code, _, err = run("race", tmp_path / "mine.toml", "--out", tmp_path / "b")
    assert code == 0, err
    # The recording carries the small table: it can be raced where the table is not.
    (tmp_path / "mine.csv").unlink()
    (tmp_path / "b" / "recording.npz").rename(tmp_path / "moved.npz")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.csv").write_text("something else", "utf-8")
    code, _, err = run("race", tmp_path / "moved.npz", "--out", tmp_path / "c")
    assert code == 0, err
    assert (tmp_path / "c" / "mine.csv").read_text("utf-8") == "something else"
    again = Recording.load(tmp_path / "c" / "recording.npz")
    assert same(again, Recording.load(tmp_path / "moved.npz"))
    assert again.table == Recording.load(tmp_path / "moved.npz").table != b""
    for path in tmp_path.glob("[bc]/*.*"):
        if path.suffix in (".svg", ".json", ".csv"):
            assert str(tmp_path) not in path.read_text("utf-8"), path


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_race_leaves_nothing_half_written(endless, tmp_path, number):
    path, out = tmp_path / "long.toml", tmp_path / "out"
    path.write_text(dumps(endless.with_value("training.steps", 10_000_000)), "utf-8")
    command = [sys.executable, ROOT / "main.py", "race", path, "--out", out]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert "racing" in process.stderr.readline()
        process.send_signal(number)
        assert process.wait(timeout=60) == 1
        assert process.stderr.read().strip().endswith("stopped")
    assert not out.exists()


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


def test_more_seeds_join_a_recording_and_are_as_if_all_had_raced_together(
    file, small, run, tmp_path
):
    assert run("race", file, "--out", tmp_path / "first")[0] == 0
    first = tmp_path / "first" / "recording.npz"
    code, _, said = run("race", first, "--more-seeds", 3, "--out", tmp_path / "more")
    assert code == 0, said
    together = Race(small.with_value("population.seeds", 5))
    together.advance(small.training.steps)
    joined = Recording.load(tmp_path / "more" / "recording.npz")
    assert same(joined, together.recording)
    plots = {f"{view.key}{suffix}" for view in PLOTS for suffix in (".png", ".svg")}
    assert {path.name for path in (tmp_path / "more").iterdir()} == RESULTS | plots
    summary = json.loads((tmp_path / "more" / "summary.json").read_text("utf-8"))
    assert summary["looks"] == 2
    assert [c["pairs"] for c in summary["comparisons"]] == [5] * len(summary["comparisons"])


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


def test_tuning_writes_an_experiment_that_has_a_rate_for_each_contestant(
    file, small, run, tmp_path
):
    out = tmp_path / "deeper" / "tuned.toml"
    code, said, progress = run("tune", file, "--out", out)
    assert (code, said) == (0, ""), progress
    tuned = loads(out.read_text("utf-8"))
    for contestant in tuned.contestants:
        assert f"{contestant.name}: learning rate {contestant.learning_rate:g}" in progress
    assert "tuned on 8 other seeds" in progress
    assert dataclasses.replace(tuned, contestants=small.contestants) == small


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
