"""Races without a window: whole results, and the same numbers as everywhere."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import weakref

import numpy as np
import pytest
from apart import ROOT, apart
from PySide6.QtGui import QImage

from engine.cost import cost_per_step
from engine.experiment_file import dumps, loads
from engine.race import Race
from engine.recording import Recording
from engine.settings import Refusal
from gui.plots import PLOTS

RESULTS = {"recording.npz", "curves.csv", "summary.json", "comparisons.csv", "comparisons.md"}


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("workers", "said"), [(1, "racing"), (2, "step ")])
def test_a_stopped_race_leaves_nothing_half_written(endless, tmp_path, number, workers, said):
    """In a terminal of its own, where Ctrl-C reaches all of its processes."""
    path, out = tmp_path / "long.toml", tmp_path / "out"
    path.write_text(dumps(endless.with_value("training.steps", 10_000_000)), "utf-8")
    command = [sys.executable, ROOT / "main.py", "race", path, "--out", out]
    with subprocess.Popen(
        [*command, "--workers", str(workers)],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert any(said in line for line in process.stderr)
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        assert process.wait(timeout=60) == 1
        assert process.stderr.read().splitlines()[-1].endswith("stopped")
    assert not out.exists()


def without_seconds(table):
    with table.open(newline="", encoding="utf-8") as lines:
        return [row | {"seconds": ""} for row in csv.DictReader(lines)]


def test_workers_share_a_race_and_further_seeds_and_the_results_are_the_same(small, tmp_path):
    file = tmp_path / "five.toml"
    file.write_text(dumps(small.with_value("population.seeds", 5)), "utf-8")
    first = tmp_path / "five 1" / "recording.npz"
    for kind, asked in {"five": (file,), "eight": (first, "--more-seeds", 3)}.items():
        outs = [tmp_path / f"{kind} {workers}" for workers in (1, 2)]
        for workers, out in enumerate(outs, start=1):
            done = apart("race", *asked, "--out", out, "--workers", workers)
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
            assert ("starting the workers" in done.stderr) == (workers == 2)
            assert "\n200 steps in" in done.stderr
        assert len({frozenset(path.name for path in out.iterdir()) for out in outs}) == 1
        curves = [without_seconds(out / "curves.csv") for out in outs]
        assert curves[0] == curves[1]
        recordings = [Recording.load(out / "recording.npz") for out in outs]
        assert same(*recordings)
        assert recordings[0].looks == recordings[1].looks == (1 if kind == "five" else 2)


def test_more_workers_than_further_seeds_are_refused(file, run, tmp_path):
    assert run("race", file, "--out", tmp_path / "first")[0] == 0
    more = ("--more-seeds", 2, "--workers", 3, "--out", tmp_path / "more")
    code, _, said = run("race", tmp_path / "first" / "recording.npz", *more)
    assert code == 2
    assert "--workers = 3: must be 1 to 2: each races seeds of its own" in said.splitlines()[-1]
    assert not (tmp_path / "more").exists()


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
