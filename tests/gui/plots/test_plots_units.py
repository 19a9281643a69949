"""Unit maps show what was recorded of each unit, and a chosen unit's whole history."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from conftest import make_race
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from engine.race import Race
from engine.sections import NetworkSettings
from engine.units import unit_stride
from gui.plots.ticks import reading
from gui.plots.unit_map import ALIVE, DEAD, EMPTY, FIRST_SHARE, NEARLY, SATURATED, UNKNOWN
from gui.plots.units import UnitsView
from gui.theme import DARK, LIGHT, NAN_COLOUR, ZERO_COLOUR, state_colours

WIDTHS = (6, 3, 5)


@pytest.fixture(scope="module")
def uneven():
    """Layers of unequal width, some of whose units are dead or saturated."""
    race = make_race(["relu", "tanh", "elu"], optimizer="adam", learning_rate=0.1)
    race = Race(dataclasses.replace(race.experiment, network=NetworkSettings(widths=WIDTHS)))
    race.advance(60)
    return race


@pytest.fixture
def view(shown, uneven):
    return shown(UnitsView, uneven)


def now(race, name):
    return race.recording.units.values(name)[-1]


def cells(view, contestant):
    """The codes of a map's units, as they are recorded: layer after layer."""
    codes = view.gallery.tiles[contestant].image.codes
    assert codes.shape == (len(WIDTHS), max(WIDTHS))
    for row, width in enumerate(WIDTHS):
        assert (codes[row, width:] == EMPTY).all()
    return np.concatenate([codes[row, :width] for row, width in enumerate(WIDTHS)])


def scene_place(view, contestant, layer, unit):
    return view.gallery.tiles[contestant].box.mapViewToScene(QPointF(unit, layer))


def pixel(view, *place):
    """The colour on the screen of a unit."""
    at = view.plot_widget.mapFromScene(scene_place(view, *place))
    return view.plot_widget.grab().toImage().pixelColor(at).name()


def click(qtbot, view, *place):
    at = view.plot_widget.mapFromScene(scene_place(view, *place))
    qtbot.mouseClick(view.plot_widget.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_map_of_all_seeds_ranks_units_by_the_seeds_they_are_dead_in(view, uneven):
    dead = now(uneven, "dead_lanes")
    assert dead[0].max() > 0
    for contestant in range(3):
        codes, shares = cells(view, contestant), dead[contestant]
        np.testing.assert_array_equal(codes == ALIVE, shares == 0)
        np.testing.assert_array_equal(codes >= FIRST_SHARE, shares > 0)
        order = np.argsort(shares)
        assert (np.diff(codes[order].astype(int)) >= 0).all()


def test_a_map_of_one_seed_shows_each_units_state(view, uneven):
    view.seed_box.setCurrentIndex(1)
    zero, saturated = now(uneven, "zero_share"), now(uneven, "saturated_share")
    for contestant in range(3):
        codes = cells(view, contestant)
        np.testing.assert_array_equal(codes == DEAD, zero[contestant] == 1)
        nearly = (zero[contestant] > 0.99) & (zero[contestant] < 1)
        np.testing.assert_array_equal(codes == NEARLY, nearly)
        mostly = (saturated[contestant] > 0.5) & (zero[contestant] <= 0.99)
        np.testing.assert_array_equal(codes == SATURATED, mostly)
    assert "seed 0, one of 3 seeds" in view.caption


def test_a_lane_that_diverged_is_alive_no_more(shown):
    race = make_race(["relu", "tanh"])
    race.advance(3)
    race._blocks[0].trainer.freeze(np.ones(3, bool))
    race.advance(3)
    view = shown(UnitsView, race)
    for alone in (0, 1):
        view.seed_box.setCurrentIndex(alone)
        assert set(np.unique(view.gallery.tiles[0].image.codes)) == {UNKNOWN}
        assert "diverged" in view.gallery.tiles[0].title.text


def test_a_dead_unit_has_the_colour_of_an_exact_zero(shown):
    race = make_race(["relu"], data="abs", depth=9, width=2, seeds=1)
    race.advance(6)
    view = shown(UnitsView, race)
    dead = now(race, "zero_share")[0] == 1
    for unit in (int(np.argmax(dead)), int(np.argmin(dead))):
        layer, number = divmod(unit, 2)
        wanted = ZERO_COLOUR if dead[unit] else state_colours(view.theme)["alive"]
        assert pixel(view, 0, layer + 1, number + 1.1) == QColor(wanted).name()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_states_can_be_confused(view, theme):
    """Nor with nothing, nor with a share of the seeds; also by their lightness or blueness alone,
    which is what is left to those who cannot tell red from green."""
    view.set_theme(theme)
    table = view.gallery.tiles[0].image.table.astype(int)
    for one, other in combinations([EMPTY, UNKNOWN, ALIVE, SATURATED, NEARLY, DEAD], 2):
        assert np.abs(table[one] - table[other]).max() > 25, (one, other)
    states = table[[ALIVE, SATURATED, NEARLY, DEAD]]
    seen = np.stack([states @ [0.3, 0.6, 0.1], states[:, 2] - states[:, :2].mean(axis=1)], axis=1)
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) > 40
    assert np.abs(table[FIRST_SHARE:] - table[ALIVE]).sum(axis=1).min() > 40
    assert QColor(NAN_COLOUR).name() == "#{:02x}{:02x}{:02x}".format(*table[UNKNOWN])


