"""The views of a sweep: what they draw is what the engine says, and a click finds its race."""

import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QComboBox, QLabel

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.recording import Recording
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.statistics import median
from engine.sweeps import Axis, Sweep, SweepFolder, disparity, sweep_file
from engine.sweeps.job import run
from gui import export
from gui.cards import Card
from gui.plots import SWEEP_PLOTS, CoordinatesView, DisparityView, MultiplesView, OutcomeView
from gui.plots.pens import small_metrics
from gui.plots.race_curve import read_curves
from gui.plots.sweep_plot import NO_SWEEP
from gui.plots.ticks import reading
from gui.theme import DARK, LIGHT

DEPTHS, WIDTHS = (1, 2, 4), (3, 6)


EXPERIMENT = Experiment(
    task=TaskSettings(samples=60),
    network=NetworkSettings(width=4),
    training=TrainingSettings(steps=40, batch_size=10),
    population=PopulationSettings(seeds=6, memory=8),
    contestants=(Contestant("relu"), Contestant("elu"), Contestant("prelu")),
)


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    """A small sweep over depth and width, its races, and their folder."""
    axes = (Axis("network.depth", DEPTHS), Axis("network.width", WIDTHS))
    sweep = Sweep(EXPERIMENT, axes, name="Depths and widths")
    folder = SweepFolder(tmp_path_factory.mktemp("swept"))
    for race in sweep.races():
        folder.keep(race, run(race.experiment, race.tuned))
    return sweep, tuple(folder.raced(sweep)), folder


@pytest.fixture(scope="module")
def swept(raced):
    """A small sweep over depth and width, and its races."""
    return raced[:2]


@pytest.fixture
def shown(qtbot, swept, raced):
    def show(kind, raced=swept[1], sweep=swept[0], folder=raced[2]):
        view = kind()
        qtbot.addWidget(view)
        view.resize(700, 400)
        view.curves_asked.connect(
            lambda quantity, races: view.show_curves(quantity, read_curves(folder, races, quantity))
        )
        view.show_sweep(sweep, raced)
        view.show()
        qtbot.waitExposed(view)
        view.grab()
        return view

    return show


def scene(box, x, y):
    return box.mapViewToScene(QPointF(x, y))


@pytest.mark.parametrize("kind", SWEEP_PLOTS)
def test_without_races_there_is_nothing_and_with_them_something(kind, qtbot, shown, swept):
    view = shown(kind, ())
    assert view.caption == NO_SWEEP
    fresh = kind()
    qtbot.addWidget(fresh)
    offered = fresh.controls().findChildren(QComboBox) if fresh.controls() else []
    assert all(box.isHidden() for box in offered)  # a chooser without a choice looks broken
    assert view.race_at(QPointF(350, 200)) is None
    empty = view.table()[1]
    view.show_sweep(*swept)
    assert view.caption != NO_SWEEP
    assert len(view.table()[1]) > len(empty) == 0
    view.show_sweep(None, ())
    assert view.caption == NO_SWEEP


@pytest.mark.parametrize("kind", SWEEP_PLOTS)
def test_where_all_that_was_raced_failed_the_card_says_how_many_and_why(kind, qtbot, swept):
    sweep, raced = swept
    (first, _), (second, _), *_ = raced
    card = Card(kind())
    qtbot.addWidget(card)

    def said():
        (words,) = (w.text() for w in card.findChildren(QLabel) if w.property("role") == "hint")
        return card.view.caption, words

    card.view.show_sweep(sweep, ())
    assert said() == (NO_SWEEP, "Run the sweep, or open one")
    for reason in ("took longer than 1 s", "it broke"):
        words = (
            "1 of 6 races failed, none is done; "
            f"the first, Hidden layers 1, Units per layer 6: {reason}"
        )
        card.view.show_sweep(dataclasses.replace(sweep), (), [(second, reason)])
        assert said() == (words, words)
    card.view.show_sweep(card.view.sweep, (), [(second, "it broke"), (first, "it broke too")])
    assert said()[1] == words.replace("1 of 6", "2 of 6")
    card.view.show_sweep(card.view.sweep, raced[2:], card.view.failed)
    assert said()[1] == ""


