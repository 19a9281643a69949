"""Heat maps show the recording's medians, and keep zero, nothing and small apart."""

from itertools import pairwise

import numpy as np
import pytest
from conftest import make_race
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPicture

from engine.measures import MEASURES
from engine.precision import FORMATS
from gui.plots.colour_key import ColourKey
from gui.plots.heat import FIRST_CODE, NAN_CODE, ZERO_CODE, HeatColumns, HeatScale
from gui.plots.heatmaps import HeatmapView
from gui.plots.ticks import reading
from gui.theme import DARK, LIGHT, NAN_COLOUR, ZERO_COLOUR


@pytest.fixture
def view(shown, finished):
    return shown(HeatmapView, finished)


@pytest.fixture(scope="module")
def dying():
    """Narrow and deep: whole layers of ReLU networks are dead from the start."""
    race = make_race(["relu", "elu"], data="abs", depth=12, width=2)
    race.advance(30)
    return race


def choose(view, key):
    view.measure_box.setCurrentIndex(list(MEASURES).index(key))


def median(values):
    """Over seeds, without those that were not measured."""
    lanes = np.moveaxis(values, 2, -1)
    return np.array([
        np.median(lane[~np.isnan(lane)]) if (~np.isnan(lane)).any() else np.nan
        for lane in lanes.reshape(-1, lanes.shape[-1])
    ]).reshape(lanes.shape[:-1])  # fmt: skip


def pixel(view, contestant, layer, step):
    """The colour on the screen of a layer at a step."""
    tile = view.maps.gallery.tiles[contestant]
    place = tile.box.mapViewToScene(QPointF(step, layer))
    image = view.plot_widget.grab().toImage()
    return image.pixelColor(view.plot_widget.mapFromScene(place)).name()


