"""The fit is what the networks answer: curves, maps, matrices and dots in their right places."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from conftest import make_race
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPicture

from engine.fit import FitView as Look
from engine.recording import Recording
from gui.plots.chart import Canvas
from gui.plots.fit import NOT_YET, FitView
from gui.plots.fit_confusion import ConfusionPicture
from gui.plots.ticks import reading
from gui.plots.view import NO_RACE
from gui.theme import LIGHT


def raced(**about):
    race = make_race(["relu", "elu"], **about)
    race.advance(60)
    return race


@pytest.fixture(scope="module")
def curve():
    return raced(data="sin3x")


@pytest.fixture(scope="module")
def plane():
    return raced(data="gaussians", learning_rate=0.03)


@pytest.fixture(scope="module")
def digits():
    return raced(data="digits", width=16)


@pytest.fixture(scope="module")
def table():
    return raced(data="penguins")


def test_a_curves_lines_are_medians_over_seeds(shown, curve):
    view = shown(FitView, curve)
    outputs = curve.snapshot().fit.outputs
    for place, line in enumerate(view.picture.lines):
        x, y = line.getData()
        np.testing.assert_array_equal(x, curve.recording.view.points[:, 0])
        np.testing.assert_allclose(y, np.median(outputs[place], axis=0), rtol=1e-6)
    drawn = view.picture.seeds[0].getData()[1]
    np.testing.assert_array_equal(drawn[np.isfinite(drawn)], outputs[0].ravel())
    np.testing.assert_array_equal(view.picture.truth.getData()[1], curve.recording.view.truth)


def test_ticks_stand_at_the_kinks_of_the_seed_that_is_kept(shown, curve):
    view = shown(FitView, curve)
    kinks = curve.snapshot().fit.kinks
    for ticks, row in zip(view.picture.ticks, kinks, strict=True):
        np.testing.assert_array_equal(ticks.getData()[0][::2], row[np.isfinite(row)])
    assert "kinks of seed 0" in view.caption
    text = view.read(view.picture.chart.box.mapViewToScene(QPointF(0, 0)))
    assert f"{np.isfinite(kinks[0]).sum()} kinks" in text


def test_one_seed_of_a_curve(shown, curve):
    view = shown(FitView, curve)
    view.seed_box.setCurrentIndex(3)
    outputs = curve.snapshot().fit.outputs
    np.testing.assert_array_equal(view.picture.lines[1].getData()[1], outputs[1, 2])
    assert not view.picture.seeds[1].isVisible()
    assert "seed 2" in view.caption


def test_a_curve_reads_where_the_mouse_is(shown, curve):
    view = shown(FitView, curve)
    at = 100
    x, truth = curve.recording.view.points[at, 0], curve.recording.view.truth[at]
    text = view.read(view.picture.chart.box.mapViewToScene(QPointF(x, 0)))
    assert f"x = {reading(x)}" in text
    assert reading(truth) in text
    assert reading(np.median(curve.snapshot().fit.outputs[0, :, at])) in text


def test_a_map_is_the_mean_over_seeds_with_its_corners_in_place(shown, plane):
    view = shown(FitView, plane)
    mean = plane.snapshot().fit.outputs.mean(axis=1)
    points = plane.recording.view.points
    for place, tile in enumerate(view.picture.gallery.tiles):
        for at in (0, 40, len(points) - 1, 700):
            scene = tile.box.mapViewToScene(QPointF(*points[at]) * 0.999)
            assert reading(mean[place, at]) in view.read(scene)
        # Two gaussians: class 1 about (2, 2), class 0 about (-2, -2).
        codes = tile.image.codes
        assert codes[-30, -30] > codes[30, 30]


def test_a_maps_colours_pass_through_every_value_looked_at(shown, plane):
    view = shown(FitView, plane)
    mean = plane.snapshot().fit.outputs.mean(axis=1).reshape(2, 41, 41)
    for place, tile in enumerate(view.picture.gallery.tiles):
        coarse = tile.image.codes[::4, ::4].astype(float) / 255
        np.testing.assert_allclose(coarse, mean[place], atol=0.5 / 255 + 1e-6)


def test_dots_are_training_data(shown, plane):
    view = shown(FitView, plane)
    x, y = view.picture.dots[0].getData()
    inputs = {tuple(point) for point in plane.recording.view.train_inputs}
    assert {*zip(x, y, strict=True)} <= inputs
    assert len(x) == len(inputs)


def test_dots_of_a_colour_are_painted_once(shown, plane):
    view = shown(FitView, plane)
    colours = len(np.unique(plane.recording.view.train_targets))
    assert [len(dots.fragmentAtlas) for dots in view.picture.dots] == [colours] * 2


def test_a_confusion_matrix_counts_the_test_data(shown, digits):
    view = shown(FitView, digits)
    counts = digits.snapshot().fit.counts.mean(axis=1)
    np.testing.assert_allclose(view.picture.counts, counts)
    np.testing.assert_allclose(view.picture.shares.sum(axis=2), 1)
    right = counts[0].trace() / counts[0].sum()
    assert view.picture.gallery.tiles[0].title.text.startswith(f"{100 * right:.1f} %")


def test_the_first_class_is_at_the_upper_left(shown, digits):
    view = shown(FitView, digits)
    tile = view.picture.gallery.tiles[0]
    text = view.read(tile.box.mapViewToScene(QPointF(0.1, 8.9)))
    assert "true 0, predicted 0" in text
    assert f"{view.picture.shares[0, 0, 0]:.1%}" in text
    text = view.read(tile.box.mapViewToScene(QPointF(3.0, 9 - 7.0)))
    assert "true 7, predicted 3" in text
    codes = tile.image.codes
    diagonal = np.eye(10, dtype=bool)[::-1]
    assert (codes[diagonal] < 128).all()
    assert (codes[~diagonal] >= 128).all()


@pytest.mark.parametrize("kind", ["curve", "plane", "digits", "table"])
def test_the_caption_begins_with_the_step_of_what_is_drawn(shown, kind, request):
    """The photograph, and so the picture, may be older than the rows of the curves."""
    race = request.getfixturevalue(kind)
    view = shown(FitView, race)
    older = dataclasses.replace(race.snapshot().fit, step=1234)
    race.recording.add(older)
    view.draw(race.recording, None)
    assert view.caption.startswith("at step 1,234 · ")


def words_on(axis):
    """What an axis writes, and where in the scene."""
    painter = QPainter(picture := QPicture())
    labels = axis.generateDrawSpecs(painter)[2]
    painter.end()
    assert picture is not None
    return [(text, axis.mapRectToScene(rect)) for rect, _, text in labels]


def matrices(classes, contestants):
    """A picture of so many confusion matrices, of classes by name."""
    look = Look(
        "confusion", np.empty((0, 1)), None, np.empty((0, 1)), np.empty((0, 1)), (), classes,
        (0.0, 1.0), (0.0, 1.0),
    )  # fmt: skip
    names = ["ReLU", "Leaky ReLU 0.1", "PReLU per layer", "ELU 1", "Swish 1"][:contestants]
    return ConfusionPicture(names, list(range(contestants)), look, "classification", 0)


@pytest.fixture
def laid_out(qtbot):
    """Puts a picture on a canvas of a card's size."""
    kept = []

    def lay(picture, width, height):
        canvas = Canvas()
        qtbot.addWidget(canvas)
        canvas.addItem(picture.item, 0, 0)
        canvas.resize(width, height)
        picture.set_theme(LIGHT)
        canvas.show()
        qtbot.waitExposed(canvas)
        kept.append(canvas)
        return canvas

    return lay


