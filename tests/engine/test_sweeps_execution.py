"""Sweeps on real workers: nothing finished is lost or repeated, and one bad race costs itself."""

import dataclasses
import importlib
import json
import os
import signal

import numpy as np
import pytest
from watchers import watchers_gone

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Race
from engine.recording import Recording
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.settings import Refusal
from engine.sweeps import (
    Axis,
    Execution,
    Sweep,
    SweepFolder,
    execution,
    local_cluster,
    user_cluster,
    write_report,
)
from engine.sweeps.task import task
from engine.tune import Tuning

SMALL = Experiment(
    task=TaskSettings(samples=60),
    network=NetworkSettings(width=4),
    training=TrainingSettings(steps=60, batch_size=10),
    population=PopulationSettings(seeds=3, memory=8),
    contestants=(Contestant("relu"), Contestant("elu")),
)
DEPTHS = Sweep(SMALL, (Axis("network.depth", (1, 2, 3)),), name="Depths")


@pytest.fixture(scope="module", autouse=True)
def client(tmp_path_factory):
    """Two workers for all tests that kill none; what stays with a process has begun by then."""
    with local_cluster(2) as client:
        one = Sweep(SMALL, (Axis("network.depth", (1,)),))
        for _ in Execution(one, SweepFolder(tmp_path_factory.mktemp("first"))).run(client):
            pass
        yield client


@pytest.fixture(autouse=True)
def _watchers_gone(client):
    with watchers_gone():
        yield


def done(sweep, folder, client):
    """Race all of a sweep; its execution, and the last that was heard of it."""
    racing = Execution(sweep, folder)
    return racing, [racing.progress, *racing.run(client)][-1]


def written(folder):
    """When each file of the races was last written."""
    return {path: path.stat().st_mtime_ns for path in folder.path.glob("races/*/*")}


def test_a_race_in_a_sweep_is_the_race_alone(client, tmp_path):
    folder = SweepFolder(tmp_path)
    _, last = done(DEPTHS, folder, client)
    assert (last.done, last.failed, last.races, last.share) == (3, 0, 3, 1)
    for race in DEPTHS.races():
        alone = Race(race.experiment)
        alone.advance(60)
        swept = Recording.load(folder.recording(race))
        assert swept.experiment == alone.experiment
        for name in set(swept.curves.names) - {"seconds"}:
            np.testing.assert_array_equal(
                swept.curves.values(name), alone.recording.curves.values(name)
            )
        result = folder.result(race)
        assert result is not None
        np.testing.assert_array_equal(
            result.outcomes["test_loss"], swept.curves.values("test_loss")[-1]
        )
        assert result.contestants == ("ReLU", "ELU 1")


def test_a_sweep_goes_on_where_it_was_stopped_and_repeats_nothing(client, tmp_path):
    folder = SweepFolder(tmp_path)
    running = Execution(DEPTHS, folder).run(client)
    for progress in running:
        if progress.done:
            break
    running.close()
    before = written(folder)
    assert 3 <= len(before) < 9
    wider = dataclasses.replace(DEPTHS, axes=(Axis("network.depth", (3, 1, 2, 4)),), name="More")
    _, last = done(wider, folder, client)
    after = written(folder)
    assert last.done == 4
    assert len(after) == 12
    assert before.items() <= after.items()
    again = Execution(wider, folder)
    assert again.finished
    assert (again.progress.done, again.progress.share, again.progress.seconds_left) == (4, 1, 0)
    assert not list(again.run(client))
    assert written(folder) == after


def test_races_that_were_stopped_leave_their_workers(client, tmp_path):
    endless = SMALL.with_value("training.steps", 10_000_000)
    sweep = Sweep(endless, (Axis("network.depth", (1, 2, 3, 4)),))
    running = Execution(sweep, SweepFolder(tmp_path / "endless")).run(client)
    for _ in running:
        if all(client.run(lambda dask_worker: dask_worker.state.executing_count).values()):
            break
    running.close()
    _, last = done(DEPTHS, SweepFolder(tmp_path / "depths"), client)
    assert last.done == 3


def page_faults(experiment):
    """How often a race that has begun is given memory by the system, in 50 steps."""
    import resource

    race = Race(experiment)
    race.advance(20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    race.advance(50)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_a_worker_keeps_its_memory_from_step_to_step(client):
    pytest.importorskip("resource", reason="pages are not counted here")
    digits = dataclasses.replace(SMALL, task=TaskSettings(data="digits"))
    digits = dataclasses.replace(digits, network=NetworkSettings(widths=(64, 64)))
    lane_steps = digits.population.seeds * len(digits.contestants) * 50
    assert client.submit(page_faults, digits, pure=False).result() < 10 * lane_steps


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(tmp_path):
    folder = SweepFolder(tmp_path)
    longer = dataclasses.replace(
        DEPTHS,
        experiment=SMALL.with_value("training.steps", 600),
        axes=(Axis("network.depth", (1, 2, 3, 4, 5)),),
    )
    with local_cluster(2) as client:
        before = {}
        for last in Execution(longer, folder).run(client):
            if last.done and not before:
                before = written(folder)
                victim = next(iter(client.processing()))
                (pid,) = client.run(os.getpid, workers=[victim]).values()
                os.kill(pid, signal.SIGKILL)
    assert (last.done, last.failed) == (5, 0)
    assert 3 <= len(before) < 15
    assert before.items() <= written(folder).items()


def kills_its_worker(experiment, tuned, timeout, home):
    """The race of two layers takes every worker with it."""
    if experiment.network.depth == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return task(experiment, tuned, timeout, home)


def test_a_race_that_kills_every_worker_it_meets_costs_only_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "task", kills_its_worker)
    folder = SweepFolder(tmp_path)
    with local_cluster(2) as client:
        racing, last = done(DEPTHS, folder, client)
    assert (last.done, last.failed, last.share) == (2, 1, 1)
    doomed = [race.key for race in DEPTHS.races() if race.values["network.depth"] == 2]
    assert list(racing.failures) == doomed
    assert "lost" in racing.failures[doomed[0]]
    write_report(DEPTHS, folder, racing.failures)
    races = json.loads((tmp_path / "sweep.json").read_text())["races"]
    assert [race["state"] for race in races] == ["done", "failed", "done"]
    assert [race.get("reason") for race in races] == [None, racing.failures[doomed[0]], None]


