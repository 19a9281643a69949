"""What a race leaves behind says what the recording holds: no more, no less, in strict formats."""

import csv
import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from by_hand import EXPERIMENT, race_of, recording_of
from hypothesis import given
from hypothesis import strategies as st

from engine.comparisons import comparisons
from engine.contestant import Contestant
from engine.cost import Cost
from engine.experiment import Experiment, Intervention
from engine.race import Race
from engine.recording import Event, Recording, Row
from engine.report import (
    quantile,
    summary,
    write_curves,
    write_summary,
)
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings

ROOT = Path(__file__).resolve().parents[2]


def rows_of(recording: Recording, tmp_path) -> list[dict[str, str]]:
    write_curves(recording, tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raced():
    """A short real race with an intervention."""
    race = Race(
        Experiment(
            task=TaskSettings(data="xor", samples=60),
            network=NetworkSettings(depth=2, width=4),
            training=TrainingSettings(steps=60, batch_size=8),
            population=PopulationSettings(seeds=3, evaluate_every=7, record_every=9),
            contestants=(Contestant("relu"), Contestant("prelu")),
            interventions=(Intervention(20, "training.learning_rate", 0.01),),
        )
    )
    race.advance(60)
    return race.recording


def test_curves_hold_one_row_a_lane_and_recorded_step(raced, tmp_path):
    rows = rows_of(raced, tmp_path)
    assert len(rows) == 2 * 3 * len(raced.curves)
    steps = raced.curves.steps[:, 1]
    assert [int(row["step"]) for row in rows[: len(steps)]] == list(steps)
    assert list(steps[:2]) == [0, 7]
    assert steps[-1] == 60
    for c, contestant in enumerate(["ReLU", "PReLU per layer"]):
        for seed in range(3):
            lane = [r for r in rows if r["contestant"] == contestant and r["seed"] == str(seed)]
            for name in ("train_loss", "test_loss", "train_accuracy", "gradient_norm"):
                expected = raced.curves.values(name)[:, c, seed]
                assert [float(row[name] or "nan") for row in lane] == pytest.approx(
                    list(expected), rel=0, nan_ok=True
                )
            assert [float(r["seconds"]) for r in lane] == list(raced.curves.values("seconds")[:, c])
            assert [float(row["epoch"]) for row in lane] == list(raced.curves.values("epoch"))


def test_a_thinned_row_names_the_steps_it_covers(tmp_path):
    losses = np.random.default_rng(0).random((40_000, 3, 4))
    rows = rows_of(recording_of(losses), tmp_path)
    lane = rows[: len(rows) // 12]
    assert len(lane) < 20_000
    assert lane[0]["first_step"] == lane[0]["step"] == "0"
    for earlier, later in itertools.pairwise(lane):
        assert int(earlier["step"]) + 10 == int(later["first_step"])
    assert all(float(r["test_loss"]) == losses[int(r["step"]) // 10, 0, 0] for r in lane)


def test_what_does_not_exist_is_left_empty(tmp_path):
    losses = np.ones((2, 3, 4))
    losses[1, 2, 3] = np.nan
    rows = rows_of(recording_of(losses), tmp_path)
    assert rows[-1]["test_loss"] == ""
    assert [row["test_loss"] for row in rows[:-1]] == ["1.0"] * 23
    assert rows[-1]["contestant"] == "ELU 1 (2)"
    assert rows[-1]["seed"] == "13"


def test_contestants_that_are_equal_keep_names_apart():
    assert EXPERIMENT.contestant_names == ["ELU 1", "ReLU", "ELU 1 (2)"]


def strict(text: str) -> dict:
    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=no_constant)


def test_the_summary_is_strict_json_and_has_the_race_in_it(raced, tmp_path):
    costs = [Cost(3e-6, 1.5e-6, 6e-6, lanes=3), Cost(9e-6, 6e-6, 12e-6, lanes=3)]
    write_summary(raced, tmp_path / "summary.json", costs, ["a note"])
    read = strict((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert read == json.loads(json.dumps(summary(raced, costs, ["a note"])))
    assert read["notes"] == ["a note"]
    assert read["last_step"] == 60
    assert read["facts"]["channel"] == "test_loss"
    assert read["finished"] is True
    assert read["experiment"]["training"]["steps"] == 60
    assert read["experiment"]["intervention"] == [
        {"step": 20, "field": "training.learning_rate", "value": 0.01}
    ]
    assert [result["seconds_per_step"] for result in read["results"]] == [
        pytest.approx({"estimate": 1e-6, "low": 5e-7, "high": 2e-6, "lanes": 3}),
        pytest.approx({"estimate": 3e-6, "low": 2e-6, "high": 4e-6, "lanes": 3}),
    ]
    for c, result in enumerate(read["results"]):
        for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
            curve = raced.curves.values(name)[:, c]
            final, best = result[name]["final"], result[name]["best"]
            assert final["median"] == pytest.approx(np.median(curve[-1]))
            assert final["lower_quartile"] == pytest.approx(np.quantile(curve[-1], 0.25))
            assert final["upper_quartile"] == pytest.approx(np.quantile(curve[-1], 0.75))
            extreme = curve.max if name.endswith("accuracy") else curve.min
            assert best["median"] == pytest.approx(np.median(extreme(axis=0)))


def test_a_best_value_between_two_kept_rows_is_not_lost():
    losses = np.ones((40_000, 3, 4))
    losses[12_345] = 1e-3
    best = summary(recording_of(losses))["results"][0]["test_loss"]["best"]
    assert best["median"] == 1e-3


def test_diverged_lanes_rank_worst_and_are_never_dropped(tmp_path):
    losses = np.full((2, 3, 4), 0.2)
    losses[1, 0] = [0.1, 0.1, np.nan, np.nan]
    recording = recording_of(losses)
    recording.add(Event(3, "diverged", 0, 2))
    recording.add(Event(4, "diverged", 0, 3))
    write_summary(recording, tmp_path / "summary.json")
    read = strict((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [result["diverged"] for result in read["results"]] == [2, 0, 0]
    final = read["results"][0]["test_loss"]["final"]
    assert final == {"lower_quartile": 0.1, "median": None, "upper_quartile": None}
    best = read["results"][0]["test_loss"]["best"]
    assert best == {"lower_quartile": 0.1, "median": None, "upper_quartile": None}
    first, second = (c for c in read["comparisons"] if c["outcome"] == "test_loss")
    assert (first["contestant"], first["reference"]) == ("ELU 1", "ReLU")
    assert (first["wins"], first["ties"], first["losses"], first["pairs"]) == (2, 0, 2, 4)
    assert (second["contestant"], second["ties"]) == ("ELU 1 (2)", 4)


def test_time_to_criterion_is_steps_times_the_cost_of_a_lane():
    steps = np.full((2, 8), 40.0)
    steps[1, :5] = np.inf
    recording = race_of(np.ones((2, 8)), steps=steps)
    cost = Cost(seconds=0.8, low=0.4, high=1.6, lanes=8)
    first, second = summary(recording, [cost] * 2)["results"]
    assert first["seconds_to_criterion"]["estimate"] == pytest.approx(4)
    assert first["seconds_to_criterion"]["high"] == pytest.approx(8)
    assert second["seconds_to_criterion"]["estimate"] is None
    for result in summary(recording)["results"]:
        assert result["seconds_to_criterion"] is result["seconds_per_step"] is None


def test_the_summary_says_what_the_comparisons_say():
    losses = np.stack([np.linspace(1, 2, 16), np.linspace(0.1, 0.2, 16)])
    recording = race_of(losses)
    read = json.loads(json.dumps(summary(recording)))
    for found, said in zip(comparisons(recording), read["comparisons"], strict=True):
        assert said["answer"] == found.answer
        assert said["standing"] == found.standing
        assert (said["p"], said["adjusted_p"]) == (found.test.p, found.adjusted_p)
        assert said["wins"] + said["ties"] + said["losses"] == said["pairs"] == 16
    assert read["comparisons"][0]["answer"] == "better"
    assert read["comparisons"][0]["reads"].startswith("×10 [×")
    assert (read["looks"], read["prospect"]["can_reject"]) == (1, True)


def test_every_key_of_the_summary_is_explained(raced):
    """What docs/summary.md lists in code is what the summary has: nothing more, nothing less."""
    costs = [Cost(3e-6, 1.5e-6, 6e-6, lanes=3), Cost(9e-6, 6e-6, 12e-6, lanes=3)]
    text = (ROOT / "docs" / "summary.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    found = summary(raced, costs)
    keys = set(found) | set(found["results"][0]) | set(found["comparisons"][0])
    keys |= set(found["results"][0]["convergence"]) | set(found["prospect"])
    keys |= set(found["verdict"]) | set(found["verdict"]["findings"][0])
    keys |= set(found["results"][0]["rounding"][0])
    scores = {key for key in keys if key.endswith(("_loss", "_accuracy"))}
    assert explained == keys - scores


def test_dead_units_are_counted_over_all_hidden_layers():
    assert summary(recording_of(np.ones((1, 3, 4))))["results"][0]["dead_share_at_the_end"] == 0.25


def test_a_diverged_lane_hides_no_dead_units_of_the_others():
    recording = recording_of(np.ones((1, 3, 4)))
    dead = np.full((3, 4, 3), 0.25)
    dead[0, 2] = dead[2] = np.nan
    others = np.ones((3, 4, 3))
    values = dict.fromkeys(recording.layers.names, others) | {"dead_share": dead}
    recording.add(Row("layers", 10, values))
    results = summary(recording)["results"]
    assert [result["dead_share_at_the_end"] for result in results] == [0.25, 0.25, None]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_a_quantile_of_finite_values_is_the_usual_one(values, share):
    expected = np.quantile(np.array(values), share)
    assert quantile(np.array(values), share) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.integers(0, 9), st.floats(0, 1))
def test_infinite_values_rank_worst_without_spoiling_the_better_ones(values, infinite, share):
    found = quantile(np.array(values + [np.inf] * infinite), share)
    place = share * (len(values) + infinite - 1)
    assert not math.isnan(found)
    assert math.isfinite(found) == (math.ceil(place) < len(values))


def test_neither_file_carries_an_absolute_path(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("x,y\n1,2\n")
    experiment = EXPERIMENT.with_value("task.data", "table").with_value("task.table", str(table))
    recording = recording_of(np.ones((1, 3, 4)), experiment)
    write_summary(recording, tmp_path / "summary.json")
    write_curves(recording, tmp_path / "curves.csv")
    for name in ("summary.json", "curves.csv"):
        assert str(tmp_path) not in (tmp_path / name).read_text(encoding="utf-8")