WINE = ("barbera", "barolo", "grignolino")
LONG = ("a class with quite a long name indeed", "another class with a long name", "third")
DIGITS = tuple("0123456789")


@pytest.mark.parametrize("classes", [WINE, LONG, DIGITS], ids=["wine", "long", "digits"])
@pytest.mark.parametrize("contestants", [2, 4, 5])
@pytest.mark.parametrize("size", [(380, 200), (560, 200), (900, 300)])
def test_matrices_stay_in_their_card_and_their_labels_apart(laid_out, classes, contestants, size):
    picture = matrices(classes, contestants)
    canvas = laid_out(picture, *size)
    tiles, card = picture.gallery.tiles, canvas.rect()
    for tile in tiles:
        box = tile.box.sceneBoundingRect()
        assert box.left() >= 0
        assert box.right() <= card.right()
        assert box.width() == pytest.approx(box.height())
    rows = {}
    for tile in tiles:
        said = [rect for _, rect in words_on(tile.bottom)]
        assert all(one.right() <= other.left() for one, other in pairwise(said))
        if tile.bottom.labelText:
            rows.setdefault(tile.bottom.pos().y(), []).append(tile.bottom.label)
    for labels in rows.values():
        places = [label.mapRectToScene(label.boundingRect()) for label in labels]
        assert all(one.right() <= other.left() + 8 for one, other in pairwise(places))
    assert any(tile.bottom.labelText == "predicted class" for tile in tiles)


