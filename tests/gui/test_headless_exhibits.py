"""Exhibits on the command line: what is recorded is found again, and what has changed is told."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext

import pytest
from apart import ROOT

from engine.exhibits import exhibit as exhibit_file
from engine.exhibits import exhibits, run
from engine.exhibits.run import path_of
from engine.experiment import Experiment
from engine.experiment_file import dumps
from engine.sweeps import Axis, Execution, Sweep, SweepFolder, local_cluster, sweep_file
from gui import command_line, exhibit_pictures, headless_sweep
from gui.plots import VIEWS


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Two workers; what stays with a process has begun once they have raced."""
    with local_cluster(2) as client:
        one = Sweep(Experiment().with_value("training.steps", 1), (Axis("network.depth", (1,)),))
        for _ in Execution(one, SweepFolder(tmp_path_factory.mktemp("first"))).run(client):
            pass
        yield client


@pytest.fixture
def rerun(monkeypatch, tmp_path, small, capsys, client):
    """`main.py exhibits …` on a race and a sweep of its own: exit code, output, errors."""
    (tmp_path / "1-one.toml").write_text(dumps(small), "utf-8")
    sweep = Sweep(small, (Axis("network.depth", (1, 2)),))
    (tmp_path / "2-two.toml").write_text(sweep_file.dumps(sweep), "utf-8")
    monkeypatch.setattr(exhibit_file, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "RUNS", tmp_path / "measured")
    monkeypatch.setattr(headless_sweep, "local_cluster", lambda: nullcontext(client))
    exhibits.cache_clear()

    def run_command(*arguments):
        try:
            code = command_line.main(["exhibits", *arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run_command
    exhibits.cache_clear()


def test_a_race_and_a_sweep_conclude_again_what_was_recorded(rerun):
    code, out, _ = rerun("--record")
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == ["one", "two"]
    code, out, _ = rerun("--rerun")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["one:", "agrees"],
        ["two:", "agrees"],
    ]


def test_a_rerun_that_is_told_to_end_says_so():
    command = [sys.executable, ROOT / "main.py", "exhibits", "--rerun", "digits"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert "digits" in process.stderr.readline()
        process.terminate()
        assert process.wait(timeout=60) == 1
        assert process.stderr.read().strip().endswith("stopped")


def test_a_conclusion_that_has_changed_fails_and_is_named(rerun):
    rerun("--record", "one")
    path = path_of("one")
    tables = json.loads(path.read_text("utf-8"))
    tables["conclusions"][0]["answer"] = "other"
    path.write_text(json.dumps(tables), "utf-8")
    code, out, err = rerun("--rerun", "one")
    assert code == 1
    assert "DISAGREES: verdict: 'other', now" in out
    assert err.splitlines()[-1].endswith("one")


def test_what_was_never_recorded_is_refused_before_any_race(rerun):
    code, out, err = rerun("--rerun", "one")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "--record" in err


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', '{"format": 1, "conclusions": [1]}'])
def test_a_record_that_cannot_be_read_is_refused(rerun, text):
    path_of("one").parent.mkdir()
    path_of("one").write_text(text, "utf-8")
    code, _, err = rerun("--rerun", "one")
    assert code == 2
    assert "one.json" in err


@pytest.mark.parametrize("what", ["--record", "--pictures"])
def test_of_a_sweep_that_failed_nothing_is_kept(rerun, small, tmp_path, monkeypatch, what):
    monkeypatch.setattr(exhibit_pictures, "PICTURES", tmp_path / "pictures")
    sweep = Sweep(small, (Axis("training.steps", (10, 10_000_000)),), timeout=1.0)
    (tmp_path / "2-two.toml").write_text(sweep_file.dumps(sweep), "utf-8")
    exhibits.cache_clear()
    code, _, err = rerun(what, "two")
    assert code == 1
    assert "two: took longer than 1 s" in err.splitlines()[-1]
    assert not path_of("two").exists()
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("what", ["--rerun", "--record", "--json", "--markdown"])
def test_an_exhibit_that_there_is_not_is_refused(rerun, what):
    code, out, err = rerun(what, "three")
    assert (code, out) == (2, "")
    assert "one, two" in err


def test_the_card_that_an_exhibit_names_is_one_of_the_window():
    cards = {view.key for view in VIEWS}
    for one in exhibits().values():
        assert one.view in cards or (one.sweep and not one.view), one.key
