"""The worker takes the steps it is granted, and no others, and can always be left."""

import time

import numpy as np
import pytest

from engine.race import Race
from engine.recording import Event, Row
from engine.settings import Refusal
from gui.worker import INBOX_LIMIT, SLOW, Worker

PATIENCE = 20


@pytest.fixture
def worker_for():
    workers = []

    def make(experiment):
        worker = Worker(lambda look: Race(experiment, look))
        workers.append(worker)
        return worker

    yield make
    for worker in workers:
        worker.leave()
        assert worker.join(PATIENCE)


def test_takes_exactly_the_steps_it_is_granted(worker_for, small):
    worker = worker_for(small)
    for steps, stands_at in ((1, 1), (7, 8), (30, 38)):
        worker.go(steps)
        assert worker.join(PATIENCE)
        assert (worker.state, worker.race.step, worker.steps_done) == (
            "paused",
            stands_at,
            stands_at,
        )


def test_the_epoch_it_says_is_that_of_its_steps(worker_for, small, qtbot):
    """Of a running race too, of which nobody takes a photograph."""
    worker = worker_for(small.with_value("training.steps", 0))
    worker.go()
    qtbot.waitUntil(lambda: worker.steps_done > 200, timeout=20_000)
    steps = worker.steps_done
    per_epoch = worker.race.recording.facts.steps_per_epoch
    assert worker.snapshot.step == 0
    assert worker.epoch >= steps / per_epoch - 1e-9
    worker.pause()
    assert worker.join(PATIENCE)
    assert worker.epoch == pytest.approx(worker.steps_done / per_epoch, abs=1 / per_epoch)


def test_pausing_changes_no_number(worker_for, small):
    alone = Race(small)
    alone.advance(small.training.steps)
    worker = worker_for(small)
    for steps in (1, 3, 50, 0, 13, np.inf):
        worker.go(steps)
        assert worker.join(PATIENCE)
    assert worker.state == "finished"
    recording = worker.race.recording
    for record in worker.inbox:
        recording.add(record)
    assert recording.events == alone.recording.events
    for name in ("train_loss", "test_loss", "gradient_norm"):
        np.testing.assert_array_equal(
            recording.curves.values(name), alone.recording.curves.values(name)
        )


def test_pause_stops_a_free_run(worker_for, endless):
    worker = worker_for(endless)
    worker.go()
    while worker.steps_done == 0:
        worker.inbox.clear()
    worker.pause()
    assert worker.join(PATIENCE)
    stands_at = worker.race.step
    assert worker.state == "paused"
    assert worker.snapshot.step == stands_at
    worker.go(2)
    assert worker.join(PATIENCE)
    assert worker.race.step == stands_at + 2


def test_can_be_left_in_the_middle_of_a_huge_step(worker_for, huge):
    worker = worker_for(huge)
    worker.go()
    while worker.state == "preparing":
        time.sleep(0)
    worker.leave()
    assert worker.join(2)
    worker.go()
    assert worker.join(0)


def test_an_intervention_is_recorded_at_its_step(worker_for, small):
    worker = worker_for(small)
    worker.go(5)
    assert worker.join(PATIENCE)
    worker.intervene("training.learning_rate", 0.5)
    worker.go(5)
    assert worker.join(PATIENCE)
    events = [r for r in worker.inbox if isinstance(r, Event) and r.kind == "intervention"]
    assert [(e.step, e.field, e.value) for e in events] == [(5, "training.learning_rate", 0.5)]


def test_keeps_to_the_chosen_speed(worker_for, small):
    worker = worker_for(small)
    worker.go(1)
    assert worker.join(PATIENCE)
    worker.set_speed(20)
    began = time.perf_counter()
    worker.go(5)
    assert worker.join(PATIENCE)
    assert time.perf_counter() - began > 0.19  # the first at once, then four a twentieth apart
    assert worker.race.step == 6


