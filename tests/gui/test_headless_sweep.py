"""Sweeps on the command line: whole tables, one line for bad input, and no race run twice."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.sweeps import Axis, Sweep
from engine.sweeps.sweep_file import dumps, loads

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def started():
    """`main.py sweep` in a terminal of its own, where Ctrl-C reaches all of its processes."""
    begun = []

    def start(*arguments):
        command = [sys.executable, "-W", "error", ROOT / "main.py", "sweep", *map(str, arguments)]
        begun.append(
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        )
        return begun[-1]

    yield start
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def written(out):
    return {path: path.stat().st_mtime_ns for path in out.glob("races/*/*")}


def test_a_sweep_that_is_stopped_goes_on_and_leaves_its_tables(qtbot, small, started, tmp_path):
    experiment = small.with_value("training.steps", 4000)
    axes = (Axis("network.depth", (1, 2, 3, 4, 5)), Axis("contestants.gain", (1.0,)))
    sweep = Sweep(experiment, axes, name="Depths")
    file, out = tmp_path / "sweep.toml", tmp_path / "out"
    file.write_text(dumps(sweep), "utf-8")
    first = started(file, "--out", out, "--workers", 1)
    qtbot.waitUntil(
        lambda: first.poll() is not None or any(out.glob("races/*/result.json")), timeout=60_000
    )
    os.killpg(first.pid, signal.SIGINT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 1
    assert "Traceback" not in said
    done = len(list(out.glob("races/*/result.json")))
    assert said.endswith(
        f"stopped: {done} of 5 races are done, and the same command goes on from there\n"
    )
    states = [race["state"] for race in json.loads((out / "sweep.json").read_text())["races"]]
    assert sorted(states) == ["done"] * done + ["missing"] * (5 - done)
    before = written(out)
    second = started(file, "--out", out, "--workers", 1)
    _, said = second.communicate(timeout=120)
    assert (second.returncode, said.splitlines()[-1]) == (0, f"done: {out}"), said
    assert before.items() <= written(out).items()
    assert {path.name for path in out.iterdir()} >= {
        "races", "sweep.csv", "sweep.json", "sweep.toml",
    }  # fmt: skip
    assert loads((out / "sweep.toml").read_text("utf-8")) == sweep
    with (out / "sweep.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [row["network.depth"] for row in rows] == [d for d in "12345" for _ in range(2)]
    assert {row["contestant"] for row in rows} == {"ReLU", "PReLU per layer"}
    report = json.loads((out / "sweep.json").read_text("utf-8"))
    assert {race["state"] for race in report["races"]} == {"done"}
    along = [found for found in report["disparities"] if found["outcome"] == "test_loss"]
    assert [gap["value"] for gap in along[0]["gaps"]] == [1, 2, 3, 4, 5]


def test_a_sweep_that_is_stopped_as_its_workers_start_says_no_more(qtbot, small, started, tmp_path):
    file = tmp_path / "sweep.toml"
    file.write_text(dumps(Sweep(small, (Axis("network.depth", (1, 2, 3)),))), "utf-8")
    process = started(file, "--out", tmp_path / "out", "--workers", 1)
    qtbot.waitUntil(lambda: bool(psutil.Process(process.pid).children()), timeout=60_000)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines() == [
        "starting the workers",
        "main.py: stopped: 0 of 3 races are done, and the same command goes on from there",
    ]
    assert psutil.wait_procs(workers, timeout=10)[1] == []


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("", "sweep.toml: grid = '': must name at least one field, with a list of values"),
        ("network.depth = []", "sweep.toml: grid.network.depth = []: must be a list of at least"),
        ("network.deth = [1]", "sweep.toml: grid.network.deth = 1: is no field; network has"),
        ("network.depth = [101]", "sweep.toml: grid.network.depth = 101: must be 0 to 100 layers"),
        ('task.data = ["table"]', "task.table = ''"),
    ],
)
def test_a_wrong_grid_is_one_line_and_leaves_nothing(run, tmp_path, grid, said):
    (tmp_path / "sweep.toml").write_text(f"[grid]\n{grid}\n")
    code, _, error = run("sweep", tmp_path / "sweep.toml", "--out", tmp_path / "out")
    assert code == 2
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--workers", 0), "--workers = 0: must be 1 to 256"),
        (("--workers", "x"), "--workers: 'x': must be a whole number"),
        (("--cluster", "nowhere"), "--cluster = 'nowhere': cannot be reached"),
        (("--cluster", "tcp://h:1", "--workers", 2), "--workers: not allowed with argument"),
    ],
)
def test_workers_that_cannot_be_had_are_one_line(run, small, tmp_path, options, said):
    file = tmp_path / "sweep.toml"
    file.write_text(dumps(Sweep(small, (Axis("network.depth", (1,)),))), "utf-8")
    code, _, error = run("sweep", file, "--out", tmp_path / "out", *options)
    assert code == 2
    assert said in error.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_one_line(run, tmp_path):
    code, _, error = run("sweep", tmp_path / "none.toml", "--out", tmp_path / "out")
    assert (code, len(error.splitlines())) == (2, 1)
    assert "cannot be read" in error
