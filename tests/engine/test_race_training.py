"""What a race trains, and what it spares; which of its units are dead or saturated."""

import numpy as np
import pytest
from small_race import assert_same_curves, curves_of, run, small

from engine import ACTIVATIONS, Contestant, Race, Refusal
from engine.optimizers import OPTIMIZERS

# 5. A contestant may override.


def test_a_contestants_own_rate_is_the_experiments_rate_for_it_alone():
    own = run(small((Contestant("relu", learning_rate=0.05), "relu")))
    shared = run(small(("relu",), training__learning_rate=0.05))
    assert_same_curves(curves_of(own, 0, 1), curves_of(shared, 0, 1))
    assert own.recording.curves.values("learning_rate")[-1].tolist() == [0.05, 0.003]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_a_rate_of_0_nothing_is_trained_and_all_is_read(optimizer):
    decays = {"training__weight_decay": 0.1, "training__l1": 0.1, "training__clip_norm": 1.0}
    untrained = Contestant("prelu", learning_rate=0)
    race = run(small((untrained, "prelu"), training__optimizer=optimizer, **decays))
    fresh, (still, moved) = Race(race.experiment), race._blocks
    np.testing.assert_array_equal(fresh._blocks[0].network.parameters, still.network.parameters)
    assert (still.network.parameters != moved.network.parameters).any()
    losses = race.recording.curves.values("test_loss")[:, 0]
    np.testing.assert_array_equal(losses, losses[:1].repeat(len(losses), axis=0))


# 7. Decay acts on weights only, unless told otherwise.


@pytest.mark.parametrize(("applies_to", "moved"), [("weights", False), ("all", True)])
def test_decay_spares_biases_and_trained_shapes(applies_to, moved):
    settings = {"training__weight_decay": 0.5, "training__decay_applies_to": applies_to}
    settings |= {"training__optimizer": "adamw", "network__initial_bias": 0.3}
    races = [Race(small(("prelu",), **settings)), Race(small(("prelu",), **settings))]
    races[1].intervene("training.weight_decay", 0.0)
    for race in races:
        race.advance(1)
    decayed, plain = (race._blocks[0].network for race in races)
    others = (plain.weight_mask == 0).nonzero()[0]
    changed = decayed.parameters != plain.parameters
    assert changed.any()
    assert changed[:, others].any() == moved


# 8. Trained parameters.


@pytest.mark.parametrize("mode", ["layer", "unit"])
def test_every_continuous_parameter_can_be_trained(mode):
    for key, record in ACTIVATIONS.items():
        if record.parameters:
            trained = {p.name: mode for p in record.parameters}
            race = run(small((Contestant(key, trained=trained),), training__learning_rate=0.01))
            for parameter in record.parameters:
                values = race.recording.layers.values(f"parameter.0.{parameter.name}")
                assert np.isfinite(values).all()
                assert np.any(values[0] != values[-1]), (key, parameter.name)


def test_a_random_leak_trains_with_draws_of_its_own_and_is_read_without():
    race = Race(small(("rrelu",)))
    block = race._blocks[0]
    inputs = race._data.test.inputs
    np.testing.assert_array_equal(block.predict(inputs), block.predict(inputs))
    workspace = block.trainer.workspaces.of(block.network, inputs.shape[2])
    trained = [block.network.forward(inputs, workspace, training=True).copy() for _ in range(2)]
    assert not np.array_equal(*trained)


# 9. Dead and saturated.


def test_born_dead_shares_follow_the_formula():
    """Lu, Shin, Su, Karniadakis 2019: one input, zero biases: 1 − (1 − 2⁻ⁿ)ᴸ of all networks."""
    layers, width, seeds = 5, 2, 256
    settings = {"network__depth": layers, "network__width": width, "population__seeds": seeds}
    race = Race(small(("relu",), task__data="abs", task__samples=20, **settings))
    race.advance(0)
    inputs = np.array([[[1.0], [1.0]]])
    outputs = np.concatenate([b.predict(inputs)[:, 0, 0].copy() for b in race._blocks])
    expected = 1 - (1 - 2.0**-width) ** layers
    spread = np.sqrt(expected * (1 - expected) / seeds)
    assert abs(np.mean(outputs == 0) - expected) < 4 * spread


def test_dead_units_are_those_without_any_derivative_on_the_probe():
    race = Race(small(("relu",)))
    race._blocks[0].network.layers[1].weights[0, 2, -1] = -1e3
    race.advance(20)
    dead = race.recording.layers.values("dead_share")
    assert dead[-1, 0, 0, 1] >= 1 / 5
    zero = race.recording.layers.values("zero_gradient_share")
    assert zero[-1, 0, 0, 1] >= 1 / 5
    assert any(e.kind == "died" and e.layer == 2 for e in race.recording.events)


def test_nothing_is_saturated_that_has_no_flat_tail():
    race = run(small(("relu", "leaky_relu", "sigmoid"), network__initializer="playground"))
    saturated = race.recording.layers.values("saturated_share")[:, :2, :, :-1]
    assert (saturated == 0).all()
    wide = run(small(("tanh",), network__initializer="he", task__data="circle"))
    assert (wide.recording.layers.values("saturated_share")[0, 0, :, 0] > 0).any()


# 12. Interventions.


def test_an_intervention_is_an_event_and_replays_to_the_same_curves():
    race = Race(small())
    race.advance(15)
    race.intervene("training.learning_rate", 0.03)
    race.intervene("training.batch_size", 4)
    race.advance(25)
    again = run(race.recording.replay_experiment())
    assert [e.step for e in race.recording.events if e.kind == "intervention"] == [15, 15]
    for seed in range(3):
        assert_same_curves(curves_of(race, 0, seed), curves_of(again, 0, seed))
    untouched = run(small())
    assert curves_of(untouched, 0, 0)["test_loss"][-1] != curves_of(race, 0, 0)["test_loss"][-1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("training.learning_rate", 0.3), ("training.weight_decay", 0.1),
        ("training.batch_size", 4), ("training.batch_size", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", [1, 13, 18])
def test_a_change_takes_hold_at_the_next_step_however_often_the_race_is_read(field, value, at):
    """Steps between readings are planned ahead, an epoch's batches each; read ones are not."""

    def after(every):
        race = Race(small(population__evaluate_every=every, population__record_every=every))
        race.advance(at)
        race.intervene(field, value)
        race.advance(31 - at)
        return np.concatenate([block.network.parameters for block in race._blocks], axis=None)

    np.testing.assert_array_equal(after(1), after(1000))


def test_of_two_changes_at_one_step_the_later_holds():
    race = Race(small())
    race.advance(5)
    race.intervene("training.learning_rate", 0.5)
    race.intervene("training.learning_rate", 0.02)
    race.advance(5)
    assert race.recording.curves.values("learning_rate")[-1, 0] == 0.02


def test_a_new_batch_size_keeps_the_epochs_order():
    race = Race(small(training__batch_size=10))
    race.advance(1)
    order = race._batches.epoch_points.inputs.copy()
    race.intervene("training.batch_size", 5)
    race.advance(4)
    np.testing.assert_array_equal(race._batches.epoch_points.inputs, order)
    assert race._batches.epoch == 1.0


@pytest.mark.parametrize("field", ["training.optimizer", "network.depth", "training.nothing"])
def test_only_live_settings_can_be_changed_in_a_race(field):
    with pytest.raises(Refusal):
        Race(small()).intervene(field, 1.0)
