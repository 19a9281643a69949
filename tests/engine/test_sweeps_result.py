"""The result of a race says what its recording does, and survives its files and its table."""

import dataclasses
import json
import math

import numpy as np
import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.recording import Recording
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.settings import Refusal
from engine.sweeps import Axis, RaceResult, Sweep, SweepFolder, write_report
from engine.sweeps.job import run
from engine.sweeps.sweep_report import report, table

SMALL = Experiment(
    task=TaskSettings(data="formula", samples=60),
    network=NetworkSettings(depth=2, width=4),
    training=TrainingSettings(optimizer="sgd", steps=40, batch_size=10),
    population=PopulationSettings(seeds=7, memory=8),
    contestants=(
        Contestant("relu", learning_rate=0),
        Contestant("elu"),
        Contestant("relu", learning_rate=100, label="too fast"),
    ),
)
SWEEP = Sweep(SMALL, (Axis("network.depth", (2, 3)), Axis("task.formula", ("x", "x*x"))))


@pytest.fixture(scope="module")
def raced():
    """What comes back of one race, in which one contestant diverges."""
    return run(SMALL, tuned=False)


def test_a_result_says_what_the_recording_does(raced, tmp_path):
    result = raced.result
    (tmp_path / "race.npz").write_bytes(raced.recording)
    recording = Recording.load(tmp_path / "race.npz")
    assert result.contestants == tuple(recording.experiment.contestant_names)
    assert result.rates == (0, SMALL.training.learning_rate, 100)
    for key in ("test_loss", "train_loss"):
        last = recording.curves.values(key)[-1]
        np.testing.assert_array_equal(result.outcomes[key][:2], last[:2])
        assert np.isposinf(result.outcomes[key][2]).all()
    assert result.diverged == (0, 0, SMALL.population.seeds)
    assert result.headline == raced.summary["verdict"]["headline"]


def test_a_recording_names_the_users_table_from_where_it_is_to_lie(tmp_path):
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{n},{n % 7}\n" for n in range(60)))
    task = TaskSettings(data="table", table=str(tmp_path / "points.csv"))
    home = tmp_path / "races" / "key" / "recording.npz"
    home.parent.mkdir(parents=True)
    experiment = dataclasses.replace(SMALL, task=task, contestants=SMALL.contestants[:2])
    home.write_bytes(run(experiment, tuned=False, home=home).recording)
    named = Recording.load(home).experiment.task.table
    assert (home.parent / named).resolve() == (tmp_path / "points.csv").resolve()


def test_a_result_survives_its_files_infinite_outcomes_too(raced, tmp_path):
    folder, race = SweepFolder(tmp_path), next(SWEEP.races())
    folder.keep(race, raced)
    found = folder.result(race)
    assert found is not None
    for field in dataclasses.fields(RaceResult):
        if field.name == "outcomes":
            assert found.outcomes.keys() == raced.result.outcomes.keys()
            for key, values in found.outcomes.items():
                np.testing.assert_array_equal(values, raced.result.outcomes[key])
        else:
            assert getattr(found, field.name) == getattr(raced.result, field.name), field.name


def test_the_tables_have_a_row_a_race_and_contestant_and_name_what_is_missing(raced, tmp_path):
    folder, (first, second, *_) = SweepFolder(tmp_path), SWEEP.races()
    folder.keep(first, raced)
    write_report(SWEEP, folder, {second.key: "it broke"})
    found = json.loads((tmp_path / "sweep.json").read_text("utf-8"))
    assert [race["state"] for race in found["races"]] == ["done", "failed", "missing", "missing"]
    assert found["races"][1]["reason"] == "it broke"
    header, *rows = table(SWEEP, [(first, raced.result)])
    assert header[:2] == ["network.depth", "task.formula"]
    assert [row[:2] for row in rows] == [[2, "x"]] * 3
    row = dict(zip(header, rows[1], strict=True))
    compared = raced.summary["comparisons"][0]
    assert row["quality_outcome"] == compared["outcome"] == "test_loss"
    assert row["quality_gain"] == compared["gain"]["estimate"]
    assert row["quality_answer"] == compared["answer"]
    assert row["test_loss"] == np.median(raced.result.outcomes["test_loss"][1])
    assert dict(zip(header, rows[2], strict=True))["test_loss"] == ""