def test_each_of_a_few_classes_is_named_below(laid_out):
    picture = matrices(WINE, 4)
    laid_out(picture, 560, 200)
    for tile in picture.gallery.tiles:
        said = [text for text, _ in words_on(tile.bottom)]
        assert len(said) == 3
        assert all(text[:2] == name[:2] for text, name in zip(said, WINE, strict=True))


def test_a_scatter_sets_predicted_against_true(shown, table):
    view = shown(FitView, table)
    outputs = table.snapshot().fit.outputs
    for place, dots in enumerate(view.picture.dots):
        x, y = dots.getData()
        np.testing.assert_array_equal(x, table.recording.view.truth)
        np.testing.assert_array_equal(y, outputs[place, 0])


@pytest.mark.parametrize("race", ["curve", "plane", "digits", "table"])
def test_tables_name_every_contestant(shown, race, request):
    view = shown(FitView, request.getfixturevalue(race))
    header, rows = view.table()
    assert all(len(row) == len(header) for row in rows)
    named = set(header) | {row[0] for row in rows}
    assert {"ReLU", "ELU 1"} <= named


def test_one_view_goes_from_task_to_task(shown, curve, plane, digits, table):
    view = shown(FitView, curve)
    for race in (plane, digits, table, curve):
        view.start(race.recording)
        view.draw(race.recording, None)
        assert view.table()[1]
        assert not view.plot_widget.grab().isNull()


def test_networks_that_diverged_leave_a_gap(shown):
    race = raced(data="sin3x", optimizer="sgd", learning_rate=20.0)
    view = shown(FitView, race)
    outputs = race.snapshot().fit.outputs
    line = view.picture.lines[0].getData()[1]
    gone = ~np.isfinite(outputs[0]).any(axis=0)
    assert gone.any()
    assert np.isnan(line[gone]).all()


@pytest.mark.parametrize("race", ["curve", "plane", "digits", "table"])
def test_a_reopened_recording_shows_the_same_fit(shown, race, request, tmp_path, qtbot):
    race = request.getfixturevalue(race)
    race.recording.save(tmp_path / "race.npz")
    reopened = Recording.load(tmp_path / "race.npz")
    then, now = shown(FitView, race), FitView()
    qtbot.addWidget(now)
    now.start(reopened)
    now.draw(reopened, None)
    assert now.caption == then.caption
    assert now.table() == then.table()
    assert not now.plot_widget.grab().isNull()


def test_a_race_that_was_not_looked_at_has_no_fit_yet(shown, curve):
    view = shown(FitView, curve)
    new = make_race(["relu"], data="sin3x")
    view.start(new.recording)
    view.draw(new.recording, None)
    assert view.caption == NOT_YET
    assert view.table()[1] == []
    view.start(None)
    assert view.caption == NO_RACE