@pytest.mark.parametrize("kind", SWEEP_PLOTS)
def test_a_sweep_that_races_says_so_before_its_first_race_is_done(kind, qtbot, swept):
    sweep, raced = swept
    card = Card(kind())
    qtbot.addWidget(card)
    card.view.show_sweep(sweep, ())
    card.view.show_sweep(sweep, (), racing=True)
    assert card.view.caption == card.view.advice == "racing 1 of 6 …"
    card.view.show_sweep(sweep, raced[:2], racing=True)
    assert card.view.advice == ""
    card.view.show_sweep(sweep, ())
    assert card.view.caption == NO_SWEEP


def test_a_grid_without_sizes_has_no_disparity_and_its_card_says_why(qtbot, swept):
    """A blank card looks broken."""
    sweep, ((race, result), *_) = swept
    widths = dataclasses.replace(sweep, axes=(Axis("network.widths", ((3, 6), (6, 3))),))
    raced = [
        (dataclasses.replace(race, values={"network.widths": value}), result)
        for value in widths.axes[0].values
    ]
    view = DisparityView()
    qtbot.addWidget(view)
    view.show_sweep(widths, raced)
    assert "such as hidden layers" in view.advice
    view.show_sweep(*swept)
    assert view.advice == ""


@pytest.mark.parametrize("kind", SWEEP_PLOTS)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_an_image_of_a_sweep_carries_the_sweep(kind, suffix, shown, swept, tmp_path):
    view, path = shown(kind), tmp_path / f"view{suffix}"
    export.render(view, path, 900, 600, 96, DARK)  # another look than it has
    assert view.theme is LIGHT
    assert path.stat().st_size > 1000
    assert sweep_file.loads(view.document()) == swept[0]


def test_the_disparity_is_the_engines_for_every_choice(shown, swept):
    view = shown(DisparityView)
    for pair in range(view.pair_box.count()):
        view.pair_box.setCurrentIndex(pair)
        for at in range(view.at_box.count()):
            view.at_box.setCurrentIndex(at)
            first, second = view.pair_box.currentData()
            outcome = view.outcome_box.currentData()
            engines = disparity(swept[1], "network.depth", first, second, outcome)[at]
            assert [gap.test for gap in view.found.gaps] == [gap.test for gap in engines.gaps]
            assert view.caption.startswith(f"{engines.answer} at hidden layers 4")
            x, y = view.whiskers.dots.getData()
            assert x == pytest.approx(np.log2(DEPTHS))
            assert y == pytest.approx([gap.test.estimate for gap in engines.gaps])


def test_the_reference_comes_first_in_every_pair_it_is_in(shown):
    view = shown(DisparityView)
    pairs = [view.pair_box.itemData(at) for at in range(view.pair_box.count())]
    assert pairs == [(0, 1), (0, 2), (1, 2)]


def test_a_click_on_a_gap_asks_for_its_race(qtbot, shown):
    view = shown(DisparityView)
    view.at_box.setCurrentIndex(1)
    race = view.race_at(scene(view.chart.box, math.log2(2), 0.0))
    assert race.values == {"network.depth": 2, "network.width": 6}
    assert "a click opens this race" in view.read(scene(view.chart.box, math.log2(2), 0.0))


def test_lines_go_through_the_medians(shown, swept):
    view = shown(OutcomeView)
    outcome = view.outcome
    for c, dots in enumerate(view.picture.dots):
        own = [r.outcomes[outcome][c] for race, r in swept[1] if race.values["network.width"] == 3]
        expected = [math.log10(median(values).estimate) for values in own]
        x, y = dots.getData()
        assert x == pytest.approx(np.log2(DEPTHS))
        assert y == pytest.approx(expected)
    race = view.race_at(scene(view.picture.chart.box, math.log2(4), y[-1]))
    assert race.values == {"network.depth": 4, "network.width": 3}


