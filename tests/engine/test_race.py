"""The laws of a race: what is measured, kept and remembered. More in the files beside."""

import dataclasses
import hashlib

import numpy as np
import pytest
from small_race import run, small

from engine import Race, Refusal
from engine.recording import Event, Recording, Row

# 3. What is measured depends on the experiment alone.


@pytest.mark.parametrize("data", ["sin3x", "circle", "digits", "penguins"])
def test_a_finished_race_keeps_what_its_networks_answer(data, tmp_path):
    experiment = small(task__data=data, training__steps=4, network__precision="float32")
    race, watched = run(experiment), Race(experiment)
    for _ in range(4):
        watched.recording.add(watched.snapshot().fit)
        watched.advance(1)
    race.recording.save(tmp_path / "race.npz")
    saved = Recording.load(tmp_path / "race.npz")
    assert saved.fit.step == 4
    for name, answers in race.snapshot().fit.to_arrays().items():
        np.testing.assert_array_equal(saved.fit.to_arrays()[name], answers)
        np.testing.assert_array_equal(watched.recording.fit.to_arrays()[name], answers)
    for name, array in race.recording.view.to_arrays().items():
        np.testing.assert_array_equal(saved.view.to_arrays()[name], array)
    assert saved.view.to_json() == race.recording.view.to_json()


def test_what_a_recording_keeps_of_the_data_is_bounded():
    held = []
    for samples in (2_000, 8_000):
        race = Race(small(task__data="sin3x", task__samples=samples))
        held.append(sum(a.nbytes for a in race.recording.view.to_arrays().values()))
    assert held[0] == held[1]


def step_closely(race):
    """One step, looked at closely, into the race's recording; the snapshot after it."""
    for records in race.run(1, closely=True):
        for record in records:
            race.recording.add(record)
    return race.snapshot()


def test_snapshots_change_nothing_that_is_recorded():
    contestants = ("relu", "rrelu", "prelu")
    watched, unwatched = Race(small(contestants)), Race(small(contestants))
    for _ in range(40):
        step_closely(watched)
    unwatched.advance(40)
    assert repr(watched.recording.events) == repr(unwatched.recording.events)
    for name, track in unwatched.recording.tracks.items():
        for key in track.names:
            if key != "seconds":
                part = track.channels[key].parts[0]
                ours = watched.recording.tracks[name].values(key, part)
                np.testing.assert_array_equal(ours, track.values(key, part), err_msg=key)


def test_a_close_look_shows_what_would_have_been_recorded():
    """Ranks, angles and ages apart, which only records bring up to date."""
    race = Race(small())
    every = run(small(population__evaluate_every=1, population__record_every=1), 7).recording
    for _ in range(7):
        snapshot = step_closely(race)
    assert len(race.recording.curves) == len(race.recording.layers) == 1
    apart = {"seconds", "effective_rank_share", "mean_cosine", "dead_time"}
    assert [row.track for row in snapshot.rows] == ["curves", "layers", "units"]
    for row in snapshot.rows:
        assert row.step == 7
        track = every.tracks[row.track]
        assert set(row.values) == set(track.names)
        for key in set(track.names) - apart:
            recorded = track.values(key, track.channels[key].parts[-1])[7]
            kept = row.values[key].astype(recorded.dtype)
            np.testing.assert_array_equal(kept, recorded, err_msg=key)
            assert not row.values[key].flags.writeable


def test_a_race_that_is_not_looked_at_closely_reads_nothing_more():
    race = Race(small())
    race.advance(7)
    assert race.snapshot().rows == ()


def test_rows_stand_at_step_0_at_multiples_and_at_the_end():
    race = run(small(training__steps=45))
    assert race.recording.curves.steps[:, 1].tolist() == [0, 10, 20, 30, 40, 45]
    assert race.recording.layers.steps[:, 1].tolist() == [0, 20, 40, 45]


def test_automatic_values_are_resolved_once_and_do_not_depend_on_the_company():
    settings = {"population__evaluate_every": 0, "population__record_every": 0}
    few = Race(small(**settings)).experiment.population
    many = Race(small(("elu",), population__seeds=9, **settings)).experiment.population
    assert few.evaluate_every > 0
    assert few.record_every > 0
    assert few.threshold > 0
    assert dataclasses.replace(many, seeds=few.seeds) == few


