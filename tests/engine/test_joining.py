"""Seeds that join a race afterwards: as if all had raced together, bit for bit."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest
from by_hand import race_of

from engine.comparisons import comparisons
from engine.contestant import Contestant
from engine.experiment import Experiment, Intervention
from engine.joining import further, join, more_seeds, race_to_join, shares, together
from engine.race import Race
from engine.recording import Recording
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.settings import Refusal
from engine.track import Track

SMALL = Experiment(
    task=TaskSettings(data="xor", samples=60),
    network=NetworkSettings(depth=2, width=4, precision="float64"),
    training=TrainingSettings(steps=60, batch_size=8, learning_rate=0.03),
    population=PopulationSettings(seeds=3, evaluate_every=7, record_every=9, hold=2, memory=8),
    contestants=(Contestant("relu"), Contestant("prelu"), Contestant("rrelu")),
    interventions=(Intervention(20, "training.learning_rate", 0.01),),
)


def raced(experiment: Experiment, steps: int | None = None) -> Recording:
    race = Race(experiment)
    race.advance(experiment.training.steps if steps is None else steps)
    return race.recording


def assert_same(joined: Recording, together: Recording) -> None:
    """Everything but the clock."""
    assert joined.experiment == together.experiment
    assert dataclasses.asdict(joined.facts) | {"baseline": 0} == (
        dataclasses.asdict(together.facts) | {"baseline": 0}
    )
    np.testing.assert_array_equal(joined.facts.baseline, together.facts.baseline)
    assert sorted(map(repr, joined.events)) == sorted(map(repr, together.events))
    assert [e.step for e in joined.events] == sorted(e.step for e in joined.events)
    assert (joined.fit is None) == (together.fit is None)
    if joined.fit and together.fit:
        found, expected = joined.fit.to_arrays(), together.fit.to_arrays()
        assert found.keys() == expected.keys()
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
    for name, track in together.tracks.items():
        found, expected = joined.tracks[name].to_arrays(), track.to_arrays()
        assert found.keys() == expected.keys()
        for key in expected.keys() - {"seconds/last"}:
            np.testing.assert_array_equal(found[key], expected[key], err_msg=key)


CHANGES = (
    {},
    {"population.same_data": True, "population.same_order": True},
    {"population.same_data": True},
    {"population.same_order": True, "population.first_seed": 40},
    {"network.precision": "float32"},
    {"network.precision": "bfloat16"},
    {"task.data": "penguins", "task.validation_share": 0.2},
    {"network.depth": 0},
    {"task.data": "digits"},
    {"task.data": "formula", "population.histogram_seed": 2},
    {
        "task.validation_share": 0.2,
        "population.early_stopping": "validation_loss",
        "network.initializer": "orthogonal",
    },
)


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_joined_is_bit_for_bit_as_if_all_had_raced_together(changes):
    experiment = SMALL
    for path, value in changes.items():
        experiment = experiment.with_value(path, value)
    together = raced(experiment.with_value("population.seeds", 5))
    joined = more_seeds(raced(experiment), 2)
    assert_same(joined, together)
    one_by_one = more_seeds(more_seeds(raced(experiment.with_value("population.seeds", 3)), 1), 1)
    assert_same(one_by_one, together)
    assert (together.looks, joined.looks, one_by_one.looks) == (1, 2, 3)


def raced_in_shares(experiment: Experiment, count: int) -> Recording:
    recordings = []
    for share in shares(Race(experiment).experiment, count):
        race = race_to_join(share)
        race.advance(experiment.training.steps)
        recordings.append(race.recording)
    return functools.reduce(together, recordings)


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_race_in_shares_is_bit_for_bit_the_whole_race(changes):
    experiment = SMALL.with_value("population.seeds", 7)
    for path, value in changes.items():
        experiment = experiment.with_value(path, value)
    together = raced(experiment)
    for count in (1, 2, 3):
        in_shares = raced_in_shares(experiment, count)
        assert_same(in_shares, together)
        assert in_shares.looks == 1


def test_automatic_values_and_changes_out_of_order_are_those_of_the_whole_race():
    experiment = dataclasses.replace(
        SMALL,
        population=PopulationSettings(seeds=5, memory=8),
        interventions=tuple(
            Intervention(step, "training.learning_rate", rate)
            for step, rate in ((40, 0.002), (20, 0.01), (20, 0.02))
        ),
    )
    assert_same(raced_in_shares(experiment, 2), raced(experiment))


def test_shares_whose_lanes_have_all_diverged_wait_for_the_others():
    fates = [gone(diverging(1, seed)) for seed in range(12)]
    triples = {
        fate: seed for seed, fate in enumerate(zip(fates, fates[1:], fates[2:], strict=False))
    }
    assert len(triples) >= 4, "the rate is no mixture"
    for seed in triples.values():
        experiment = diverging(3, seed)
        assert_same(raced_in_shares(experiment, 3), raced(experiment))


@pytest.mark.parametrize(("count", "alone", "most"), [(0, 1, 5), (-1, 1, 5), (6, 1, 5), (3, 3, 2)])
def test_no_share_is_without_seeds_and_the_first_has_the_one_looked_at_alone(count, alone, most):
    experiment = SMALL.with_value("population.seeds", 5)
    experiment = experiment.with_value("population.histogram_seed", alone)
    with pytest.raises(Refusal, match=f"workers = {count}: must be 1 to {most}: each races seeds"):
        shares(experiment, count)
    sizes = [share.population.seeds for share in shares(experiment, most)]
    assert sum(sizes) == 5
    assert max(sizes) - min(sizes) <= 1
    assert sizes[0] >= alone


def test_of_more_seeds_than_a_fit_shows_the_first_are_kept():
    experiment = SMALL.with_value("population.seeds", 14)
    together = raced(SMALL.with_value("population.seeds", 18))
    assert_same(more_seeds(raced(experiment), 4), together)


def test_of_more_seeds_than_the_last_look_may_work_on_the_first_are_kept(monkeypatch):
    """A straight-line net of 8 units and 37 weights: so much work is four seeds."""
    monkeypatch.setattr("engine.last_look.MOST_WORK", 4 * (8 + 1) * 37)
    together = raced(SMALL.with_value("population.seeds", 6))
    assert {e.seed for e in together.events if e.kind == "pieces"} == {0, 1, 2, 3}
    assert_same(more_seeds(raced(SMALL), 3), together)


def test_a_recording_from_its_file_takes_more_seeds_and_remembers_the_looks(tmp_path):
    joined = more_seeds(raced(SMALL), 2)
    joined.save(tmp_path / "race.npz")
    again = Recording.load(tmp_path / "race.npz")
    assert again.looks == 2
    assert {found.look for found in comparisons(again)} == {2}
    together = raced(SMALL.with_value("population.seeds", 6))
    assert_same(more_seeds(again, 1), together)


def test_what_was_changed_while_it_raced_happens_to_the_others_too():
    quiet = dataclasses.replace(SMALL, interventions=())
    races = [Race(quiet), Race(quiet.with_value("population.seeds", 5))]
    for race in races:
        race.advance(30)
        race.intervene("training.learning_rate", 0.001)
        race.advance(30)
    assert_same(more_seeds(races[0].recording, 2), races[1].recording)


def test_a_race_that_was_stopped_takes_seeds_as_far_as_it_came():
    for experiment in (SMALL, SMALL.with_value("training.steps", 0)):
        together = raced(experiment.with_value("population.seeds", 5), 35)
        assert_same(more_seeds(raced(experiment, 35), 2), together)


def test_the_joined_recording_is_as_coarse_as_its_memory_asks(monkeypatch):
    """Thinned by different widths before, by the same one after."""
    long = SMALL.with_value("training.steps", 600)
    long = long.with_value("population.evaluate_every", 1).with_value("population.record_every", 1)
    room = {"curves": 150_000, "layers": 1_400_000, "units": 60_000}
    monkeypatch.setattr("engine.recording._memory", lambda experiment, track: (room[track], 1.0))
    first, together = raced(long), raced(long.with_value("population.seeds", 8))
    joined = more_seeds(first, 5)
    assert together.curves.width > first.curves.width > 1
    assert_same(joined, together)
    for name, track in joined.tracks.items():
        assert track.nbytes <= room[name]


@pytest.mark.parametrize("recorded", [*range(36, 84), 200, 333])
def test_a_coarsened_track_is_one_that_had_less_room(recorded):
    channels = raced(SMALL, 0).curves.channels
    roomy, tight = Track(channels, 2_000_000), Track(channels, 60_000)
    for step in range(recorded):
        row = {name: np.full(c.shape, step % 7 - step / 99) for name, c in channels.items()}
        roomy.add(step, row)
        tight.add(step, row)
    while roomy.width < tight.width:
        roomy.coarsen()
    for key, array in tight.to_arrays().items():
        np.testing.assert_array_equal(roomy.to_arrays()[key], array)


def diverging(seeds: int, first_seed: int = 0) -> Experiment:
    """Some seeds diverge at this rate, others do not."""
    return dataclasses.replace(
        SMALL,
        task=TaskSettings(data="formula", samples=60),
        contestants=(Contestant("identity"),),
        interventions=(),
        training=TrainingSettings(
            steps=60, batch_size=8, optimizer="sgd", learning_rate=0.4, schedule="cosine"
        ),
        population=dataclasses.replace(SMALL.population, seeds=seeds, first_seed=first_seed),
    )


def gone(experiment: Experiment) -> bool:
    race = Race(experiment)
    race.advance(60)
    return race.finished and race.step < 60


def test_seeds_join_where_all_lanes_of_either_race_had_diverged():
    fates = [gone(diverging(1, seed)) for seed in range(12)]
    pairs = {(a, b): seed for seed, (a, b) in enumerate(itertools.pairwise(fates))}
    assert {(True, False), (False, True), (True, True)} <= pairs.keys(), "the rate is no mixture"
    for seed in pairs.values():
        together = raced(diverging(2, seed))
        assert_same(more_seeds(raced(diverging(1, seed)), 1), together)


def test_a_race_without_a_limit_has_not_ended_while_seeds_that_join_still_run():
    def endless(seeds: int, first_seed: int) -> Experiment:
        training = dataclasses.replace(SMALL.training, steps=0, optimizer="sgd", learning_rate=0.4)
        return dataclasses.replace(diverging(seeds, first_seed), training=training)

    ends = []
    for seed in range(12):
        race = Race(endless(1, seed))
        race.advance(60)
        ends.append(race.finished)
    pairs = {(a, b): seed for seed, (a, b) in enumerate(itertools.pairwise(ends))}
    assert {(True, False), (False, True)} <= pairs.keys(), "the rate is no mixture"
    for seed in pairs.values():
        first = raced(endless(1, seed), 60)
        together = raced(endless(2, seed), first.last_step)
        assert_same(more_seeds(first, 1), together)


def test_other_experiments_and_other_lengths_are_refused():
    recording = raced(SMALL)
    other = Race(further(recording, 2).with_value("training.weight_decay", 0.1))
    with pytest.raises(Refusal, match="must be of further seeds of the race"):
        join(recording, other.recording)
    with pytest.raises(Refusal, match="must be of further seeds"):
        join(recording, recording)
    short = Race(further(recording, 2))
    short.advance(30)
    with pytest.raises(Refusal, match=r"last step = 2[78]: must be 60"):
        join(recording, short.recording)


def test_a_table_that_has_changed_takes_no_more_seeds(tmp_path):
    table = tmp_path / "own.csv"
    rows = [f"{x / 10},{x % 7}" for x in range(60)]
    table.write_text("\n".join(["x,y", *rows]))
    task = TaskSettings(data="table", table=str(table))
    recording = raced(dataclasses.replace(SMALL, task=task))
    assert more_seeds(recording, 1).experiment.population.seeds == 4
    table.write_text("\n".join(["x,y", *rows[::-1]]))
    with pytest.raises(Refusal, match=r"task.table = 'own.csv': has changed since the race"):
        more_seeds(recording, 1)


def test_too_many_seeds_and_a_race_that_never_began_are_refused():
    with pytest.raises(Refusal, match=r"more seeds = 254: must be 1 to 253"):
        further(raced(SMALL), 254)
    with pytest.raises(Refusal, match="must be of a race that has begun"):
        further(Race(SMALL).recording, 2)
    with pytest.raises(Refusal, match="more seeds = 0: must be 1 to 253"):
        further(race_of(np.ones((2, 3))), 0)