def test_two_fields_make_maps_and_a_click_on_a_cell_asks_for_its_race(shown, swept):
    view = shown(OutcomeView)
    view.up_box.setCurrentIndex(view.up_box.findData("network.width"))
    view.set_theme(DARK)
    view.grab()
    assert view.picture.values.shape == (3, len(WIDTHS), len(DEPTHS))
    for race, result in swept[1]:
        column = DEPTHS.index(race.values["network.depth"])
        row = WIDTHS.index(race.values["network.width"])
        medians = [median(values).estimate for values in result.outcomes[view.outcome]]
        assert view.picture.values[:, row, column] == pytest.approx(medians)
        tile = view.picture.gallery.tiles[1]
        assert view.race_at(scene(tile.box, column, row)) == race


def test_the_same_field_twice_is_a_line(shown):
    view = shown(OutcomeView)
    view.up_box.setCurrentIndex(view.up_box.findData(view.along_box.currentData()))
    view.grab()
    x, y = view.picture.dots[0].getData()
    assert view.picture.at(scene(view.picture.chart.box, x[1], y[1])) == (DEPTHS[1],)


def test_each_line_of_the_races_leads_to_its_race(shown, swept):
    view = shown(CoordinatesView)
    last = len(view.columns) - 1
    assert view.heights.shape == (3 * len(swept[1]), len(view.columns))
    found = 0
    for line, height in enumerate(view.heights[:, last - 1]):
        place = scene(view.chart.box, last - 1, height)
        nearest = view.line_at(place)
        assert view.heights[nearest, last - 1] == pytest.approx(height)
        assert view.race_at(place) == swept[1][nearest // 3][0]
        found += nearest == line
    assert found > len(view.heights) / 2
    assert view.line_at(QPointF(-5, -5)) is None


def test_an_axis_of_the_races_rises_with_what_it_measures(shown, swept):
    view = shown(CoordinatesView)
    column = next(c for c in view.columns if c.upright.name == "training loss")
    values = [median(v).estimate for _, r in swept[1] for v in r.outcomes["train_loss"]]
    assert (np.argsort(column.heights) == np.argsort(values)).all()


def test_more_races_are_drawn_as_they_come(shown, swept):
    view = shown(OutcomeView, swept[1][:2])
    assert "2 of 6 races" in view.caption
    view.show_sweep(*swept)
    assert "of 6 races" not in view.caption


def along(axis):
    """A sweep along one field, and its races."""
    sweep = Sweep(EXPERIMENT, (axis,))
    return sweep, tuple((race, run(race.experiment, False).result) for race in sweep.races())


def test_only_what_all_races_came_to_is_offered(shown):
    sweep, raced = along(Axis("task.data", ("spiral", "square")))  # one of them has no accuracy
    view = shown(OutcomeView, raced, sweep)
    keys = [view.outcome_box.itemData(at) for at in range(view.outcome_box.count())]
    assert set(keys) == set(raced[0][1].outcomes) & set(raced[1][1].outcomes)
    for at in range(len(keys)):
        view.outcome_box.setCurrentIndex(at)
        header, rows = view.table()
        assert keys[at] in header
        assert len(rows) == 2 * 3


def test_without_races_no_outcome_is_named(shown):
    view = shown(OutcomeView, ())
    assert view.outcome == ""
    assert all(isinstance(name, str) and name != "None" for name in view.table()[0])


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ((2, 3), "median of 2 to 3 seeds"),
        ((2, 6, 8), "median of 2 to 8 seeds with its 95 % interval from 6 on"),
        ((6,), "median of 6 seeds with its 95 % interval"),
    ],
)
def test_the_caption_counts_the_seeds_that_are_drawn(shown, seeds, said):
    sweep, raced = along(Axis("population.seeds", seeds))
    assert shown(OutcomeView, raced, sweep).caption.endswith(f" · {said}")


def keys_of(view):
    """The grid point of the race in each chart, by what a click there asks for."""
    found = []
    for chart in view.charts.charts:
        race = view.race_at(chart.box.sceneBoundingRect().center())
        found.append(race and race.values)
    return found


