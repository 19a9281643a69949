"""The views of a sweep: what they draw is what the engine says, and a click finds its race."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.statistics import median
from engine.sweeps import Axis, Sweep, SweepFolder, disparity, sweep_file
from engine.sweeps.job import run
from gui import export
from gui.plots import SWEEP_PLOTS, CoordinatesView, DisparityView, OutcomeView
from gui.plots.sweep_plot import NO_SWEEP
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
def swept(tmp_path_factory):
    """A small sweep over depth and width, and its races."""
    axes = (Axis("network.depth", DEPTHS), Axis("network.width", WIDTHS))
    sweep = Sweep(EXPERIMENT, axes, name="Depths and widths")
    folder = SweepFolder(tmp_path_factory.mktemp("swept"))
    for race in sweep.races():
        folder.keep(race, run(race.experiment, race.tuned))
    return sweep, tuple((race, folder.result(race)) for race in sweep.races())


@pytest.fixture
def shown(qtbot, swept):
    def show(kind, raced=swept[1], sweep=swept[0]):
        view = kind()
        qtbot.addWidget(view)
        view.resize(700, 400)
        view.show_sweep(sweep, raced)
        view.show()
        qtbot.waitExposed(view)
        view.grab()
        return view

    return show


def scene(box, x, y):
    return box.mapViewToScene(QPointF(x, y))


@pytest.mark.parametrize("kind", SWEEP_PLOTS)
def test_without_races_there_is_nothing_and_with_them_something(kind, shown, swept):
    view = shown(kind, ())
    assert view.caption == NO_SWEEP
    assert view.race_at(QPointF(350, 200)) is None
    empty = view.table()[1]
    view.show_sweep(*swept)
    assert view.caption != NO_SWEEP
    assert len(view.table()[1]) > len(empty) == 0
    view.show_sweep(None, ())
    assert view.caption == NO_SWEEP


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
