"""The laws of a race."""

import dataclasses
import hashlib

import numpy as np
import pytest

from engine import ACTIVATIONS, Contestant, Experiment, Race, Refusal
from engine.cost import cost_per_step
from engine.initializers import INITIALIZERS
from engine.measures import MEASURES
from engine.optimizers import OPTIMIZERS
from engine.ready import replay
from engine.recording import Event, Recording, Row


def small(contestants=("relu", "prelu"), **changes):
    """A short float64 race; changes are named `section__field`."""
    values = {
        "task__samples": 60,
        "network__depth": 3,
        "network__width": 5,
        "network__precision": "float64",
        "training__batch_size": 7,
        "training__steps": 40,
        "population__seeds": 3,
        "population__evaluate_every": 10,
        "population__record_every": 20,
    } | changes
    experiment = Experiment(
        contestants=tuple(c if isinstance(c, Contestant) else Contestant(c) for c in contestants)
    )
    for path, value in values.items():
        experiment = experiment.with_value(path.replace("__", "."), value)
    return experiment


def run(experiment, *steps):
    race = Race(experiment)
    for count in steps or (experiment.training.steps,):
        race.advance(count)
    return race


def curves_of(race, contestant, seed):
    """Every curve of one lane, all rows."""
    track = race.recording.curves
    lanes = (len(race.experiment.contestants), race.experiment.population.seeds)
    return {
        name: track.values(name)[:, contestant, seed]
        for name, channel in track.channels.items()
        if channel.shape == lanes
    }


def layers_of(race, contestant, seed):
    """Everything measured in one lane's layers, all rows."""
    track = race.recording.layers
    measured = [name for name in track.names if name in MEASURES]
    return {name: track.values(name)[:, contestant, seed] for name in measured}


def assert_same_curves(one, other):
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


# 1. Paired by construction.


def test_contestants_of_a_seed_share_data_split_draws_and_order():
    race = run(small(("relu", "relu")))
    for seed in range(3):
        assert_same_curves(curves_of(race, 0, seed), curves_of(race, 1, seed))


def test_seeds_differ_unless_data_and_order_are_pinned():
    race = run(small())
    assert not np.array_equal(
        curves_of(race, 0, 0)["test_loss"], curves_of(race, 0, 1)["test_loss"]
    )
    pinned = Race(small(population__same_data=True, population__same_order=True))
    assert len(pinned._data.train.inputs) == 1


@pytest.mark.parametrize("initializer", sorted(set(INITIALIZERS) - {"playground", "squares"}))
def test_a_gain_scales_the_same_draws(initializer):
    contestants = tuple(Contestant("tanh", initializer=initializer, gain=g) for g in (0.5, 1.0))
    race = Race(small(contestants))
    one, two = (block.network.layers[2].weights for block in race._blocks)
    np.testing.assert_allclose(two[:, :, :-1], 2 * one[:, :, :-1], rtol=1e-12)


# 2. A lane does not feel its company.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_lane_is_bit_for_bit_the_same_in_any_company(optimizer):
    settings = {"training__optimizer": optimizer, "training__clip_norm": 1.0}
    settings |= {"training__weight_decay": 0.01, "training__l1": 0.001, "training__l2": 0.001}
    alone = run(small(("prelu",), population__seeds=1, population__first_seed=1, **settings))
    beside = run(small(("elu", "prelu", "gelu"), population__seeds=70, **settings))
    assert_same_curves(curves_of(alone, 0, 0), curves_of(beside, 1, 1))
    assert_same_curves(layers_of(alone, 0, 0), layers_of(beside, 1, 1))


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_activation_is_deaf_to_its_company(key):
    alone = run(small((key,), population__seeds=1, population__first_seed=2))
    beside = run(small(("relu", key), population__seeds=5))
    assert_same_curves(curves_of(alone, 0, 0), curves_of(beside, 1, 2))


