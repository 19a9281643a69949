"""What every view owes the window: captions, choosers, themes, and nothing done twice."""

import dataclasses
import sys

import numpy as np
import pyqtgraph as pg
import pytest
from conftest import SIZES, make_race
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtWidgets import QApplication, QGraphicsScene, QWidget

from engine.race import Race
from gui.plots import PLOTS, FitView, HeatmapView, LossView, NumericsView, ShapesView, UnitsView
from gui.plots.axes import QuietAxis
from gui.plots.chart import Canvas
from gui.plots.colour_key import ColourKey
from gui.plots.curve import Curve
from gui.plots.gallery import Gallery
from gui.plots.headings import Legend
from gui.plots.pens import small_metrics
from gui.plots.view import NO_RACE
from gui.theme import DARK, LIGHT, contestant_colour

each_view = pytest.mark.parametrize("kind", PLOTS, ids=[view.key for view in PLOTS])


def items(view, kind):
    return [item for item in view.plot_widget.scene().items() if isinstance(item, kind)]


def hover_everywhere(view):
    """All that is read over the view and around it."""
    width, height = SIZES[view.key]
    return {
        view.read(QPointF(x, y))
        for x in np.linspace(-10, width + 10, 23)
        for y in np.linspace(-10, height + 10, 17)
    }


@each_view
def test_a_view_stands_alone(kind, qtbot, finished):
    """No window, no session: what the command line does."""
    view = kind()
    qtbot.addWidget(view)
    view.set_theme(DARK)
    view.start(finished.recording)
    view.draw(finished.recording, finished.snapshot())
    assert view.caption != NO_RACE
    header, rows = view.table()
    assert rows
    assert all(len(row) == len(header) for row in rows)


@each_view
def test_the_caption_says_how_many_seeds(kind, shown, finished):
    view = shown(kind, finished)
    assert "3 seeds" in view.caption
    lone = make_race(["relu"], seeds=1)
    lone.advance(6)
    assert "one seed" in shown(kind, lone).caption


@each_view
def test_every_chooser_has_a_name_and_a_tip(kind, shown, finished):
    view = shown(kind, finished)
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    choosers = view.controls().findChildren(QWidget, options=direct)
    assert choosers
    for chooser in choosers:
        assert chooser.accessibleName().startswith(view.title)
        assert chooser.toolTip()


@each_view
def test_nothing_is_drawn_when_nothing_changed(kind, shown, finished, monkeypatch):
    view = shown(kind, finished)
    snapshot = finished.snapshot()
    view.draw(finished.recording, snapshot)
    drawn = []
    monkeypatch.setattr(view, "refresh", lambda: drawn.append(1))
    view.draw(finished.recording, snapshot)
    assert drawn == []
    view.draw(finished.recording, finished.snapshot())
    assert drawn == []


@each_view
def test_a_theme_reaches_every_pen(kind, shown, finished):
    view = shown(kind, finished)
    for theme in (DARK, LIGHT):
        view.set_theme(theme)
        assert view.plot_widget.backgroundBrush().color() == pg.mkColor(theme.card)
        axes = items(view, QuietAxis)
        assert axes
        for axis in axes:
            assert axis.pen().color() == pg.mkColor(theme.border)
            assert axis.textPen().color() == pg.mkColor(theme.muted)
            assert axis.tickPen().color() == pg.mkColor(theme.grid)
        theirs = {contestant_colour(place, theme).lower() for place in range(3)}
        neutral = {theme.text, theme.muted}
        for curve in items(view, Curve):
            assert curve.pen.color().name() in theirs | neutral


@each_view
def test_a_new_race_leaves_nothing_of_the_old(kind, shown, finished):
    view = shown(kind, finished)
    other = make_race(["relu", "tanh", "gelu", "elu", "selu"], depth=2)
    other.advance(9)
    view.start(other.recording)
    view.draw(other.recording, other.snapshot())
    crowded = len(view.plot_widget.scene().items())
    for race in (finished, other, finished, other):
        view.start(race.recording)
        view.draw(race.recording, race.snapshot())
    assert len(view.plot_widget.scene().items()) == crowded
    shown_caption = view.caption
    view.start(None)
    assert len(view.plot_widget.scene().items()) <= crowded
    assert view.caption != shown_caption