def test_a_change_of_speed_keeps_the_grant(worker_for, small):
    worker = worker_for(small)
    worker.set_speed(1)
    worker.go(40)
    while worker.steps_done < 1:
        time.sleep(0)
    worker.set_speed(None)
    assert worker.join(PATIENCE)
    assert worker.race.step == 40


def test_waits_for_a_window_that_does_not_read(worker_for, endless):
    busy = endless.with_value("population.evaluate_every", 1)
    worker = worker_for(busy)
    worker.go()
    while len(worker.inbox) <= INBOX_LIMIT:
        time.sleep(0)
    full = len(worker.inbox)
    assert not worker.join(0.1)
    assert len(worker.inbox) <= full + 10
    worker.pause()
    assert worker.join(PATIENCE)


def test_photographs_only_when_asked(worker_for, endless):
    worker = worker_for(endless)
    worker.go()
    while worker.steps_done < 50:
        worker.inbox.clear()
    assert worker.take_snapshot().step == 0
    stands_at = worker.steps_done
    while worker.steps_done < stands_at + 50:
        worker.inbox.clear()
    assert worker.take_snapshot() is None
    stands_at = worker.steps_done
    worker.ask_for_snapshot()
    while (snapshot := worker.take_snapshot()) is None:
        worker.inbox.clear()
    assert snapshot.step >= stands_at


def test_steps_that_are_asked_for_are_shown_whole_and_a_running_race_is_not(worker_for, endless):
    worker = worker_for(endless)
    worker.go(3)
    assert worker.join(PATIENCE)
    assert {row.step for row in worker.take_snapshot().rows} == {3}
    worker.set_speed(SLOW)
    worker.go()
    worker.ask_for_snapshot()
    while (snapshot := worker.take_snapshot()) is None:
        time.sleep(0)
    assert {row.step for row in snapshot.rows} == {snapshot.step}
    worker.set_speed(None)
    stands_at = worker.steps_done
    while worker.steps_done < stands_at + 50:
        worker.inbox.clear()
    # Rows come so often that none is read for display, unless the machine stood still.
    while (snapshot := worker.take_snapshot()) is None or snapshot.rows:
        worker.ask_for_snapshot()
        worker.inbox.clear()
    assert snapshot.step >= stands_at


def test_a_closed_gate_does_not_hold_the_race_for_good(worker_for, small):
    worker = worker_for(small)
    worker.close_gate()
    worker.go(1)
    assert worker.join(PATIENCE)
    assert worker.race.step == 1


@pytest.mark.parametrize("error", [Refusal("task.table", "x", "must exist"), MemoryError()])
def test_what_goes_wrong_is_handed_on(error):
    def build(look):
        raise error

    worker = Worker(build)
    worker.go()
    assert worker.join(PATIENCE)
    assert (worker.state, worker.error) == ("failed", error)


def test_a_race_whose_records_are_rare_is_seen_between_them(qtbot, worker_for, small):
    """Asked again and again, as the window does; what is recorded stays as rare as it was."""
    endless = small.with_value("training.steps", 0)
    seldom = endless.with_value("population.evaluate_every", 1_000_000)
    worker = worker_for(seldom.with_value("population.record_every", 1_000_000))
    worker.go()
    seen = []

    def look():
        worker.ask_for_snapshot()
        if snapshot := worker.take_snapshot():
            seen.extend(row.step for row in snapshot.rows)
        return len(set(seen)) > 2

    qtbot.waitUntil(look, timeout=PATIENCE * 1000)
    assert sorted(seen) == seen
    assert {record.step for record in worker.inbox if isinstance(record, Row)} == {0}


class Snatched(Worker):
    """One whose photographs are gone as soon as they are there: the window may be that quick."""

    snapshot = property(lambda self: None, lambda self, made: None)


def test_a_photograph_that_is_taken_away_at_once_is_missed_by_nobody(small):
    worker = Snatched(lambda look: Race(small, look))
    worker.go()
    assert worker.join(PATIENCE)
    assert worker.state == "finished", worker.error