def test_what_a_race_refuses_costs_only_itself(client, tmp_path):
    sigmoid = dataclasses.replace(SMALL, contestants=(Contestant("sigmoid"), Contestant("relu")))
    sweep = Sweep(sigmoid, (Axis("contestant.1.initializer", ("forward", "critical")),))
    racing, last = done(sweep, SweepFolder(tmp_path), client)
    assert (last.done, last.failed) == (1, 1)
    (reason,) = racing.failures.values()
    assert "critical" in reason


def test_a_sweep_that_is_stopped_remembers_what_failed_before_and_was_not_tried_again(
    client, tmp_path
):
    folder, (first, _, third) = SweepFolder(tmp_path), DEPTHS.races()
    write_report(DEPTHS, folder, {first.key: "it broke", third.key: "it broke too"})
    racing = Execution(DEPTHS, folder)
    running = racing.run(client)
    next(progress for progress in running if progress.done)
    running.close()
    racing.write_report()
    undone = [race for race in (first, third) if not folder.has(race)]
    assert [race for race, _ in folder.failed(DEPTHS)] == undone


def test_what_takes_too_long_is_given_up(client, tmp_path):
    endless = SMALL.with_value("training.steps", 10_000_000)
    sweep = Sweep(endless, (Axis("network.depth", (1,)),), timeout=1)
    racing, last = done(sweep, SweepFolder(tmp_path), client)
    assert (last.done, last.failed) == (0, 1)
    assert list(racing.failures.values()) == ["took longer than 1 s"]


def test_rates_are_tuned_at_every_point_and_an_edge_is_warned_of(client, tmp_path):
    experiment = SMALL.with_value("training.learning_rate", 1e-5)
    sweep = Sweep(experiment, (Axis("network.depth", (1, 2)),), tuned=True)
    folder = SweepFolder(tmp_path)
    done(sweep, folder, client)
    for race in sweep.races():
        tuning = Tuning(race.experiment)
        for _ in tuning.run():
            pass
        result = folder.result(race)
        assert result is not None
        assert list(result.rates) == [c.learning_rate for c in tuning.tuned.contestants]
        assert result.warnings == tuning.warnings
        assert any("edge of the grid" in warning for warning in result.warnings)
        assert "at this learning rate" not in result.headline


def test_a_damaged_result_is_no_result(client, tmp_path):
    folder = SweepFolder(tmp_path)
    done(DEPTHS, folder, client)
    first, *_ = DEPTHS.races()
    (folder.of(first) / "result.json").write_text("{")
    assert folder.result(first) is None
    _, last = done(DEPTHS, folder, client)
    assert last.done == 3
    assert folder.result(first) is not None


def test_the_users_own_cluster_races_as_well(client, tmp_path):
    with user_cluster(client.scheduler.address) as theirs:
        _, last = done(DEPTHS, SweepFolder(tmp_path), theirs)
    assert last.done == 3


@pytest.mark.parametrize("address", ["nowhere", "http://127.0.0.1:9", ""])
def test_an_address_of_no_scheduler_is_one_line(address):
    with (
        pytest.raises(Refusal, match=r"cluster = .*: cannot be reached: ") as refused,
        user_cluster(address),
    ):
        pass
    assert len(str(refused.value).splitlines()) == 1


def test_a_worker_is_no_scheduler(client):
    worker = next(iter(client.nthreads()))
    with (
        pytest.raises(Refusal, match="must be a scheduler; a Worker answers"),
        user_cluster(worker),
    ):
        pass


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        ("distributed.versions", "get_package_info", r"must have python .*; tcp://.* has none"),
        ("engine.sweeps.cluster", "source_version", "must have this laboratory's files; tcp://"),
    ],
)
def test_workers_that_would_race_otherwise_are_refused(client, module, name, said):
    def pretend():
        room = importlib.import_module(module)
        room.own = getattr(room, name)
        setattr(room, name, lambda *_: {})

    def be_honest():
        room = importlib.import_module(module)
        setattr(room, name, room.own)

    victim = [next(iter(client.nthreads()))]
    client.run(pretend, workers=victim)
    try:
        with pytest.raises(Refusal, match=said), user_cluster(client.scheduler.address):
            pass
    finally:
        client.run(be_honest, workers=victim)


@pytest.mark.parametrize("workers", [0, -1, 1000])
def test_a_number_of_workers_out_of_range_is_refused(workers):
    with (
        pytest.raises(Refusal, match=f"workers = {workers}: must be 1 to"),
        local_cluster(workers),
    ):
        pass
