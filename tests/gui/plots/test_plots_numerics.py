"""The numerics card shows what was recorded, and its marks stand where the formats end."""

import dataclasses
import math

import numpy as np
import pytest
from conftest import make_race
from PySide6.QtCore import QPointF

from engine.contestant import Contestant
from engine.findings import rounds
from engine.limits import lost_update
from engine.measures import GRADIENT_EDGES
from engine.precision import FORMATS
from engine.race import Race
from gui.plots.heatmaps import HeatmapView
from gui.plots.magnitudes import EDGES
from gui.plots.numerics import QUANTITIES, NumericsView
from gui.plots.ticks import reading


def race_in(precision, contestants=("relu", "elu"), **settings):
    """A finished race of 30 steps whose twin looks at every record."""
    experiment = make_race(contestants, steps=30, record_every=5, twin_every=1).experiment
    for field, value in {"network.precision": precision, **settings}.items():
        experiment = experiment.with_value(field.replace("__", "."), value)
    race = Race(experiment)
    race.advance(30)
    return race


@pytest.fixture(scope="module")
def narrow():
    return race_in("bfloat16")


@pytest.fixture
def view(shown, narrow):
    return shown(NumericsView, narrow)


def counted(race, name="gradient_histogram", layers=slice(None)):
    """Shares of the newest row's entries, (contestants, 1 + bins)."""
    counts = race.recording.layers.values(name, "sum")[-1][:, layers].sum(axis=1)
    return counts / counts.sum(axis=1, keepdims=True)


def outlines(view):
    """What is drawn over every bin, (contestants, bins)."""
    drawn = np.zeros((len(view.chart.outlines), len(EDGES) - 1))
    for row, outline in zip(drawn, view.chart.outlines, strict=True):
        edges, shares = outline.getData()
        row[np.searchsorted(EDGES, edges[:-1])] = shares
    return drawn


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_maps_are_those_of_the_heatmaps(view, shown, narrow, quantity):
    view.point_at({"quantity": quantity})
    heatmaps = shown(HeatmapView, narrow)
    heatmaps.point_at({"quantity": quantity})
    wanted = heatmaps.maps.columns.values
    np.testing.assert_array_equal(view.maps.columns.values, wanted)
    assert np.isfinite(wanted).any()


def test_outlines_are_the_newest_rows_shares_without_the_zeros(view, narrow):
    wanted = counted(narrow)
    np.testing.assert_array_equal(outlines(view), wanted[:, 1:])
    for (word, _), zeros in zip(view.chart.legend.entries, wanted[:, 0], strict=True):
        assert ("zero" in word) == (zeros > 0)


def test_a_layer_and_a_seed_can_be_chosen(view, narrow):
    view.layer_box.setValue(2)
    np.testing.assert_array_equal(outlines(view), counted(narrow, layers=slice(1, 2))[:, 1:])
    assert "layer 2 of 4" in view.caption
    view.seed_box.setCurrentIndex(1)
    wanted = counted(narrow, "lane_gradient_histogram", slice(1, 2))
    np.testing.assert_array_equal(outlines(view), wanted[:, 1:])
    recorded = np.moveaxis(narrow.recording.layers.values("gradient_noise")[:, :, 0], 0, 2)
    np.testing.assert_array_equal(view.maps.columns.values[..., :-1], recorded[..., :-2])
    assert "seed 0" in view.caption


@pytest.mark.parametrize("precision", FORMATS)
@pytest.mark.parametrize("scale", [1.0, 256.0])
def test_marks_stand_where_the_format_ends(shown, precision, scale):
    held = FORMATS[precision]
    scale = scale if held.emulated else 1.0
    marks = shown(NumericsView, race_in(precision, network__loss_scale=scale)).chart.marks
    lines = {moment.text: moment.x for moment in marks.moments}
    grounds = {stretch.text: (stretch.low, stretch.high) for stretch in marks.stretches}
    end = math.log10(held.smallest_normal / scale)
    assert lines["least normal"] == pytest.approx(end)
    assert lines["least subnormal"] == pytest.approx(math.log10(held.smallest_subnormal / scale))
    assert grounds["subnormal"][1] == lines["least normal"]
    assert grounds["becomes 0"][1] == grounds["subnormal"][0] < lines["least subnormal"]
    if held.underflow > 0:
        assert grounds["becomes 0"][1] == pytest.approx(math.log10(held.underflow / scale))