@pytest.mark.parametrize("key", MEASURES)
def test_cells_are_the_recordings_medians(view, finished, key):
    choose(view, key)
    every = MEASURES[key].cadence(finished.experiment.population)
    layers = finished.recording.layers
    columns = np.minimum(layers.steps[:, 0] // every, (finished.step - 1) // every)
    rows = median(layers.values(key))
    expected = [
        median(np.moveaxis(rows[columns == column], 0, 1)[None])[0]
        for column in range(columns[-1] + 1)
    ]
    assert view.maps.columns.pitch == every
    # float32 has its own middle of two rows.
    np.testing.assert_allclose(view.maps.columns.values, np.stack(expected, axis=2), rtol=1e-6)


def test_one_seed_can_be_chosen(view, finished):
    view.seed_box.setCurrentIndex(2)
    recorded = finished.recording.layers.values(view.measure.key)[:, :, 1]
    cells = np.moveaxis(recorded, 0, 2)
    np.testing.assert_array_equal(view.maps.columns.values[..., :-1], cells[..., :-2])
    np.testing.assert_array_equal(view.maps.columns.values[..., -1], np.median(cells[..., -2:], 2))
    assert "seed 1" in view.caption


@pytest.mark.parametrize(("steps", "every"), [(20, 16), (100, 16), (48, 16), (7, 16), (60, 3)])
def test_maps_end_with_the_race_at_its_last_step(shown, steps, every):
    """The last cell does too, and has what was read at that step."""
    race = make_race(["relu", "elu"], steps=steps, record_every=every)
    race.advance(steps)
    view = shown(HeatmapView, race)
    for tile in view.maps.gallery.tiles:
        assert tile.box.viewRange()[0] == pytest.approx([0, steps])
        text = view.read(tile.box.mapViewToScene(QPointF(steps * (1 - 1e-6), 2.0)))
        assert f"–{steps}" in text
    columns = view.maps.columns
    assert (columns.count - 1) * columns.pitch < steps <= columns.count * columns.pitch


def test_hover_reads_the_cell_under_the_mouse(view, finished):
    tile = view.maps.gallery.tiles[1]
    text = view.read(tile.box.mapViewToScene(QPointF(31.0, 2.2)))
    value = median(finished.recording.layers.values(view.measure.key))[10, 1, 1]
    assert "layer 2" in text
    assert "step 30" in text
    assert "PReLU per layer" in text
    assert reading(value) in text
    assert view.read(QPointF(-9, -9)) == ""


def test_the_borders_belong_to_the_first_layer_and_the_last(view):
    area = view.maps.gallery.tiles[0].box.sceneBoundingRect()
    inside = area.left() + 5
    assert "layer 4 · " in view.read(QPointF(inside, area.top()))
    assert "layer 1 · " in view.read(QPointF(inside, area.bottom()))


def test_growing_equals_all_at_once():
    race = make_race(["relu", "elu"], steps=0, record_every=1)
    growing = HeatColumns(race.recording.layers, "dead_share", 1, 40)
    for _ in range(30):
        race.advance(7)
        growing.update()
    fresh = HeatColumns(race.recording.layers, "dead_share", 1, 40)
    fresh.update()
    assert growing.pitch == fresh.pitch == 8
    np.testing.assert_array_equal(growing.values, fresh.values)
    assert growing.steps_of(0) == (0, 7)
    assert growing.count == 210 // 8 + 1


def test_a_column_is_the_median_of_its_rows():
    race = make_race(["relu"], steps=0, record_every=1)
    race.advance(99)
    columns = HeatColumns(race.recording.layers, "update_ratio", 1, 25)
    columns.update()
    rows = median(race.recording.layers.values("update_ratio"))
    np.testing.assert_allclose(columns.values[..., 3], np.median(rows[12:16], axis=0), rtol=1e-12)


def test_a_layer_without_gradient_is_painted_in_the_colour_of_zero(shown, dying):
    view = shown(HeatmapView, dying)
    values = view.maps.columns.values
    contestant, layer, column = np.argwhere(values == 0)[0]
    step = (column + 0.5) * view.maps.columns.pitch
    assert QColor(ZERO_COLOUR).name() == pixel(view, contestant, layer + 1, step)
    assert (values[1] > 0).all()
    assert QColor(ZERO_COLOUR).name() != pixel(view, 1, layer + 1, step)


def test_a_layer_that_was_not_measured_has_a_colour_of_its_own(view):
    choose(view, "dead_share")
    assert pixel(view, 0, 4, 30) == QColor(NAN_COLOUR).name()
    assert pixel(view, 0, 3, 30) != QColor(NAN_COLOUR).name()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_zero_and_nothing_are_no_colours_of_the_scale(view, theme):
    view.set_theme(theme)
    lut = view.maps.gallery.tiles[0].image.table.astype(int)
    for code in (NAN_CODE, ZERO_CODE):
        assert np.abs(lut[FIRST_CODE:] - lut[code]).sum(axis=1).min() > 30


@given(
    st.lists(st.floats(1e-300, 1e300), min_size=2, max_size=40),
    st.floats(-100, 0),
    st.floats(0.5, 100),
)
def test_larger_is_never_darker(values, low, span):
    values = np.sort(np.array(values))
    codes = HeatScale(low, low + span, log=True).codes(values).astype(int)
    assert (np.diff(codes) >= 0).all()
    assert (codes >= FIRST_CODE).all()
    special = HeatScale(low, low + span, log=True).codes(np.array([0.0, np.nan, np.inf]))
    assert special.tolist() == [ZERO_CODE, NAN_CODE, 255]


def test_all_maps_share_scale_and_axes(shown):
    race = make_race(["relu", "relu", "elu"])
    race.advance(30)
    view = shown(HeatmapView, race)
    first, second, third = (tile.image for tile in view.maps.gallery.tiles)
    np.testing.assert_array_equal(first.codes, second.codes)
    assert (first.codes != third.codes).any()
    ranges = [tile.box.viewRange() for tile in view.maps.gallery.tiles]
    assert ranges[0] == ranges[1] == ranges[2]
    sizes = [tile.box.rect().size() for tile in view.maps.gallery.tiles]
    assert sizes[0] == sizes[1] == sizes[2]


def test_a_scale_holds_still_while_values_stay_within_a_decade():
    measure = MEASURES["weight_gradient_rms"]
    values = np.logspace(-4.5, -0.5, 50).reshape(1, 1, -1)
    scale = HeatScale.over(values, measure, None)
    assert (scale.low, scale.high) == (-5, 0)
    assert HeatScale.over(values * 3, measure, scale).low == -5
    assert HeatScale.over(values / 1e3, measure, scale).low == -8


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16", "float16"])
def test_the_precisions_limits_are_marked_where_the_scale_reaches_them(shown, precision):
    race = make_race(["sigmoid"], depth=30)
    race = type(race)(race.experiment.with_value("network.precision", precision))
    race.advance(6)
    view = shown(HeatmapView, race)
    limits = {word: 10**value for value, word in view.maps.key.limits}
    assert limits["rounding"] == pytest.approx(FORMATS[precision].epsilon)
    choose(view, "dead_share")
    assert view.maps.key.limits == []


def test_what_needs_a_twin_is_said_not_to_be_measured_where_there_is_none(shown):
    race = make_race(["relu"])
    race = type(race)(race.experiment.with_value("network.precision", "float64"))
    race.advance(6)
    view = shown(HeatmapView, race)
    choose(view, "gradient_noise")
    assert "not measured" in view.caption
    assert not view.maps.gallery.opacity() > 0
    assert view.table()[1] == []
    choose(view, "weight_gradient_rms")
    assert view.maps.gallery.opacity() > 0
    assert view.table()[1]


def test_the_quantities_are_those_that_the_engine_measures(view):
    keys = [view.measure_box.itemData(i).key for i in range(view.measure_box.count())]
    assert keys == list(MEASURES)


def test_the_table_has_a_row_for_every_cell(view, finished):
    header, rows = view.table()
    assert len(rows) == view.maps.columns.values.size
    assert header[-1] == view.measure.key
    recorded = median(finished.recording.layers.values(view.measure.key))
    assert rows[0][:4] == ["ReLU", 1, 0, 0]
    assert rows[0][-1] == recorded[0, 0, 0]
    assert rows[-1][2:4] == [57, 60]
    assert rows[-1][-1] == np.median(recorded[-2:, -1, -1])


def test_labels_of_neighbouring_maps_keep_apart(shown):
    race = make_race(["relu", "elu", "tanh", "gelu"], depth=1, steps=1000)
    race.advance(1000)
    view = shown(HeatmapView, race)
    ends = []
    for tile in view.maps.gallery.tiles:
        axis, painter = tile.bottom, QPainter(picture := QPicture())
        labels = [axis.mapRectToScene(rect) for rect, _, _ in axis.generateDrawSpecs(painter)[2]]
        painter.end()
        assert labels
        assert picture is not None
        ends.append((min(r.left() for r in labels), max(r.right() for r in labels)))
    assert all(right + 15 < left for (_, right), (left, _) in pairwise(ends))


def test_the_key_paints_nothing_outside_itself(qtbot):
    """What it painted there would stay behind when it moves."""
    key = ColourKey()
    key.set_words([], [(ZERO_COLOUR, "a long word beside a colour")])
    key.setMinimumWidth(0)
    key.resize(40, 100)
    image = QImage(300, 140, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    key.paint(painter)
    painter.end()
    width = int(key.width())
    assert width < 100
    outside = image.copy(width + 1, 0, 300 - width - 1, 140)
    blank = outside.copy()
    blank.fill(0xFFFFFFFF)
    assert outside == blank
    assert image.copy(0, 0, width, 100) != blank.copy(0, 0, width, 100)
