"""Shapes are the engine's own functions, at what the networks have learnt."""

import dataclasses

import numpy as np
import pytest
from conftest import make_race

from engine.contestant import Contestant
from engine.measures import PREACTIVATION_EDGES
from engine.race import Race
from gui.plots.shapes import ShapesView
from gui.plots.ticks import reading
from gui.theme import LIGHT


@pytest.fixture
def view(shown, finished):
    return shown(ShapesView, finished)


def learnt(race, layer):
    """The trained slopes of the second contestant, PReLU, (seeds × layers,)."""
    now = race.recording.layers.values("parameter.1.negative_slope")[-1]
    return (now[:, layer - 1] if layer else now).ravel()


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_a_trained_shape_is_drawn_at_the_median_of_what_was_learnt(view, finished, layer):
    view.layer_box.setValue(layer)
    slope = float(np.median(learnt(finished, layer)))
    record = finished.experiment.contestants[1].record
    z, value = view.values[1].getData()
    np.testing.assert_array_equal(value, record.value(z, negative_slope=slope))
    z, drawn = view.slopes[1].getData()
    np.testing.assert_array_equal(drawn, record.derivative(z, negative_slope=slope))


def test_the_band_lies_between_the_quartiles_of_the_seeds(view, finished):
    slopes = learnt(finished, 0)
    bounds = view.bands[1].boundingRect()
    lowest = view.values[1].getData()[0][0]
    assert bounds.top() == pytest.approx(lowest * np.quantile(slopes, 0.75))
    assert view.bands[0].boundingRect().isEmpty()


def test_shapes_reach_as_far_as_is_seen(view):
    for span in [(-7.0, 7.0), (-1.0, 0.5), (-30.0, 30.0)]:
        view.shapes.box.setRange(xRange=span, padding=0)
        view.redraw()
        for item in [*view.values, *view.slopes]:
            z = item.getData()[0]
            assert z[0] <= max(span[0], PREACTIVATION_EDGES[0])
            assert z[-1] >= min(span[1], PREACTIVATION_EDGES[-1])
        assert len(view.table()[1]) == len(z)


def test_an_untrained_shape_is_the_contestants_own(view, finished):
    contestant = finished.experiment.contestants[2]
    z, value = view.values[2].getData()
    np.testing.assert_array_equal(value, contestant.record.value(z, **contestant.parameters))


@pytest.mark.parametrize("layer", [0, 2])
def test_densities_are_the_latest_histogram_pooled_over_seeds(view, finished, layer):
    view.layer_box.setValue(layer)
    counts = finished.recording.layers.values("preactivation_histogram", "sum")[-1]
    counts = counts[:, layer - 1] if layer else counts.sum(axis=1)
    for place, item in enumerate(view.densities):
        edges, density = item.getData()
        np.testing.assert_array_equal(edges, PREACTIVATION_EDGES)
        inside = counts[place, 1:-1].sum() / counts[place].sum()
        assert (density * np.diff(edges)).sum() == pytest.approx(inside)
        assert density.argmax() == counts[place, 1:-1].argmax()


def test_densities_of_the_seed_that_is_kept_alone(view, finished):
    view.seed_box.setCurrentIndex(1)
    counts = finished.recording.layers.values("lane_preactivation_histogram", "sum")[-1].sum(axis=1)
    density = view.densities[0].getData()[1]
    expected = counts[0, 1:-1] / counts[0].sum() / np.diff(PREACTIVATION_EDGES)
    np.testing.assert_allclose(density, expected)
    assert view.seed_box.currentText() == "seed 0"
    assert view.caption.endswith("seed 0")


def test_shapes_need_no_race_and_follow_the_experiment(qtbot, finished):
    view = ShapesView()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    assert view.table()[0] == ["z"]
    view.show_experiment(finished.experiment)
    assert len(view.values) == 3
    other = [Contestant("leaky_relu", parameters={"negative_slope": s}) for s in (0.1, 0.5)]
    changed = type(finished.experiment)(contestants=tuple(other))
    view.show_experiment(changed)
    z, value = view.values[1].getData()
    np.testing.assert_array_equal(value, np.where(z > 0, z, 0.5 * z))
    assert view.layer_box.maximum() == 4


def test_a_race_without_hidden_layers_has_no_densities(shown):
    race = make_race(["relu"], depth=0)
    race.advance(3)
    view = shown(ShapesView, race)
    assert not view.densities[0].isVisible()
    assert view.layer_box.maximum() == 0


def test_what_is_learnt_stands_in_the_legend(view, finished):
    names = [name for name, _ in view.legend.entries]
    assert names[0] == "ReLU"
    assert names[1].startswith("PReLU per layer → 0.")


def test_diverged_seeds_do_not_spoil_the_shape(shown):
    race = make_race(["relu", "prelu"], data="sin3x", optimizer="sgd", learning_rate=20.0)
    race.advance(60)
    assert (
        np.isnan(learnt(race, 0)).any()
        or not np.isfinite(race.recording.curves.values("train_loss")[-1]).all()
    )
    view = shown(ShapesView, race)
    assert np.isfinite(view.values[1].getData()[1]).all()


def test_reading_names_value_and_slope(view):
    box = view.shapes.box
    text = view.read(box.mapViewToScene(box.viewRect().center()))
    assert "z = " in text
    assert text.count("slope") == 3


def test_the_table_holds_what_is_drawn(view):
    header, rows = view.table()
    assert header[:4] == ["z", "ReLU: value", "ReLU: slope", "ReLU: density"]
    table = np.array(rows)
    np.testing.assert_array_equal(table[:, 1], np.maximum(table[:, 0], 0))


@pytest.mark.parametrize("z", [-1.234, -0.013, 0.201, 2.017])
def test_values_are_read_at_the_very_z(view, finished, z):
    slope = float(np.median(learnt(finished, 0)))
    assert view._read_one(0, z) == f"{reading(max(z, 0.0))}  slope {reading(float(z > 0))}"
    steepness = 1.0 if z > 0 else slope
    assert view._read_one(1, z) == f"{reading(z * steepness)}  slope {reading(steepness)}"


def test_a_learnt_shape_that_leaves_the_range_widens_it(shown, view):
    assert view.shapes.box.viewRange()[1] == [-2, 4]
    race = make_race(["prelu"], depth=1)
    steep = Contestant("prelu", parameters={"negative_slope": 1.7})
    race = Race(dataclasses.replace(race.experiment, contestants=(steep,)))
    race.advance(3)
    low, high = shown(ShapesView, race).shapes.box.viewRange()[1]
    assert low <= -4 * learnt_median(race) <= low + 2
    assert high == 4


def learnt_median(race):
    return float(np.median(race.recording.layers.values("parameter.0.negative_slope")[-1]))


def test_a_slope_jumps_upright(view, finished):
    """Between two places drawn it goes straight on: no slope that the activation does not have."""
    contestant = finished.experiment.contestants[0]
    z, slope = view.slopes[0].getData()
    jumps = np.flatnonzero(np.abs(np.diff(slope)) > 0.5)
    assert contestant.record.kinks(**contestant.parameters)
    assert len(jumps) == 1
    assert z[jumps[0] + 1] - z[jumps[0]] < 1e-9