@each_view
def test_a_plan_does_not_rename_the_race_that_is_shown(kind, shown, finished):
    """A finished race stays on the screen while the next one is being set up."""
    view = shown(kind, finished)
    view.show_experiment(make_race(["tanh"]).experiment)
    view.redraw()
    view.table()
    if view.key != "shapes":
        assert view.names() == [c.name for c in finished.experiment.contestants]
    view.start(None)
    assert view.names() == ["tanh"]


@each_view
def test_a_contestants_colour_goes_with_it(kind, shown, finished):
    moved = finished.experiment.contestants[::-1]
    race = Race(dataclasses.replace(finished.experiment, contestants=moved))
    race.advance(6)
    view = shown(kind, race)
    assert view.colours() == [2, 1, 0]
    wanted = [contestant_colour(number, view.theme).lower() for number in (2, 1, 0)]
    legends = items(view, Legend)
    for legend in legends:
        assert [pen.color().name() for _, pen in legend.entries] == wanted
    if not legends:
        owner = {"fit": "picture", "heatmaps": "maps"}.get(view.key)
        gallery = (getattr(view, owner) if owner else view).gallery
        assert [tile.title._colour.name() for tile in gallery.tiles] == wanted


@pytest.mark.parametrize("kind", [ShapesView, LossView, HeatmapView, FitView])
def test_a_step_between_two_records_is_seen_and_not_recorded(kind, shown):
    race = make_race(["relu", "prelu"], evaluate_every=10, record_every=10, learning_rate=0.1)
    race.advance(10)
    view = shown(kind, race)
    before = view.plot_widget.grab().toImage()
    for _ in range(5):
        for records in race.run(1, closely=True):
            for record in records:
                race.recording.add(record)
    snapshot = race.snapshot()
    race.recording.add(snapshot.fit)
    view.draw(race.recording, snapshot)
    assert view.plot_widget.grab().toImage() != before
    assert race.recording.curves.steps[-1, 1] == race.recording.layers.steps[-1, 1] == 10
    race.advance(25)
    race.recording.add(race.snapshot().fit)
    view.draw(race.recording, snapshot)
    assert view.table() == shown(kind, race).table()


@each_view
def test_a_race_can_be_watched_from_its_first_step(kind, shown):
    race = make_race(["relu", "prelu"], seeds=2)
    view = shown(kind, race)
    assert not len(view.curves)
    hover_everywhere(view)
    for _ in range(20):
        race.advance(1)
        view.draw(race.recording, race.snapshot())
        view.plot_widget.grab()
    assert view.table()[1]


@pytest.mark.parametrize("kind", [HeatmapView, NumericsView, UnitsView])
def test_a_race_that_stands_before_its_first_row_has_no_key_to_colours(kind, shown):
    race = make_race()
    view = shown(kind, race)
    keys = [key for key in items(view, ColourKey) if key.isVisible()]
    assert not any(key.effectiveOpacity() for key in keys)
    race.advance(5)
    view.draw(race.recording, race.snapshot())
    assert all(gallery.opacity() > 0 for gallery in items(view, Gallery))


@each_view
def test_the_mouse_may_be_anywhere(kind, shown, finished):
    view = shown(kind, finished)
    width, height = SIZES[view.key]
    read = hover_everywhere(view)
    assert "" in read
    assert len(read) > 10
    view._mouse_moved(QPointF(width / 2, height / 2))
    view.plot_widget.left.emit()
    assert not view._reading.isVisible()


@each_view
def test_twelve_contestants_find_room(kind, shown):
    race = make_race(["relu", "elu", "tanh", "gelu"] * 3, seeds=1, depth=1)
    race.advance(6)
    view = shown(kind, race)
    assert not view.plot_widget.grab().isNull()


@pytest.mark.parametrize("count", [1, 2, 4, 5, 12])
@pytest.mark.parametrize("square", [False, True])
@pytest.mark.parametrize("size", [(930, 210), (520, 240), (1300, 800), (300, 900)])
def test_tiles_are_alike_and_apart(qtbot, count, square, size):
    canvas = pg.GraphicsLayoutWidget()
    qtbot.addWidget(canvas)
    canvas.resize(*size)
    names = [f"contestant {place}" for place in range(count)]
    gallery = Gallery(names, list(range(count)), 1.0, left="layer", bottom="step", square=square)
    gallery.set_theme(LIGHT)
    canvas.addItem(gallery)
    canvas.show()
    canvas.grab()
    areas = [tile.box.sceneBoundingRect() for tile in gallery.tiles]
    for place, area in enumerate(areas):
        assert area.width() == pytest.approx(areas[0].width(), abs=1)
        assert area.height() == pytest.approx(areas[0].height(), abs=1)
        assert area.width() > 25
        assert area.height() > 25
        assert all(not area.intersects(other) for other in areas[:place])
        assert canvas.sceneRect().contains(area)
    if square:
        assert areas[0].width() == pytest.approx(areas[0].height(), abs=1)


