"""A recording keeps every event, and comes back from its file as it was."""

import re
import zipfile
from collections import Counter

import numpy as np
import pytest
from small_recording import CURVES, EXPERIMENT, FACTS, LANES, MEASURED, VIEW, recorded, rows

from engine.convergence import Criterion, Progress
from engine.experiment import Experiment, Intervention
from engine.fit import Fit
from engine.outcomes import steps_to_criterion
from engine.precision import FORMATS
from engine.race import Race
from engine.recording import Event, Recording
from engine.settings import Refusal
from engine.track import Channel


def assert_equal(one: Recording, other: Recording) -> None:
    assert one.experiment == other.experiment
    assert one.facts == other.facts
    np.testing.assert_array_equal(one.facts.baseline, other.facts.baseline)
    assert repr(one.events) == repr(other.events)  # NaN is not equal to itself
    assert repr((one.view, one.fit)) == repr((other.view, other.fit))
    for name, track in one.tracks.items():
        np.testing.assert_array_equal(track.steps, other.tracks[name].steps)
        for key, channel in track.channels.items():
            assert other.tracks[name].channels[key] == channel
            for part in channel.parts:
                np.testing.assert_array_equal(
                    track.values(key, part), other.tracks[name].values(key, part)
                )


@pytest.mark.parametrize("steps", [0, 1, 50, 20_000])
def test_a_recording_comes_back_from_its_file_as_it_was(steps, tmp_path):
    recording = recorded(steps)
    recording.save(tmp_path / "race.npz")
    assert_equal(recording, Recording.load(tmp_path / "race.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["race.npz"]


@pytest.mark.parametrize("precision", FORMATS)
def test_a_race_in_any_format_comes_back_from_its_file(precision, tmp_path):
    race = Race(EXPERIMENT.with_value("network.precision", precision))
    race.advance(3)
    race.recording.add(race.snapshot().fit)
    race.recording.save(tmp_path / "race.npz")
    assert_equal(race.recording, Recording.load(tmp_path / "race.npz"))


def test_a_loaded_recording_goes_on_as_if_never_stored(tmp_path):
    recording = recorded(9_000)
    recording.save(tmp_path / "race.npz")
    again = Recording.load(tmp_path / "race.npz")
    for step in range(9_000, 20_000):
        for row in rows(step):
            recording.add(row)
            again.add(row)
    assert_equal(recording, again)


@pytest.mark.parametrize("steps", [0, 5, 32, 700])
def test_a_copy_stays_as_it_was_and_both_can_go_on(steps):
    recording, before = recorded(steps), recorded(steps)
    copied = recording.copy()
    for goes_on, other in ((recording, copied), (copied, recording)):
        for step in range(steps, steps + 40):
            for row in rows(step):
                goes_on.add(row)
        goes_on.add(Event(9, "died", contestant=1, seed=0, layer=1, count=1))
        goes_on.add(Fit(steps + 40, outputs=np.ones((*LANES, 5), np.float32)))
        if other is copied:
            assert_equal(copied, before)
    assert_equal(recording, copied)


def test_a_race_of_any_length_stays_in_its_memory():
    recording = recorded(30_000)
    assert recording.curves.width > 1
    held = sum(track.nbytes for track in recording.tracks.values())
    assert held <= EXPERIMENT.population.memory * 1_000_000


def test_what_is_exact_stays_exact_however_long_the_race():
    recording = recorded(30_000)
    assert recording.last_step == 29_999
    assert recording.seconds.tolist() == [29_999, 59_998]
    assert recording.events[0] == Event(3, "died", 0, 1, 2, 3, "", recording.events[0].value)


def test_deaths_without_end_are_added_up_and_none_is_lost(monkeypatch):
    monkeypatch.setattr("engine.recording.MAX_EVENTS", 50)
    recording = Recording(EXPERIMENT, CURVES, MEASURED, FACTS, VIEW)
    rng, counted, exact = np.random.default_rng(0), Counter(), []
    for step in range(1000):
        kind = rng.choice(["died", "revived"])
        lane = (int(rng.integers(2)), int(rng.integers(3)), int(rng.integers(1, 3)))
        count = int(rng.integers(1, 5))
        counted[kind, lane] += count
        recording.add(Event(step, kind, *lane, count=count))
        if step % 100 == 0:
            exact.append(Event(step, "diverged", lane[0], lane[1], value=1.0))
            recording.add(exact[-1])
    assert len(recording.events) <= 101
    assert [event for event in recording.events if event.kind == "diverged"] == exact
    found: Counter = Counter()
    for event in recording.events:
        if event.kind != "diverged":
            found[event.kind, (event.contestant, event.seed, event.layer)] += event.count
    assert found == counted
    steps = [event.step for event in recording.events]
    assert steps == sorted(steps)


def test_a_criterion_met_and_lost_without_end_keeps_what_an_answer_rests_on(monkeypatch):
    criterion = Criterion("test_loss", threshold=0.5, hold=3)
    progress, rng = Progress(criterion, LANES), np.random.default_rng(1)
    every = [
        Event(step, kind, *lane)
        for step in range(6000)
        for kind, lane, _ in progress.update(step, rng.random(LANES))
    ]
    whole, bounded = (Recording(EXPERIMENT, CURVES, MEASURED, FACTS, VIEW) for _ in range(2))
    for event in every:
        whole.add(event)
    monkeypatch.setattr("engine.recording.MAX_EVENTS", 100)
    bounded._most_events = 100
    for event in every:
        bounded.add(event)
        assert len(bounded.events) <= 200
    assert len(whole.events) == len(every) > 5000
    np.testing.assert_array_equal(steps_to_criterion(bounded), steps_to_criterion(whole))
    for kind, place in (("met", 0), ("held", 0), ("lost", 0), ("met", -1), ("lost", -1)):
        assert _one_a_lane(bounded, kind, place) == _one_a_lane(whole, kind, place)
    assert _times(bounded) == _times(whole)
    assert [e.step for e in bounded.events] == sorted(e.step for e in bounded.events)


def _one_a_lane(recording: Recording, kind: str, place: int) -> dict[tuple[int, int], int]:
    """The step of the first (0) or last (-1) event of a kind in each lane."""
    steps: dict[tuple[int, int], list[int]] = {}
    for event in recording.events:
        if event.kind == kind:
            steps.setdefault((event.contestant, event.seed), []).append(event.step)
    return {lane: found[place] for lane, found in steps.items()}


def _times(recording: Recording) -> Counter:
    """How often each thing happened in each lane."""
    times: Counter = Counter()
    for event in recording.events:
        times[event.kind, event.contestant, event.seed] += max(event.count, 1)
    return times


def test_an_empty_recording_has_taken_no_time():
    recording = Recording(EXPERIMENT, CURVES, MEASURED, FACTS, VIEW)
    assert recording.last_step == 0
    assert recording.seconds.tolist() == [0, 0]


def test_replaying_repeats_every_intervention_once():
    planned = (
        Intervention(5, "training.learning_rate", 0.5),
        Intervention(900, "training.weight_decay", 0.1),
    )
    experiment = Experiment(
        network=EXPERIMENT.network,
        population=EXPERIMENT.population,
        contestants=EXPERIMENT.contestants,
        interventions=planned,
    )
    replay = recorded(10, experiment).replay_experiment()
    assert replay.interventions == (
        Intervention(5, "training.learning_rate", 0.01),
        Intervention(7, "training.batch_size", 16.0),
        Intervention(900, "training.weight_decay", 0.1),
    )


def test_memory_too_small_for_the_plan_is_refused():
    wide = {"weights": Channel((2, 3, 100_000))}
    experiment = EXPERIMENT.with_value("population.memory", 8)
    with pytest.raises(Refusal, match=r"population\.memory = 8") as refused:
        Recording(experiment, CURVES, wide, FACTS, VIEW)
    # What it asks for is enough.
    least = int(re.search(r"at least ([\d,]+) MB", str(refused.value))[1].replace(",", ""))
    Recording(EXPERIMENT.with_value("population.memory", least), CURVES, wide, FACTS, VIEW)


@pytest.fixture
def own_table(tmp_path):
    """A recording of a race on a small table of the user's."""
    (tmp_path / "data").mkdir()
    table = tmp_path / "data" / "own.csv"
    table.write_text("x,y\n1,2\n")
    experiment = EXPERIMENT.with_value("task.data", "table").with_value("task.table", str(table))
    return recorded(3, experiment)


def test_a_small_table_travels_with_the_recording(own_table, tmp_path):
    file = tmp_path / "race.npz"
    own_table.save(file)
    assert Recording.load(file).experiment.task.table == str(tmp_path / "data" / "own.csv")
    (tmp_path / "data" / "own.csv").unlink()
    found = Recording.load(file)
    assert not found.notes
    found.save(tmp_path / "again.npz")
    found = Recording.load(tmp_path / "again.npz")
    found.unpack_table(tmp_path)
    assert found.experiment.task.table == str(tmp_path / "own.csv")
    assert (tmp_path / "own.csv").read_text() == "x,y\n1,2\n"


def test_a_table_changed_since_the_race_is_said_and_the_raced_one_still_travels(
    own_table, tmp_path
):
    file, table = tmp_path / "race.npz", tmp_path / "data" / "own.csv"
    own_table.save(file)
    table.write_text("x,y\n1,3\n")
    changed = Recording.load(file)
    (note,) = changed.notes
    assert "own.csv has changed since it was saved" in note
    assert "own copy is used" in note
    changed.save(file)
    changed = Recording.load(file)
    assert changed.table == b"x,y\n1,2\n"
    assert changed.outlived_table
    table.write_text("x,y\n1,2\n")
    assert not Recording.load(file).outlived_table


def test_a_table_too_large_to_travel_is_only_named(own_table, tmp_path):
    with (tmp_path / "data" / "own.csv").open("ab") as table:
        table.write(b"1,2\n" * 1_250_000)
    own_table.save(tmp_path / "race.npz")
    found = Recording.load(tmp_path / "race.npz")
    assert (found.table, found.notes) == (b"", ())
    (tmp_path / "data" / "own.csv").unlink()
    assert "cannot be read" in " ".join(Recording.load(tmp_path / "race.npz").notes)


def test_a_saved_recording_carries_no_absolute_path(own_table, tmp_path):
    own_table.save(tmp_path / "race.npz")
    with zipfile.ZipFile(tmp_path / "race.npz") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for text in (content, content.decode("utf-32-le", errors="ignore").encode()):
        assert str(tmp_path).encode() not in text
    with np.load(tmp_path / "race.npz", allow_pickle=False) as archive:
        assert str(tmp_path) not in str(archive["experiment"]) + str(archive["about"])