@pytest.mark.parametrize("batch_size", [1, 7, 30, 0])
def test_steps_taken_one_by_one_or_at_once_give_the_same_curves(batch_size):
    experiment = small(training__batch_size=batch_size)
    at_once, one_by_one = run(experiment), run(experiment, *[1] * 40)
    in_parts = run(experiment, 3, 14, 23)
    for other in (one_by_one, in_parts):
        for contestant in range(2):
            assert_same_curves(curves_of(at_once, contestant, 1), curves_of(other, contestant, 1))


def test_a_diverging_lane_leaves_the_others_alone_and_is_a_result():
    wild = Contestant("leaky_relu", learning_rate=100.0)
    settings = {
        "task__data": "plane",
        "training__optimizer": "sgd",
        "training__learning_rate": 0.01,
    }
    race = run(small((wild, "relu"), **settings))
    calm = run(small(("relu",), **settings))
    diverged = [event for event in race.recording.events if event.kind == "diverged"]
    assert {(event.contestant, event.seed) for event in diverged} == {(0, 0), (0, 1), (0, 2)}
    assert np.isnan(race.recording.curves.values("test_loss")[-1, 0]).all()
    assert_same_curves(curves_of(race, 1, 2), curves_of(calm, 0, 2))


@pytest.mark.parametrize("rate", [30.0, 100.0])
def test_nothing_that_is_recorded_depends_on_slices_even_where_all_diverge(rate):
    wild = Contestant("leaky_relu", learning_rate=rate)
    experiment = small((wild,), task__data="plane", training__optimizer="sgd")
    at_once, one_by_one = run(experiment), run(experiment, *[1] * 40)
    events = [set(map(repr, race.recording.events)) for race in (at_once, one_by_one)]
    assert any("diverged" in event for event in events[0])
    assert events[0] == events[1]
    assert at_once.recording.last_step == one_by_one.recording.last_step
    np.testing.assert_array_equal(at_once.recording.curves.steps, one_by_one.recording.curves.steps)
    for name in at_once.recording.layers.names:
        part = at_once.recording.layers.channels[name].parts[0]
        np.testing.assert_array_equal(
            at_once.recording.layers.values(name, part),
            one_by_one.recording.layers.values(name, part),
        )


def test_a_race_whose_lanes_are_all_gone_ends_with_a_row_that_says_so():
    wild = Contestant("leaky_relu", learning_rate=100.0)
    race = run(small((wild,), task__data="plane", training__optimizer="sgd"))
    assert race.finished
    assert np.isnan(race.recording.curves.values("test_loss")[-1]).all()


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_another_lanes_infinity_is_none_of_a_lanes_business(slope):
    z = np.array([[[-np.inf, -1.0]], [[-np.inf, 2.0]]])
    slopes = np.array([[[0.25]], [[slope]]])
    together = ACTIVATIONS["prelu"].value(z, negative_slope=slopes)
    for lane in range(2):
        alone = ACTIVATIONS["prelu"].value(z[lane], negative_slope=slopes[lane])
        np.testing.assert_array_equal(together[lane], alone)


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


# 6. Split and baseline.


def test_the_criterion_looks_at_validation_data_where_there_are_some():
    race = run(small(task__validation_share=0.2, task__test_share=0.3))
    assert "validation_loss" in race.recording.facts.criterion.replace(" ", "_")
    assert "validation_loss" in race.recording.curves.names


def test_the_default_threshold_is_a_share_of_the_trivial_baseline():
    race = Race(small())
    facts = race.recording.facts
    assert 0 < facts.threshold < facts.baseline[0]


# 7. Decay acts on weights only, unless told otherwise.


@pytest.mark.parametrize(("applies_to", "moved"), [("weights", False), ("all", True)])
def test_decay_spares_biases_and_trained_shapes(applies_to, moved):
    settings = {"training__weight_decay": 0.5, "training__decay_applies_to": applies_to}
    settings |= {"training__optimizer": "adamw", "network__initial_bias": 0.3}
    race = Race(small(("prelu",), **settings))
    network = race._blocks[0].network
    trainer = race._blocks[0].trainer
    others = (network.weight_mask == 0).nonzero()[0]
    before = network.parameters[:, others].copy()
    # Without a gradient there is nothing but decay.
    network.gradients[...] = 0
    replay(trainer._update)
    assert np.any(network.parameters[:, others] != before) == moved


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


