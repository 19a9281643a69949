"""A race on real workers: the whole race's recording, and one answer where a share fails."""

import os
import signal

import pytest
from test_joining import SMALL, assert_same, raced
from watchers import watchers_gone

from engine.experiment import Experiment
from engine.race import Race
from engine.sections import TaskSettings
from engine.settings import Refusal
from engine.sweeps import SharedRace, local_cluster, shared_race
from engine.sweeps.shared_race import race_share

FIVE = SMALL.with_value("population.seeds", 5)
LONG = FIVE.with_value("training.steps", 1_000_000)


@pytest.fixture(scope="module")
def client():
    """Two workers for the tests that kill none; what stays with a process has begun by then."""
    with local_cluster(2) as client:
        list(SharedRace(Race(FIVE), 2).run(client, 1))
        yield client


@pytest.fixture(autouse=True)
def _watchers_gone(client):
    with watchers_gone():
        yield


def shared(experiment: Experiment, client, workers: int = 2) -> SharedRace:
    race = SharedRace(Race(experiment), workers)
    list(race.run(client, experiment.training.steps))
    return race


@pytest.mark.parametrize("workers", [2, 3])
def test_a_race_on_workers_is_bit_for_bit_the_race_in_one_process(client, workers):
    experiment = FIVE.with_value("network.initializer", "orthogonal")
    experiment = experiment.with_value("network.precision", "float32")
    race = shared(experiment, client, workers)
    assert_same(race.recording, raced(experiment))
    assert race.recording.looks == 1


def test_it_says_how_far_all_lanes_are_and_stops_when_nobody_asks(client):
    running = SharedRace(Race(LONG), 2).run(client, LONG.training.steps)
    assert 0 < next(step for step in running if step) < LONG.training.steps
    running.close()
    shared(FIVE, client)


def test_what_a_share_refuses_ends_the_race(client, tmp_path):
    table = tmp_path / "own.csv"
    rows = [f"{x / 10},{x % 7}" for x in range(60)]
    table.write_text("\n".join(["x,y", *rows]))
    race = SharedRace(
        Race(Experiment(task=TaskSettings(data="table", table=str(table)))), workers=2
    )
    table.write_text("\n".join(["x,y", *rows[::-1]]))
    with pytest.raises(Refusal, match=r"task.table = 'own.csv': has changed since the race"):
        list(race.run(client, 100))


def test_a_worker_that_is_killed_in_the_middle_is_replaced():
    with local_cluster(2) as client:
        race, killed = SharedRace(Race(FIVE.with_value("training.steps", 3000)), 2), False
        for step in race.run(client, 3000):
            if step and not killed:
                victim = next(iter(client.processing()))
                (pid,) = client.run(os.getpid, workers=[victim]).values()
                os.kill(pid, signal.SIGKILL)
                killed = True
    assert killed
    assert_same(race.recording, raced(FIVE.with_value("training.steps", 3000)))


def kills_its_worker(share, number, steps):
    """The second share takes every worker with it."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return race_share(share, number, steps)


def test_seeds_that_kill_every_worker_are_one_line(monkeypatch):
    monkeypatch.setattr(shared_race, "race_share", kills_its_worker)
    with (
        local_cluster(2) as client,
        pytest.raises(OSError, match="workers were lost twice over the same seeds"),
    ):
        list(SharedRace(Race(FIVE), 2).run(client, 60))