def test_hover_reads_the_unit_under_the_mouse(view, uneven):
    text = view.read(scene_place(view, 1, 3, 4.3))
    unit = WIDTHS[0] + WIDTHS[1] + 3
    assert "tanh · layer 3, unit 4" in text
    assert f"{now(uneven, 'dead_lanes')[1, unit]:.1%} of the seeds" in text
    assert f"{now(uneven, 'saturated_share')[1, unit]:.1%} of the inputs" in text
    assert view.read(scene_place(view, 1, 2, 4.3)) == ""


def test_a_click_shows_a_units_history_and_another_takes_it_away(qtbot, view, uneven):
    click(qtbot, view, 0, 2, 3)
    history, unit = view.history, WIDTHS[0] + 2
    assert view.chosen == (0, unit)
    units = uneven.recording.units
    spread = units.values("preactivation")[:, 0, unit]
    x, median = history.median.getData()
    np.testing.assert_array_equal(x, units.steps[:, 1])
    np.testing.assert_array_equal(median, spread[:, 2])
    for band, edges in ((history.all, (0, 4)), (history.middle, (1, 3))):
        for drawn, quantile in zip(band.edges, edges, strict=True):
            np.testing.assert_array_equal(drawn, spread[:, quantile])
    for curve, name in ((history.zero, "zero_share"), (history.saturated, "saturated_share")):
        np.testing.assert_array_equal(curve.getData()[1], units.values(name)[:, 0, unit])
    click(qtbot, view, 2, 1, 5)
    assert view.chosen == (2, 4)
    click(qtbot, view, 2, 1, 5)
    assert (view.chosen, view.history) == (None, None)
    assert history.scene() is None


def test_a_history_is_read_under_the_mouse_too(view, uneven):
    view.choose((0, 4))
    view.plot_widget.grab()
    text = view.read(view.history.spread.box.mapViewToScene(QPointF(31.0, 0.0)))
    assert "layer 1, unit 5, seed 0 · step 30" in text
    row = uneven.recording.units.values("preactivation")[10, 0, 4]
    assert all(reading(float(value)) in text for value in row)


def test_a_history_grows_with_its_race(shown):
    race = make_race(["relu"])
    race.advance(3)
    view = shown(UnitsView, race)
    view.choose((0, 0))
    race.advance(30)
    view.draw(race.recording, None)
    assert view.history.median.getData()[0][-1] == 33


def test_a_step_that_is_shown_alone_is_drawn_after_the_records(shown):
    race = make_race(["relu"])
    race.advance(3)
    view = shown(UnitsView, race)
    view.choose((0, 0))
    for _ in race.run(1, closely=True):
        view.draw(race.recording, race.snapshot())
    assert "step 4" in view.caption
    assert view.history.median.getData()[0].tolist() == [0, 3, 4]