# 10. Time.


def test_costs_are_measured_for_every_contestant_with_an_interval():
    experiment = small(("relu", "gelu"))
    costs = cost_per_step(experiment)
    assert len(costs) == 2
    for cost in costs:
        assert 0 < cost.low <= cost.seconds <= cost.high
        assert cost.lanes == 3


# 11. Priced before it runs; stoppable.


def test_a_race_beyond_the_machine_is_refused_with_what_to_reduce():
    huge = small(
        network__depth=100, network__width=1024, population__seeds=256, training__batch_size=1
    )
    with pytest.raises(Refusal, match="fewer seeds"):
        Race(huge)


@pytest.mark.parametrize(("precision", "copies"), [("float64", 5), ("float32", 5), ("bfloat16", 6)])
def test_the_price_of_a_race_covers_the_arrays_it_holds(precision, copies):
    settings = {"network__depth": 30, "network__width": 20, "population__seeds": 40}
    settings |= {"network__precision": precision}
    if precision == "bfloat16":
        settings |= {"network__remedy": "kahan"}
    race = run(small(("gelu",), training__steps=20, task__samples=700, **settings))
    race.snapshot()
    parameters = sum(copies * block.network.parameters.nbytes for block in race._blocks)
    doubles = {id(block._twin): block._twin._double for block in race._blocks if block._twin}
    parameters += sum(3 * double.network.parameters.nbytes for double in doubles.values())
    trainers = [race._blocks[0].trainer, *list(doubles.values())[:1]]
    buffers = [
        array
        for trainer in trainers
        for workspace in trainer.workspaces._by_size.values()
        for array in (
            *workspace.z,
            *workspace.delta,
            *workspace.slope,
            *workspace.reads[1:],
            *workspace._inputs.values(),
            workspace.coded,
        )
    ]
    data = [a for part in (race._data.train, race._data.test) for a in (part.inputs, part.targets)]
    held = parameters + sum(array.nbytes for array in buffers + data)
    assert held < race.price.memory - 1e6 * race.experiment.population.memory


def test_a_batch_taken_in_parts_has_the_gradient_of_the_whole():
    race = Race(small(("tanh",), training__batch_size=0))
    trainer = race._blocks[0].trainer
    batch = race._batches.peek()
    trainer.gradients(batch)
    whole = trainer.network.gradients.copy()
    trainer._longest = 7
    trainer.gradients(batch)
    np.testing.assert_allclose(trainer.network.gradients, whole, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("stop_at", [1, 5, 60])
def test_a_race_can_be_abandoned_while_it_is_built_and_inside_a_step(stop_at):
    class StopError(Exception):
        pass

    looks = []

    def look():
        looks.append(1)
        if len(looks) > stop_at:
            raise StopError

    with pytest.raises(StopError):
        Race(small(network__depth=50), look=look).advance(1)


def test_building_a_race_can_be_left_after_every_block_draw_and_layer():
    looks = []
    Race(small(), lambda: looks.append(1))
    contestants, seeds, layers = 2, 3, 4
    assert len(looks) >= seeds + 2 * contestants + seeds * layers + contestants * seeds * layers
    for leave_at in range(1, len(looks) + 1, 5):
        left = []

        def look(left=left, leave_at=leave_at):
            left.append(1)
            if len(left) == leave_at:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            Race(small(), look)
        assert len(left) == leave_at


@pytest.mark.parametrize(
    "more",
    [
        {"network__depth": 4}, {"network__width": 6}, {"training__batch_size": 8},
        {"population__seeds": 4}, {"task__data": "digits"}, {"contestants": ("relu",) * 3},
    ],
)  # fmt: skip
def test_a_larger_race_is_expected_to_take_longer_and_to_need_no_less(more):
    usual, larger = Race(small()).price, Race(small(**more)).price
    assert larger.seconds_per_step > usual.seconds_per_step > 0
    assert larger.memory >= usual.memory > 0


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