def test_each_chart_has_the_medians_of_its_race(shown, swept, raced):
    view = shown(MultiplesView)
    assert keys_of(view) == [
        {"network.depth": depth, "network.width": width} for width in WIDTHS for depth in DEPTHS
    ]
    for quantity in range(view.quantity_box.count()):
        view.quantity_box.setCurrentIndex(quantity)
        channel, share = view.quantity.channel, view.quantity.share
        for values, chart in zip(keys_of(view), view.charts.charts, strict=True):
            race = next(race for race, _ in swept[1] if race.values == values)
            curves = Recording.load(raced[2].recording(race)).curves
            expected = np.median(curves.values(channel), axis=2)
            for c, line in enumerate(chart.lines):
                x, y = line.getData()
                assert x == pytest.approx(curves.steps[:, 1])
                assert (y if share else 10**y) == pytest.approx(expected[:, c])


def test_charts_share_their_axes_which_stand_at_the_edges_alone(shown):
    view = shown(MultiplesView)
    for box in (view.down_box, view.quantity_box):
        box.setCurrentIndex(box.count() - 1)  # now without rows by a field, then another quantity
        view.grab()
        charts = view.charts.charts
        assert len({str(chart.box.viewRange()) for chart in charts}) == 1
        line = small_metrics().height()
        columns = len({chart.box.scenePos().x() for chart in charts})
        for number, chart in enumerate(charts):
            assert (chart.bottom.height() > line) == (number + columns >= len(charts))
            assert (chart.left.width() > line) == (number % columns == 0)


def test_titles_are_as_long_as_all_of_them_have_room_for(shown):
    view = shown(MultiplesView)
    written = []
    for width in (1200, 560, 260):
        view.resize(width, 400)
        view.grab()
        titles = [chart.title.text for chart in view.charts.charts]
        written.append(titles[-1])
    assert written == ["Hidden layers 4, Units per layer 6", "depth 4, width 6", "4, 6"]


def test_a_race_without_a_curve_says_what_has_become_of_it(shown, swept):
    sweep, raced = swept
    (first, _), (second, _), (third, _), *rest = raced
    view = shown(MultiplesView, rest)
    view.show_sweep(sweep, rest, [(first, "took longer than 1 s")])
    words = {
        str(values): chart.words.text
        for values, chart in zip(view.points, view.charts.charts, strict=True)
    }
    said = [words[str(tuple(race.values.values()))] for race in (first, second, third)]
    assert said == ["failed: took longer than 1 s", "not raced yet", "not raced yet"]
    assert not any(words[str(tuple(race.values.values()))] for race, _ in rest)
    assert f"{len(rest)} of 6 races" in view.caption
    for chart in view.charts.charts:
        said = view.read(chart.box.sceneBoundingRect().center())
        assert chart.words.text in said
        assert ("a click opens this race" in said) == (not chart.words.text)
    assert keys_of(view).count(None) == 3


def test_a_recording_that_is_gone_leaves_the_others(shown, swept, raced, tmp_path):
    for race, _ in swept[1][1:]:
        SweepFolder(tmp_path).of(race).mkdir(parents=True)
        SweepFolder(tmp_path).recording(race).symlink_to(raced[2].recording(race))
    view = shown(MultiplesView, folder=SweepFolder(tmp_path))
    words = [chart.words.text for chart in view.charts.charts]
    assert words == ["its recording cannot be read", "", "", "", "", ""]
    assert len({tuple(row[:2]) for row in view.table()[1]}) == 5


def test_of_many_races_the_first_are_drawn_and_it_is_said(shown, swept):
    sweep = Sweep(
        EXPERIMENT,
        (Axis("network.depth", tuple(range(1, 21))), Axis("network.width", tuple(range(3, 13)))),
    )
    result = swept[1][0][1]
    view = shown(MultiplesView, [(race, result) for race in sweep.races()], sweep)
    assert len(view.charts.charts) == 36
    assert "the first 36 of 200 charts" in view.caption
    for depth, width in view.points:
        assert depth <= 9
        assert width <= 6


def test_the_reading_is_of_the_step_under_the_mouse(shown, swept):
    view = shown(MultiplesView)
    curve = view.curves_of[swept[1][0][0].key, "test_loss"]
    box = view.charts.charts[0].box
    place = scene(box, curve.steps[-1], box.viewRange()[1][0])
    said = view.read(place)
    assert f"step {curve.steps[-1]:.0f}" in said
    assert all(reading(value) in said for value in curve.medians[-1])
    assert "a click opens this race" in said
