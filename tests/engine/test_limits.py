"""Where a format ends is where its rounding says, and where races in it stop having gradients."""

import dataclasses

import numpy as np
import pytest

from engine import Contestant, Experiment, Race
from engine.limits import gradient_limits, lost_update, update_follows_gradient
from engine.measures import GRADIENT_EDGES
from engine.optimizers import OPTIMIZERS
from engine.precision import FORMATS
from engine.ready import replay
from engine.rounding import REMEDIES, SCOPES
from engine.sections import NetworkSettings, TrainingSettings

EMULATED = [key for key, format in FORMATS.items() if format.emulated]
SINGLE = FORMATS["float32"]


@pytest.mark.parametrize("precision", ["float32", *EMULATED])
def test_gradients_become_zero_up_to_the_limit_and_no_further(precision):
    limits, held = gradient_limits(NetworkSettings(precision=precision)), FORMATS[precision]
    sizes = np.array([limits.underflow, np.nextafter(limits.underflow, 1)])
    assert held.round(sizes).tolist() == [0, limits.smallest_subnormal]
    assert [limits.word(size) for size in sizes] == ["becomes 0", "subnormal"]


@pytest.mark.parametrize("precision", ["float32", *EMULATED])
def test_digits_are_lost_under_the_smallest_normal_number(precision):
    limits, held = gradient_limits(NetworkSettings(precision=precision)), FORMATS[precision]
    last_digit = 1 + held.epsilon
    assert held.round(np.array([limits.smallest_normal * last_digit])) > limits.smallest_normal
    half = limits.smallest_normal / 2 * last_digit
    assert held.round(np.array([half])) != half
    assert (limits.word(limits.smallest_normal), limits.word(half)) == ("", "subnormal")


@pytest.mark.parametrize("scale", [1.0, 1024.0])
def test_no_race_has_gradients_under_its_limit(scale):
    network = NetworkSettings(depth=12, width=8, precision="float16", loss_scale=scale)
    made = Experiment(network=network, contestants=(Contestant("sigmoid"),))
    race = Race(dataclasses.replace(made, population=dataclasses.replace(made.population, seeds=4)))
    race.advance(20)
    counts = race.recording.layers.values("gradient_histogram", "sum").sum(axis=(0, 1, 2))[1:]
    ends = 2.0 ** GRADIENT_EDGES[1:]
    limits = gradient_limits(network)
    assert counts[ends <= limits.underflow].sum() == 0
    assert counts[ends <= limits.smallest_normal].sum() > 0


@pytest.mark.parametrize("scope", SCOPES)
def test_what_the_format_does_not_hold_ends_where_float32_does(scope):
    network = NetworkSettings(precision="float16", rounded=scope)
    gradients = FORMATS["float16"] if SCOPES[scope].gradients else SINGLE
    weights = FORMATS["float16"] if SCOPES[scope].weights else SINGLE
    assert gradient_limits(network).smallest_normal == gradients.smallest_normal
    assert lost_update(network) == weights.epsilon / 4


@pytest.mark.parametrize("precision", ["float32", *EMULATED])
def test_an_update_up_to_the_limit_is_lost_whichever_way_it_points(precision):
    limit = lost_update(NetworkSettings(precision=precision))
    one, held = np.ones(2), FORMATS[precision]
    assert held.absorbed(one, np.array([limit, -limit])).all()
    more = 1.001 * limit
    assert held.absorbed(one, np.array([more, -more])).tolist() == [True, False]


@pytest.mark.parametrize("remedy", sorted(REMEDIES.keys() - {"none"}))
def test_a_remedy_loses_nothing_at_any_size(remedy):
    assert lost_update(NetworkSettings(precision="bfloat16", remedy=remedy)) is None


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_an_update_follows_the_gradient_where_half_of_it_makes_half_the_step(key):
    """And where the gradients before it make no difference."""
    optimizer = OPTIMIZERS[key]
    hyper = dict.fromkeys(optimizer.hyperparameters, 0.5)

    def last_step(*gradients):
        buffer, out, *state = (np.zeros((1, 1)) for _ in range(2 + optimizer.slots))
        step = optimizer.stepper(buffer, state, hyper, out)
        for t, gradient in enumerate(gradients, start=1):
            buffer[...] = gradient
            step.begin(t, 0.1)
            replay(step.calls)
        return out.item()

    follows = last_step(0.5, 1.0) == last_step(0.0, 1.0) == 2 * last_step(0.5, 0.5)
    assert update_follows_gradient(TrainingSettings(optimizer=key)) == follows
