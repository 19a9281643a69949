"""What a race leaves behind says what the recording holds: no more, no less, in strict formats."""

import csv
import dataclasses
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contestant import Contestant
from engine.cost import Cost
from engine.experiment import Experiment, Intervention
from engine.race import Race
from engine.recording import Event, Facts, Recording, Row
from engine.report import (
    contestant_names,
    quantile,
    steps_to_criterion,
    summary,
    write_curves,
    write_summary,
)
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.track import Channel

EXPERIMENT = Experiment(
    name="by hand",
    network=NetworkSettings(depth=2, width=3),
    population=PopulationSettings(seeds=4, first_seed=10, memory=8),
    contestants=(Contestant("elu"), Contestant("relu"), Contestant("elu")),
)
LANES = (3, 4)
FACTS = Facts(
    (3, 3, 1), 25, np.ones(4), "test_loss", 0.1, "test loss ≤ 0.1", "regression", 50, 50, 2.0
)


def recording_of(test_losses: list, experiment: Experiment = EXPERIMENT) -> Recording:
    """A recording by hand: one test loss a step and lane, given as (steps, C, S)."""
    shape = np.shape(test_losses)[1:]
    lanes = Channel(shape)
    curves = {
        "seconds": Channel(shape[:1], merge="last"),
        "epoch": Channel(merge="last"),
        "train_loss": lanes,
        "test_loss": lanes,
    }
    measured = {"dead_share": Channel((*shape, 3))}
    facts = dataclasses.replace(FACTS, baseline=np.ones(shape[1]))
    recording = Recording(experiment, curves, measured, facts)
    for step, losses in enumerate(test_losses):
        values = {
            "seconds": np.arange(shape[0]) + step,
            "epoch": np.array(step / 2),
            "train_loss": np.asarray(losses, float) / 2,
            "test_loss": np.asarray(losses, float),
        }
        recording.add(Row("curves", 10 * step, values))
    dead = np.broadcast_to([0.5, 0.0, np.nan], (*shape, 3))
    recording.add(Row("layers", 0, {"dead_share": dead}))
    return recording


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
    assert contestant_names(EXPERIMENT) == ["ELU 1", "ReLU", "ELU 1 (2)"]


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
        pytest.approx({"median": 1e-6, "low": 5e-7, "high": 2e-6, "lanes": 3}),
        pytest.approx({"median": 3e-6, "low": 2e-6, "high": 4e-6, "lanes": 3}),
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
    for compared in read["comparisons"]:
        assert (compared["wins"], compared["ties"], compared["losses"]) == (2, 0, 2)
        assert compared["pairs"] == 4


def test_of_two_lanes_that_diverged_neither_wins():
    losses = np.full((2, 3, 4), 0.2)
    losses[1, 1] = [0.1, 0.3, np.inf, 1e300]  # what they last showed is no result
    recording = recording_of(losses)
    for contestant in (0, 1):
        for seed in (2, 3):
            recording.add(Event(3, "diverged", contestant, seed))
    compared = summary(recording)["comparisons"][0]
    assert (compared["wins"], compared["ties"], compared["losses"]) == (1, 2, 1)


def test_a_lane_that_diverges_after_it_converged_counts_as_never():
    recording = recording_of(np.ones((30, 3, 4)))
    for seed in range(4):
        for kind in ("met", "held"):
            recording.add(Event(40, kind, 0, seed))
    recording.add(Event(50, "diverged", 0, 3))
    assert steps_to_criterion(recording)[0].tolist() == [40, 40, 40, math.inf]
    convergence = summary(recording)["results"][0]["convergence"]
    assert (convergence["converged"], convergence["censored"]) == (3, 1)


def test_time_to_criterion_is_steps_times_cost_and_unknown_where_censored():
    recording = recording_of(np.ones((30, 3, 4)))
    for seed in range(3):
        for kind in ("met", "held"):
            recording.add(Event(40, kind, 0, seed))
            recording.add(Event(40, kind, seed, 3))
    cost = Cost(seconds=0.2, low=0.1, high=0.4, lanes=4)
    first, second, _ = summary(recording, [cost] * 3)["results"]
    assert first["seconds_to_criterion"] == pytest.approx({"median": 2, "low": 1, "high": 4})
    assert second["seconds_to_criterion"] is None
    for result in summary(recording)["results"]:
        assert result["seconds_to_criterion"] is result["seconds_per_step"] is None


def test_convergence_counts_from_when_it_was_met_and_censors_the_rest():
    recording = recording_of(np.ones((30, 3, 4)))
    for step, kind, lane in [
        (20, "met", (0, 0)), (30, "met", (0, 1)), (40, "held", (0, 0)), (50, "lost", (0, 0)),
        (60, "met", (0, 1)), (70, "met", (0, 0)), (80, "held", (0, 1)), (90, "held", (0, 0)),
        (100, "met", (0, 2)), (100, "held", (0, 2)), (110, "met", (0, 3)),
    ]:  # fmt: skip
        recording.add(Event(step, kind, *lane))
    assert steps_to_criterion(recording)[0].tolist() == [20, 60, 100, math.inf]
    first, second, _ = (result["convergence"] for result in summary(recording)["results"])
    assert (first["converged"], first["share"], first["censored"]) == (3, 0.75, 1)
    assert first["median_steps"] == 80
    assert first["censored_at_step"] == 290
    assert (second["converged"], second["median_steps"], second["censored"]) == (0, None, 4)


def test_dead_units_are_counted_over_all_hidden_layers():
    assert summary(recording_of(np.ones((1, 3, 4))))["results"][0]["dead_share_at_the_end"] == 0.25


@given(
    st.lists(
        st.tuples(*[st.one_of(st.floats(1e-9, 1e9), st.sampled_from([0.0, np.nan]))] * 2),
        min_size=1,
        max_size=12,
    )
)
def test_a_comparison_the_other_way_round_says_the_opposite(pairs):
    losses = np.array(pairs).T
    population = PopulationSettings(seeds=len(pairs), memory=8)
    contestants = (Contestant("elu"), Contestant("tanh"))
    experiment = Experiment(population=population, contestants=contestants)
    (one,) = summary(recording_of([losses], experiment))["comparisons"]
    (other,) = summary(recording_of([losses[::-1]], experiment))["comparisons"]
    assert (one["wins"], one["ties"], one["losses"]) == (
        other["losses"], other["ties"], other["wins"],
    )  # fmt: skip
    assert one["wins"] + one["ties"] + one["losses"] == one["pairs"] == len(pairs)
    if one["median_log10_ratio"] is not None and other["median_log10_ratio"] is not None:
        assert one["median_log10_ratio"] == pytest.approx(-other["median_log10_ratio"])


def test_the_reference_is_the_first_and_a_better_contestant_has_a_positive_ratio():
    losses = np.ones((1, 3, 4))
    losses[0, 1] = 0.01
    found = summary(recording_of(losses))
    first, second = found["comparisons"]
    assert found["reference"] == first["reference"] == second["reference"] == "ELU 1"
    assert first["contestant"] == "ReLU"
    assert (first["median_log10_ratio"], first["wins"]) == (pytest.approx(2), 4)
    assert (second["contestant"], second["ties"]) == ("ELU 1 (2)", 4)
    assert second["median_log10_ratio"] == 0


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
