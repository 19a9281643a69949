"""How long units have been dead, and how often they died and came back."""

import numpy as np

from engine.contestant import Contestant
from engine.deaths import DeathClock, changes
from engine.experiment import Experiment
from engine.race import Race
from engine.recording import Recording
from engine.report import summary
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.spans import Spans


def test_a_unit_that_comes_back_and_dies_again_starts_anew():
    clock, units = DeathClock(), Spans(1, [1, 1, 1])
    alive = np.nan
    for step, dead, ages in (
        (0, [1, 0, 0], [0, alive, alive]),
        (10, [1, 1, 0], [10, 0, alive]),
        (25, [1, 1, 0], [25, 15, alive]),
        (30, [0, 1, 1], [alive, 20, 0]),
        (40, [1, 1, 1], [0, 30, 10]),
    ):
        clock.read(step, np.array(dead, bool))
        np.testing.assert_array_equal(clock.mean_age(step, units), [ages])


def test_what_changed_is_said_once():
    clock = DeathClock()
    first, then = np.array([True, False, True]), np.array([True, True, False])
    for dead, died, revived in ((first, first, 0 * first), (then, [0, 1, 0], [0, 0, 1])):
        changed = clock.read(5, dead)
        np.testing.assert_array_equal(changed["died"], np.array(died, bool))
        np.testing.assert_array_equal(changed["revived"], np.array(revived, bool))
    assert not any(mask.any() for mask in clock.read(6, then).values())


def test_the_mean_is_over_dead_units_alone():
    clock = DeathClock()
    clock.read(3, np.array([True, False, True, False, False, False]))
    clock.read(7, np.array([True, True, True, False, False, False]))
    np.testing.assert_array_equal(clock.mean_age(13, Spans(2, [3])), [[26 / 3], [np.nan]])


def test_a_race_keeps_deaths_revivals_and_times_that_fit_together(tmp_path):
    race = Race(
        Experiment(
            task=TaskSettings(data="circle", samples=100),
            network=NetworkSettings(depth=3, width=6),
            training=TrainingSettings(steps=200, optimizer="adam", learning_rate=0.1),
            population=PopulationSettings(seeds=6, record_every=5, memory=16),
            contestants=(Contestant("relu"), Contestant("leaky_relu")),
        )
    )
    race.advance(200)
    layers = race.recording.layers
    died, revived = (changes(race.recording, kind) for kind in ("died", "revived"))
    dead = np.rint(layers.values("dead_share")[-1, :, :, :3] * 6).astype(int)
    np.testing.assert_array_equal(died - revived, dead)
    assert revived[0].any()
    assert not died[1].any()
    times, shares = layers.values("dead_time"), layers.values("dead_share")
    np.testing.assert_array_equal(np.isfinite(times), shares > 0)
    steps = layers.steps[:, 1]
    assert np.nanmax(times / np.maximum(steps, 1)[:, None, None, None]) <= 1
    race.recording.save(tmp_path / "r.npz")
    loaded = Recording.load(tmp_path / "r.npz")
    np.testing.assert_array_equal(changes(loaded, "revived"), revived)
    for place, result in enumerate(summary(loaded)["results"]):
        assert (result["died"], result["revived"]) == (died[place].sum(), revived[place].sum())


def test_first_layer_units_that_die_while_the_inputs_stay_are_dead_for_good():
    """No gradient reaches them: their time grows with the steps."""
    race = Race(
        Experiment(
            task=TaskSettings(data="circle", samples=100),
            network=NetworkSettings(depth=1, width=8, initial_bias=-1.0),
            training=TrainingSettings(steps=40, learning_rate=0.0001, batch_size=0),
            population=PopulationSettings(seeds=8, record_every=10, memory=16),
            contestants=(Contestant("relu"),),
        )
    )
    for block in race._blocks:
        block.network.layers[0].weights[:, 0] = [0.0, 0.0, -1.0]
    race.advance(40)
    shares = race.recording.layers.values("dead_share")[-1, 0, :, 0]
    times = race.recording.layers.values("dead_time")[-1, 0, :, 0]
    assert (shares == 1 / 8).any()
    np.testing.assert_array_equal(times[shares == 1 / 8], 40)
    assert not changes(race.recording, "revived").any()
