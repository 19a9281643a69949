"""What a race costs is said before it runs and measured apart; it can be left at any time."""

import tracemalloc

import numpy as np
import pytest
from small_race import small

from engine import Race, Refusal
from engine.cost import cost_per_step

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


@pytest.mark.parametrize(
    ("activation", "changes"),
    [
        ("gelu", {"network__precision": "float64"}),
        ("gelu", {"network__precision": "float32"}),
        ("gelu", {"network__precision": "bfloat16", "network__remedy": "kahan"}),
        ("tanh", {"network__depth": 60, "network__width": 32, "training__batch_size": 256}),
        ("two_slope_relu", {"network__depth": 60, "network__width": 4, "population__seeds": 1}),
    ],
)
def test_the_price_of_a_race_covers_all_that_it_holds(activation, changes):
    settings = {"network__depth": 30, "network__width": 20, "population__seeds": 40}
    settings |= {"network__precision": "float32", "task__samples": 700} | changes
    experiment = small((activation,), training__steps=20, **settings)
    tracemalloc.start()
    try:
        race = Race(experiment)
        race.advance(20)
        race.snapshot()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    recording = race.recording
    held -= sum(track.nbytes for track in (recording.curves, recording.layers, recording.units))
    assert held < race.price.memory - 1e6 * experiment.population.memory


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