def test_the_keyboard_reaches_every_unit(qtbot, view):
    view.setFocus()
    reached = set()
    for _ in range(len(WIDTHS)):
        for _ in range(3 * max(WIDTHS)):
            qtbot.keyClick(view, Qt.Key.Key_Right)
            reached.add(view.chosen)
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert reached == set(np.ndindex(3, sum(WIDTHS)))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.chosen is None


def test_escape_after_a_click_lets_the_unit_go(qtbot, view):
    click(qtbot, view, 0, 2, 3)
    assert view.window().focusWidget() is view
    qtbot.keyClick(view.window().focusWidget(), Qt.Key.Key_Escape)
    assert view.chosen is None


def test_every_row_of_maps_has_an_axis_with_room(view):
    """Also a row that comes about when maps make room for a history, and had none before."""
    assert sum(axis.isVisible() for axis in view.gallery.lefts) == 1
    view.choose((0, 0))
    view.resize(800, 500)
    view.plot_widget.grab()
    axes = [axis for axis in view.gallery.lefts if axis.isVisible()]
    assert len(axes) > 1
    assert all(axis.maximumWidth() == axes[0].maximumWidth() > 0 for axis in axes)


@pytest.mark.parametrize("size", [(900, 220), (320, 600)])
def test_maps_and_history_share_the_card(view, size):
    view.resize(*size)
    alone = view.gallery.sceneBoundingRect()
    view.choose((1, 2))
    view.plot_widget.grab()
    maps, history = view.gallery.sceneBoundingRect(), view.history.sceneBoundingRect()
    assert not maps.intersects(history)
    assert maps.width() * maps.height() == pytest.approx(history.width() * history.height(), 0.02)
    assert view.plot_widget.sceneRect().contains(history)
    assert (history.left() > maps.left()) == (size[0] > size[1])
    view.choose(None)
    view.plot_widget.grab()
    assert view.gallery.sceneBoundingRect() == alone


def test_in_a_narrow_card_the_maps_have_the_keys_room(qtbot, view):
    view.resize(400, 300)
    view.plot_widget.grab()
    assert view.colour_key.isVisible()
    view.resize(180, 300)
    assert not view.colour_key.isVisible()

    def fills() -> bool:
        right = max(tile.box.sceneBoundingRect().right() for tile in view.gallery.tiles)
        return right > 0.85 * view.plot_widget.width()

    qtbot.waitUntil(fills)


def test_the_table_holds_every_unit_and_the_chosen_ones_past(view, uneven):
    header, rows = view.table()
    assert len(rows) == 3 * sum(WIDTHS)
    assert rows[0][:3] == ["ReLU", 1, 1]
    assert rows[-1][:5] == ["ELU 1", 3, 5, 60, 60]
    unit = 3 * sum(WIDTHS) - 1
    assert rows[unit][5] == now(uneven, "dead_lanes")[2, -1]
    assert rows[unit][8:] == now(uneven, "preactivation")[2, -1].tolist()
    view.choose((2, sum(WIDTHS) - 1))
    more = view.table()[1]
    assert more[: len(rows)] == rows
    assert [row[3] for row in more[len(rows) :]] == uneven.recording.units.steps[:-1, 0].tolist()
    assert all(len(row) == len(header) for row in more)


def test_a_net_too_wide_shows_the_units_that_were_kept(shown):
    race = make_race(["relu", "tanh"])
    race = Race(dataclasses.replace(race.experiment, network=NetworkSettings(widths=(900, 400))))
    race.advance(1)
    view, stride = shown(UnitsView, race), unit_stride(race.experiment)
    assert stride > 1
    assert f"one of {stride} neighbouring units" in view.caption
    assert f"layer 2, unit {1 + 3 * stride}" in view.read(scene_place(view, 1, 2, 4 * stride - 0.1))
    assert view.read(scene_place(view, 1, 2, 400 + 2 * stride)) == ""


def test_a_net_without_hidden_units_says_so(shown):
    race = make_race(["relu"], depth=0)
    race.advance(3)
    view = shown(UnitsView, race)
    assert view.caption == "no hidden units"
    assert view.table()[1] == []