def test_the_line_of_lost_updates_stands_where_the_rate_makes_them_so_small(shown):
    race = race_in("bfloat16", training__optimizer="sgd", training__learning_rate=0.01)
    view = shown(NumericsView, race)
    (line,) = (m for m in view.chart.marks.moments if "lost" in m.text)
    lost = lost_update(race.experiment.network)
    assert 0.01 * 10**line.x == pytest.approx(lost)
    assert reading(lost) in view.caption


def test_every_learning_rate_has_its_own_line(shown):
    race = race_in("bfloat16", training__optimizer="sgd", training__learning_rate=0.01)
    own = (Contestant("relu"), Contestant("elu", learning_rate=0.1), Contestant("tanh"))
    race = Race(dataclasses.replace(race.experiment, contestants=own))
    race.advance(6)
    view = shown(NumericsView, race)
    lines = {m.text: m.x for m in view.chart.marks.moments if "lost" in m.text}
    assert lines.keys() == {"updates lost, ELU 1", "updates lost, ReLU, tanh"}
    assert lines["updates lost, ReLU, tanh"] - lines["updates lost, ELU 1"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"training__optimizer": "adam"}, "Adam"),
        ({"training__optimizer": "momentum"}, "momentum"),
        ({"training__optimizer": "sgd", "network__remedy": "kahan"}, "Kahan"),
    ],
)
def test_without_a_line_of_lost_updates_the_caption_says_why(shown, settings, why):
    view = shown(NumericsView, race_in("bfloat16", **settings))
    assert not [m for m in view.chart.marks.moments if "lost" in m.text]
    assert "no line of lost updates" in view.caption
    assert why in view.caption


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_the_key_marks_where_noise_dominates(shown, precision):
    view = shown(NumericsView, race_in(precision))
    assert (0.0, "noise dominates") in view.maps.key.limits
    assert view.maps.key.high >= 0
    assert precision in view.caption


def test_in_float64_there_is_the_histogram_alone(shown):
    race = race_in("float64")
    view = shown(NumericsView, race)
    assert view.maps is None
    assert "no maps" in view.caption
    np.testing.assert_array_equal(outlines(view), counted(race)[:, 1:])
    assert {row[0] for row in view.table()[1]} == {"gradient_share"}


def test_the_axis_shows_every_size_there_is(view, narrow):
    there = np.flatnonzero(counted(narrow)[:, 1:].any(axis=0))
    low, high = view.chart.x_range
    assert low <= EDGES[there[0]]
    assert EDGES[there[-1] + 1] <= high


def test_hover_reads_the_bin_and_the_cell_under_the_mouse(view, narrow):
    shares = counted(narrow)
    place = int(shares[1, 1:].argmax())
    x = (EDGES[place] + EDGES[place + 1]) / 2
    text = view.read(view.chart.box.mapViewToScene(QPointF(x, shares[1].max() / 2)))
    assert reading(2.0 ** GRADIENT_EDGES[place]) in text
    assert f"{reading(100 * shares[1, 1 + place])} %" in text
    assert f"{reading(100 * shares[1, 1 : 1 + place].sum())} %" in text
    tile = view.maps.gallery.tiles[0]
    text = view.read(tile.box.mapViewToScene(QPointF(1.0, 2.0)))
    assert "layer 2" in text
    assert "step 0" in text


def test_the_table_holds_the_cells_and_all_entries(view):
    header, rows = view.table()
    assert len(rows) == view.maps.columns.values.size + 2 * (1 + len(EDGES) - 1)
    assert header[-1] == "value"
    for name in view.names():
        drawn = [row for row in rows if row[:2] == ["gradient_share", name]]
        assert drawn[0][3:5] == [0, 0]
        assert sum(row[-1] for row in drawn) == pytest.approx(1)


def test_a_contestant_that_is_gone_is_said_to_be(shown):
    race = race_in("float16", training__optimizer="sgd", training__learning_rate=100.0)
    view = shown(NumericsView, race)
    gone = ~counted_any(race)
    assert gone.any()
    assert [("diverged" in word) for word, _ in view.chart.legend.entries] == gone.tolist()


def counted_any(race):
    """Whether the newest row has any gradient, (contestants,)."""
    return race.recording.layers.values("gradient_histogram", "sum")[-1].any(axis=(1, 2))


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_the_finding_on_rounding_finds_its_evidence_here(view, precision):
    finding = rounds(race_in(precision).recording)
    assert finding.view == NumericsView.key
    view.point_at(finding.shows)
    assert view.measure.key == finding.shows["quantity"]