def test_a_report_is_strict_json_and_follows_only_fields_in_numbers(raced):
    found = [(race, raced.result) for race in SWEEP.races()]
    text = json.dumps(report(SWEEP, found, {}), allow_nan=False)
    assert {one["along"] for one in json.loads(text)["disparities"]} == {"network.depth"}


class Enough(Exception):
    """The race is not wanted any more."""


@pytest.mark.parametrize("tuned", [False, True])
def test_a_race_is_given_up_when_a_look_says_so(tuned):
    def look():
        raise Enough

    with pytest.raises(Enough):
        run(SMALL, tuned, look)


def test_a_medians_cell_is_empty_where_half_of_the_seeds_never_arrive(raced):
    steps = np.where(np.arange(7) < 4, math.inf, 10.0)
    outcomes = {**raced.result.outcomes, "steps": np.tile(steps, (3, 1))}
    result = dataclasses.replace(raced.result, outcomes=outcomes)
    header, *rows = table(SWEEP, [(next(SWEEP.races()), result)])
    assert {row[header.index("steps")] for row in rows} == {""}


def test_a_folder_has_the_finished_races_in_the_order_of_the_grid(raced, tmp_path):
    folder, races = SweepFolder(tmp_path), list(SWEEP.races())
    for race in races[:0:-1]:
        folder.keep(race, raced)
    (folder.of(races[2]) / "result.json").write_text("{}", "utf-8")
    assert [race for race, _ in folder.raced(SWEEP)] == [races[1], races[3]]


def test_a_folder_keeps_why_races_have_failed_until_they_are_finished(raced, tmp_path):
    folder, (first, _, third, _) = SweepFolder(tmp_path), SWEEP.races()
    assert folder.failed(SWEEP) == []
    write_report(SWEEP, folder, {third.key: "it broke", first.key: "took too long"})
    assert folder.failed(SWEEP) == [(first, "took too long"), (third, "it broke")]
    folder.keep(first, raced)
    assert folder.failed(SWEEP) == [(third, "it broke")]
    narrower = dataclasses.replace(SWEEP, axes=(Axis("network.depth", (2,)), SWEEP.axes[1]))
    assert folder.failed(narrower) == []


@pytest.mark.parametrize("report", ["{", "[]", "{}", '{"races": [{"state": "failed"}]}'])
def test_a_report_that_somebody_changed_is_refused_rather_than_read_as_no_failure(tmp_path, report):
    (tmp_path / "sweep.json").write_text(report, "utf-8")
    with pytest.raises(Refusal, match=r"sweep\.json.*delete it to go on"):
        SweepFolder(tmp_path).failed(SWEEP)


def test_one_curve_is_read_as_the_whole_recording_has_it(raced, tmp_path):
    folder, race = SweepFolder(tmp_path), next(SWEEP.races())
    folder.keep(race, raced)
    whole = Recording.load(folder.recording(race)).curves
    for name in ("test_loss", "train_loss"):
        curve = folder.curve(race, name)
        np.testing.assert_array_equal(curve.steps, whole.steps)
        for part in ("first", "last", "min", "max"):
            np.testing.assert_array_equal(curve.values(name, part), whole.values(name, part))


@pytest.mark.parametrize("name", ["seconds", "test_accuracy"])
def test_a_curve_that_no_lane_has_is_refused(raced, tmp_path, name):
    folder, race = SweepFolder(tmp_path), next(SWEEP.races())
    folder.keep(race, raced)
    with pytest.raises(Refusal, match=name):
        folder.curve(race, name)


def test_a_recording_that_is_gone_is_refused_by_its_curves(tmp_path):
    with pytest.raises(Refusal, match="cannot be read"):
        SweepFolder(tmp_path).curve(next(SWEEP.races()), "test_loss")