def test_the_losses_are_the_means_over_the_points():
    race = run(small(("tanh",)))
    block = race._blocks[0]
    test = race._data.test
    outputs = block.predict(test.inputs)
    p = 1 / (1 + np.exp(-outputs))
    surprise = -(test.targets * np.log(p) + (1 - test.targets) * np.log(1 - p))
    np.testing.assert_allclose(
        race.recording.curves.values("test_loss")[-1, 0], surprise.mean(axis=(1, 2)), rtol=1e-10
    )
    right = ((outputs > 0) == (test.targets > 0.5)).mean(axis=(1, 2))
    np.testing.assert_allclose(race.recording.curves.values("test_accuracy")[-1, 0], right)


def test_a_partial_last_batch_is_trained_on():
    race = Race(small(training__batch_size=7))
    race.advance(5)
    assert race._batches.epoch == 1.0


# 4. Thinning loses no event; see test_track.py for rows.


def test_events_of_a_criterion_met_held_and_lost_are_kept():
    settings = {"population__threshold": 0.66, "population__hold": 2, "training__l2": 0.3}
    settings |= {"training__learning_rate": 0.02, "population__evaluate_every": 2}
    race = run(small(training__steps=400, **settings))
    curve = race.recording.curves.values("test_loss")
    steps = race.recording.curves.steps[:, 1]
    kinds = {"met": 0, "held": 0, "lost": 0}
    for event in race.recording.events:
        if event.kind in kinds:
            kinds[event.kind] += 1
            row = int(np.searchsorted(steps, event.step))
            met = curve[: row + 1, event.contestant, event.seed] <= 0.66
            pattern = {"met": [False, True], "held": [True, True], "lost": [True, True, False]}
            expected = pattern[event.kind][-len(met) :]
            assert met[-len(expected) :].tolist() == expected
    assert all(kinds.values()), kinds


# 6. Split and baseline.


def test_the_criterion_looks_at_validation_data_where_there_are_some():
    race = run(small(task__validation_share=0.2, task__test_share=0.3))
    assert "validation_loss" in race.recording.facts.criterion.replace(" ", "_")
    assert "validation_loss" in race.recording.curves.names


def test_the_default_threshold_is_a_share_of_the_trivial_baseline():
    race = Race(small())
    facts = race.recording.facts
    assert 0 < facts.threshold < facts.baseline[0]


# Histograms.


@pytest.mark.parametrize("of", ["gradient", "preactivation"])
def test_histograms_are_pooled_and_kept_of_one_chosen_lane(of):
    three = run(small(population__histogram_seed=2)).recording.layers
    alone = run(small(population__seeds=1, population__first_seed=1)).recording.layers
    chosen = three.values(f"lane_{of}_histogram", "sum")
    np.testing.assert_array_equal(chosen, alone.values(f"{of}_histogram", "sum"))
    pooled = three.values(f"{of}_histogram", "sum")
    assert (pooled >= chosen).all()
    assert (pooled.sum(axis=-1) == 3 * chosen.sum(axis=-1)).all()


def test_the_lane_chosen_for_histograms_is_one_of_the_seeds():
    with pytest.raises(Refusal, match=r"histogram_seed = 4: must be 1 to 3"):
        small(population__histogram_seed=4)


# What crosses threads.


def test_records_and_snapshots_are_read_only():
    race = Race(small())
    for records in race.run(10):
        for record in records:
            assert isinstance(record, Row | Event)
            if isinstance(record, Row):
                assert not any(array.flags.writeable for array in record.values.values())
    assert not race.snapshot().fit.outputs.flags.writeable


def test_a_race_of_no_hidden_layer_and_of_a_listed_shape():
    for settings in ({"network__depth": 0}, {"network__widths": (7, 3)}):
        race = run(small(**settings))
        assert np.isfinite(race.recording.curves.values("test_loss")).all()
    assert race.recording.facts.layer_units == (7, 3, 1)


# 13. The user's own table.


def test_a_race_remembers_the_table_it_was_run_on(tmp_path):
    path = tmp_path / "own.csv"
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in rng.standard_normal((40, 2))]
    path.write_text("\n".join(["a,b,y", *rows]))
    race = Race(small(task__data="table", task__table=str(path)))
    assert race.experiment.task.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert any("y" in note for note in race.recording.facts.notes)


def test_the_primary_outcome_is_settled_by_the_kind_of_task():
    assert Race(small()).experiment.population.quality == "test_accuracy"
    assert Race(small(task__data="plane")).experiment.population.quality == "test_loss"
    chosen = small(task__data="plane", population__quality="train_loss")
    assert Race(chosen).experiment.population.quality == "train_loss"
    with pytest.raises(Refusal, match=r"population.quality = 'test_accuracy': must be a loss"):
        Race(small(task__data="plane", population__quality="test_accuracy"))
