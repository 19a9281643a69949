"""What a run concludes: the same run agrees with itself, and what has turned round is found."""

import dataclasses
import json
import math

import numpy as np
import pytest

from engine.contestant import Contestant
from engine.cost import Cost
from engine.exhibits.conclusions import Measured, Ordered, Said, disagreements, from_json, to_json
from engine.exhibits.evidence import of_race, of_sweep
from engine.exhibits.reading import Reading
from engine.experiment import Experiment
from engine.race import Race
from engine.report import summary
from engine.settings import Refusal
from engine.sweeps import Axis, Sweep
from engine.sweeps.result import result

SMALL = Experiment(
    contestants=(Contestant("relu"), Contestant("prelu")),
).with_value("training.steps", 40)
SMALL = SMALL.with_value("population.seeds", 12).with_value("task.samples", 60)
READINGS = (Reading("weight_gradient_rms", 1, "start"), Reading("gradient_noise", -1, "between"))


def recorded(experiment=SMALL):
    race = Race(experiment)
    race.advance(experiment.training.steps)
    return race.recording


def apart(one, other):
    return list(disagreements([one], [other]))


@pytest.fixture(scope="module")
def conclusions():
    return of_race(recorded(), readings=READINGS)


def test_a_run_agrees_with_itself_made_again_and_read_from_a_file(conclusions):
    again = of_race(recorded(), readings=READINGS)
    written = json.loads(json.dumps([to_json(one) for one in conclusions], allow_nan=False))
    assert not list(disagreements(conclusions, again))
    assert not list(disagreements(list(map(from_json, written)), again))


def test_a_race_concludes_its_verdict_its_comparisons_its_readings_and_what_is_new(conclusions):
    about = {one.about for one in conclusions}
    assert len(about) == len(conclusions)
    assert "verdict" in about
    assert "PReLU per layer against ReLU: steps to the criterion" in about
    assert "ReLU: weight gradient, RMS of layer 1, at the start" in about
    assert Said("PReLU per layer: is negative_slope a layer new?", "new") in conclusions


def test_every_conclusion_of_a_kind_is_compared(conclusions):
    """Each, changed in the recorded run, is found, and nothing else."""
    for place, one in enumerate(conclusions):
        if isinstance(one, Said):
            changed = dataclasses.replace(one, answer="other")
        else:
            changed = dataclasses.replace(one, estimate=99.0, low=98.0, high=100.0)
        before = [*conclusions[:place], changed, *conclusions[place + 1 :]]
        found = list(disagreements(before, conclusions))
        assert len(found) == 1
        assert found[0].startswith(one.about)


def test_a_sure_sign_that_turns_is_found_even_where_intervals_overlap():
    sure = Measured("gain", 0.2, 0.01, 0.4, signed=True)
    turned = Measured("gain", -0.02, -0.2, 0.1, signed=True)
    assert "sign" in apart(sure, turned)[0]
    assert "sign" in apart(turned, sure)[0]


def test_signs_of_which_nobody_was_sure_may_turn():
    assert not apart(
        Measured("gain", 0.02, -0.1, 0.2, signed=True),
        Measured("gain", -0.02, -0.2, 0.1, signed=True),
    )


@pytest.mark.parametrize("high", [0.2, 0.3, math.inf])
def test_intervals_that_share_anything_agree(high):
    assert not apart(Measured("share", 0.3, 0.2, 0.4), Measured("share", 0.15, 0.1, high))


def test_intervals_that_share_nothing_disagree():
    one, other = Measured("share", 0.3, 0.2, 0.4), Measured("share", 0.5, 0.41, 0.6)
    assert apart(one, other)
    assert apart(other, one)


def test_the_order_by_time_may_change_within_a_tie_and_not_beyond():
    order = Ordered("time", {"ReLU": 1.0, "GELU": 1.1, "ELU": 2.0, "tanh": math.inf})
    assert not apart(order, Ordered("time", {"ReLU": 1.2, "GELU": 1.0, "ELU": 1.9, "tanh": 9.0}))
    assert apart(order, Ordered("time", {"ReLU": 3.0, "GELU": 1.0, "ELU": 2.0, "tanh": math.inf}))


def test_a_conclusion_that_one_run_lacks_is_found():
    one, more = Said("verdict", "enough"), Said("trend", "vanished")
    assert "not measured now" in next(disagreements([one, more], [one]))
    assert "was not measured" in next(disagreements([one], [one, more]))


def test_the_order_is_told_where_costs_are_known_and_follows_them():
    recording = recorded()
    cheap, dear = Cost(1.0, 0.9, 1.1, 6), Cost(1e6, 0.9e6, 1.1e6, 6)
    (order,) = [one for one in of_race(recording, [cheap, dear]) if one.about == "order by time"]
    assert order.times["ReLU"] < order.times["PReLU per layer"]
    assert not [one for one in of_race(recording) if isinstance(one, Ordered)]


def test_a_sweep_concludes_what_its_races_do_and_how_the_gap_moves():
    sweep = Sweep(SMALL, (Axis("network.depth", (1, 2)),))
    races = list(sweep.races())
    recordings = [recorded(race.experiment) for race in races]
    raced = [
        (race, result(recording, summary(recording), (), 1.0))
        for race, recording in zip(races, recordings, strict=True)
    ]
    found = {one.about: one for one in of_sweep(sweep, raced, recordings, READINGS)}
    for depth in (1, 2):
        assert f"network.depth = {depth}: ReLU: share converged" in found
        assert f"network.depth = {depth}: ReLU: {READINGS[0].label}" in found
    about = "PReLU per layer against ReLU along network.depth"
    assert found[f"{about}: the difference"].answer in ("vanished", "persists", "undetermined")
    assert {f"{about}: at 1", f"{about}: at 2", f"{about}: trend by doubling"} <= found.keys()


def test_a_reading_is_the_recorded_number_of_its_layer():
    recording = recorded()
    name = "weight_gradient_rms"
    sizes = recording.layers.values(name)
    assert np.array_equal(Reading(name, 1, "start").values(recording), sizes[0, ..., 0])
    assert np.array_equal(Reading(name, -1, "end").values(recording), sizes[-1, ..., 3])


@pytest.mark.parametrize("beyond", [-1, 2], ids=["below the first", "above the output"])
def test_a_reading_of_a_layer_that_is_not_there_is_refused(beyond):
    recording = recorded()
    hidden = len(recording.experiment.network.hidden)
    layer = hidden + beyond if beyond > 0 else beyond - hidden
    with pytest.raises(Refusal) as refusal:
        Reading("weight_gradient_rms", layer).values(recording)
    assert refusal.value.field == "layer"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"measure": "mood"}, "measure"), ({"layer": 0}, "layer"), ({"at": "noon"}, "at")],
)
def test_a_reading_of_nothing_is_refused(wrong, named):
    with pytest.raises(Refusal) as refusal:
        Reading(**wrong)
    assert refusal.value.field == named
