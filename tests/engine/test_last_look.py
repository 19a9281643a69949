"""What a race says of its fits when it ends: recorded, saved, and summed up."""

import dataclasses

import numpy as np
import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.last_look import last_look
from engine.network import no_look
from engine.pieces import Segment, bend
from engine.race import Race
from engine.recording import Recording
from engine.report import summary
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.verdict import verdict

EXPERIMENT = Experiment(
    task=TaskSettings(data="xor", samples=60),
    network=NetworkSettings(depth=2, width=5),
    training=TrainingSettings(steps=30),
    population=PopulationSettings(seeds=3, memory=8),
    contestants=(Contestant("relu"), Contestant("tanh"), Contestant("two_slope_relu")),
)


@pytest.fixture(scope="module")
def finished():
    race = Race(EXPERIMENT)
    race.advance(30)
    return race


def of_kind(recording, kind):
    return [event for event in recording.events if event.kind == kind]


def test_a_race_ends_with_the_pieces_of_every_lane(finished):
    found = of_kind(finished.recording, "pieces")
    assert [(e.contestant, e.seed) for e in found] == [(c, s) for c in range(3) for s in range(3)]
    assert all(e.step == 30 for e in found)
    segment = Segment.across(finished.recording.view.train_inputs)
    for event in found:
        network = finished._blocks[event.contestant].network
        own = bend(network, event.seed, segment)
        assert (event.count, event.value) == (own.pieces or 0, own.change)
        assert (event.count == 0) == (event.contestant == 1)
    assert finished.recording.events[-1].kind == "finished"


def test_a_trained_positive_slope_goes_into_the_weights(finished):
    found = of_kind(finished.recording, "rescaled")
    assert [(e.contestant, e.seed) for e in found] == [(2, 0), (2, 1), (2, 2)]
    assert 0 < max(e.value for e in found) < 100 * np.finfo("float32").eps


def test_a_lane_is_read_the_same_alone(finished):
    alone = EXPERIMENT.with_value("population.seeds", 1)
    race = Race(dataclasses.replace(alone, contestants=EXPERIMENT.contestants[2:]))
    race.advance(30)
    for kind in ("pieces", "rescaled"):
        [event] = of_kind(race.recording, kind)
        [other] = [e for e in of_kind(finished.recording, kind) if (e.contestant, e.seed) == (2, 0)]
        assert dataclasses.replace(event, contestant=2) == other


def test_the_summary_and_the_file_carry_it(finished, tmp_path):
    finished.recording.save(tmp_path / "r.npz")
    loaded = Recording.load(tmp_path / "r.npz")
    results = summary(loaded)["results"]
    assert results == summary(finished.recording)["results"]
    relu, tanh, two_slope = (result["fit_along_a_line"] for result in results)
    counts = [e.count for e in of_kind(loaded, "pieces") if e.contestant == 0]
    assert relu["seeds"] == 3
    assert relu["pieces"]["median"] == np.median(counts)
    assert relu["rescaled_difference"] is None
    assert tanh["pieces"] is None
    assert tanh["change_of_slope"]["median"] > 0
    assert two_slope["rescaled_difference"] < 1e-4


def test_the_verdict_says_how_fits_bend_and_what_weights_take_over(finished):
    results = summary(finished.recording)["results"]
    relu, tanh, two_slope = (result["fit_along_a_line"] for result in results)
    texts = {f.question: f.text for f in verdict(finished.recording).findings}
    change = f"is a curve, its slope changing by {tanh['change_of_slope']['median']:.3g} in all"
    assert change in texts["curvature"]
    assert f"ReLU has {relu['pieces']['median']:g} straight pieces" in texts["curvature"]
    apart = f"the same outputs to {two_slope['rescaled_difference']:.1g} of the largest in 3 seeds"
    assert apart in texts["shape_and_training"]
    assert "where float32 resolves 1e-07" in texts["shape_and_training"]


def test_a_race_that_goes_on_has_not_been_looked_at():
    race = Race(EXPERIMENT)
    race.advance(10)
    assert summary(race.recording)["results"][0]["fit_along_a_line"] is None
    assert len(race.last_look()) == 12
    texts = " ".join(finding.text for finding in verdict(race.recording).findings)
    assert "Along a line" not in texts
    assert "rescaled" not in texts


def test_lanes_that_diverged_have_nothing_to_show():
    wild = Experiment(
        task=TaskSettings(data="xor", samples=60),
        training=TrainingSettings(steps=60, optimizer="sgd", learning_rate=100.0),
        population=PopulationSettings(seeds=2, memory=8),
        contestants=(Contestant("squared_relu"),),
    )
    race = Race(wild)
    race.advance(60)
    diverged = {e.seed for e in of_kind(race.recording, "diverged")}
    assert diverged
    assert not diverged & {e.seed for e in of_kind(race.recording, "pieces")}


def test_a_network_too_large_to_follow_is_left_out():
    large = EXPERIMENT.with_value("network.widths", (1024,) * 3)
    large = dataclasses.replace(large, contestants=(Contestant("relu"),))
    race = Race(large.with_value("population.seeds", 1))
    assert list(last_look(0, race.recording.view.train_inputs, race._blocks, no_look)) == []