@pytest.mark.parametrize("square", [False, True])
@pytest.mark.parametrize("width", [260, 1300])
def test_no_name_over_an_image_is_cut_a_legend_has_them_all_where_there_is_no_room(
    qtbot, square, width
):
    names = ["ReLU", "Leaky ReLU 0.01", "Leaky ReLU 0.1", "PReLU per layer"]
    gallery = Gallery(names, [0, 1, 2, 3], 1.0, left="layer", bottom="step", square=square)
    canvas = pg.GraphicsLayoutWidget()
    qtbot.addWidget(canvas)
    canvas.resize(width, 260)
    canvas.addItem(gallery)
    canvas.show()
    gallery.set_theme(LIGHT)
    gallery.show_values(["0 %", "0.146 %", "100 %", "diverged"])
    canvas.grab()
    (legend,) = (item for item in gallery.childItems() if isinstance(item, Legend))
    assert legend.isVisible() == (width < 1000)
    assert [name for name, _ in legend.entries] == names
    titles = [tile.title for tile in gallery.tiles]
    if legend.isVisible():
        assert [title.text for title in titles] == ["0 %", "0.146 %", "100 %", "diverged"]
        tops = [title.sceneBoundingRect().top() for title in titles]
        assert legend.sceneBoundingRect().bottom() <= min(tops) + 1
    else:
        assert [title.text.partition(" · ")[2] for title in titles] == names
    for title in titles:
        assert small_metrics().horizontalAdvance(title.text) <= title.boundingRect().width()


def test_no_reference_to_none_is_lost_in_200_frames(shown):
    """PySide6 6.12 on CPython 3.11 drops one at every call that returns nothing."""
    race = make_race(["relu", "prelu"], steps=0, evaluate_every=1, record_every=1)
    race.advance(2)
    views = [shown(kind, race) for kind in PLOTS]
    before = sys.getrefcount(None)
    for _ in range(200):
        race.advance(1)
        snapshot = race.snapshot()
        for view in views:
            view.draw(race.recording, snapshot)
            view.plot_widget.grab()
    assert sys.getrefcount(None) >= before - 50


def test_drawing_more_rows_costs_no_more_points(shown):
    race = make_race(["relu"], steps=0, evaluate_every=1)
    race.advance(1500)
    view = shown(LossView, race)
    assert len(view.strands[0].line.getData()[0]) <= 2 * 501


@each_view
def test_a_view_that_is_gone_leaves_no_widget_behind(kind, qtbot, finished):
    """Its choosers were left once: every later change of theme styled them again."""
    before = set(QApplication.allWidgets())
    view = kind()
    view.start(finished.recording)
    view.deleteLater()
    QCoreApplication.sendPostedEvents(view, QEvent.Type.DeferredDelete)
    assert set(QApplication.allWidgets()) <= before


def test_a_canvas_keeps_no_index_of_places(qtbot):
    """Items whose bounds follow a plotting area move before they can say so, and stay in one."""
    canvas = Canvas()
    qtbot.addWidget(canvas)
    assert canvas.scene().itemIndexMethod() == QGraphicsScene.ItemIndexMethod.NoIndex


@pytest.mark.parametrize("kind", [HeatmapView, NumericsView, UnitsView])
def test_a_gallery_that_waited_for_its_first_row_lies_as_one_that_did_not(kind, qtbot, shown):
    race = make_race()
    waiting = kind()
    qtbot.addWidget(waiting)
    waiting.resize(*SIZES[waiting.key])
    waiting.start(race.recording)
    waiting.draw(race.recording, None)
    waiting.show()
    qtbot.waitExposed(waiting)
    waiting.grab()
    race.advance(60)
    at_once = shown(kind, race)
    waiting.draw(race.recording, race.snapshot())

    def places(view):
        view.grab()
        (gallery,) = items(view, Gallery)
        return [tile.box.sceneBoundingRect() for tile in gallery.tiles]

    qtbot.waitUntil(lambda: places(waiting) == places(at_once))
