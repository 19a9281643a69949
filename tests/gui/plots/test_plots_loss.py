"""The loss chart shows what the recording holds: medians, bands, marks and the cursor."""

import dataclasses

import numpy as np
import pytest
from conftest import make_race
from PySide6.QtCore import QPointF

from engine.race import Race
from gui.plots.loss import ALONG, QUANTITIES, LossView
from gui.plots.ticks import reading


@pytest.fixture
def view(shown, finished):
    return shown(LossView, finished)


def choose(view, channel, along="", log=False):
    """Draw a channel over an axis, both linear unless `log`."""
    quantity = next(q for q in QUANTITIES if q.channel == channel)
    view.quantity_box.setCurrentIndex(view.quantity_box.findData(quantity))
    view.along_box.setCurrentIndex([a.channel for a in ALONG].index(along))
    view.log_y.setChecked(log)


def test_only_what_was_recorded_can_be_chosen(view, finished):
    channels = {view.quantity_box.itemData(i).channel for i in range(view.quantity_box.count())}
    assert channels <= set(finished.recording.curves.names)
    assert "test_accuracy" in channels
    assert "validation_loss" not in channels


@pytest.mark.parametrize("channel", ["test_loss", "train_loss", "test_accuracy", "gradient_norm"])
def test_lines_are_the_recordings_medians(view, finished, channel):
    choose(view, channel)
    values = finished.recording.curves.values(channel)
    for place, strand in enumerate(view.strands):
        x, y = strand.line.getData()
        np.testing.assert_array_equal(x[::2], finished.recording.curves.steps[:, 1])
        np.testing.assert_allclose(y[::2], np.median(values[:, place], axis=1), rtol=1e-12)


def test_a_log_axis_draws_the_logarithm(view, finished):
    choose(view, "test_loss", log=True)
    view.log_x.setChecked(True)
    x, y = view.strands[0].line.getData()
    median = np.median(finished.recording.curves.values("test_loss")[:, 0], axis=1)
    known = np.isfinite(x[::2])
    np.testing.assert_allclose(10 ** y[::2][known], median[-known.sum() :], rtol=1e-12)
    assert view.chart.left.logarithmic
    assert view.chart.bottom.logarithmic


def test_along_logarithms_the_band_begins_with_the_first_step_and_keeps_its_columns(shown):
    """Step 0 is infinitely far to the left, where nothing can be drawn or divided."""
    race = make_race(steps=300)
    race.advance(300)
    view = shown(LossView, race)
    choose(view, "test_loss", log=True)
    view.log_x.setChecked(True)
    steps = race.recording.curves.steps[:, 1]
    for strand in view.strands:
        bounds = strand.band.boundingRect()
        assert 10 ** bounds.left() == pytest.approx(steps[1])
        assert 10 ** bounds.right() == pytest.approx(steps[-1])
        assert all(len(np.unique(edge)) > 20 for edge in strand.band.edges)


@pytest.mark.parametrize("along", ["epoch", "seconds"])
def test_lines_can_run_along_epochs_and_each_ones_seconds(view, finished, along):
    choose(view, "test_loss", along)
    recorded = finished.recording.curves.values(along)
    for place, strand in enumerate(view.strands):
        expected = recorded if recorded.ndim == 1 else recorded[:, place]
        np.testing.assert_allclose(strand.line.getData()[0][::2], expected)


def test_the_cursor_reads_what_the_recording_holds(view, finished):
    choose(view, "test_loss")
    curves = finished.recording.curves
    row = 11
    text = view.read_at(float(curves.steps[row, 1]))
    values = curves.values("test_loss")[row]
    assert f"step {curves.steps[row, 1]}" in text
    for place, contestant in enumerate(finished.experiment.contestants):
        assert contestant.name in text
        for share in (0.25, 0.5, 0.75):
            assert reading(np.quantile(values[place], share)) in text


def test_the_cursor_is_under_the_mouse(view, finished):
    choose(view, "test_loss")
    box = view.chart.box
    place = box.mapViewToScene(QPointF(30.0, 0.3))
    assert view.read(place) == view.read_at(30.0)
    assert view.marks.cursor_at == pytest.approx(30.0)
    assert view.read(QPointF(-5, -5)) == ""
    assert view.marks.cursor_at is None


def test_single_seeds_are_all_there(view, finished):
    choose(view, "test_loss")
    assert not view.strands[0].seeds.isVisible()
    view.single_seeds.setChecked(True)
    values = finished.recording.curves.values("test_loss")
    for place, strand in enumerate(view.strands):
        drawn = strand.seeds.getData()[1]
        assert set(values[:, place].ravel()) == set(drawn[np.isfinite(drawn)])


def test_smoothing_leaves_the_raw_line_faintly(view):
    choose(view, "test_loss")
    raw = view.strands[0].line.getData()[1]
    view.smoothing[2].setChecked(True)
    view.redraw()
    assert view.strands[0].raw.isVisible()
    np.testing.assert_array_equal(view.strands[0].raw.getData()[1], raw)
    smoothed = view.strands[0].line.getData()[1]
    assert np.abs(np.diff(smoothed)).sum() < np.abs(np.diff(raw)).sum()


def test_criterion_and_baseline_are_lines_at_their_values(view, finished):
    facts = finished.recording.facts
    choose(view, "test_loss", log=True)
    heights = {level.text.split()[0]: level.y for level in view.marks.levels}
    assert 10 ** heights["criterion"] == pytest.approx(facts.threshold)
    assert 10 ** heights["best"] == pytest.approx(np.median(facts.baseline))
    choose(view, "test_accuracy")
    assert view.marks.levels == []


def test_an_accuracy_criterion_is_drawn_on_the_accuracy(shown):
    race = make_race(["relu"], criterion="accuracy", threshold=0.9)
    race.advance(10)
    view = shown(LossView, race)
    assert [level.text.split()[0] for level in view.marks.levels] == ["best"]
    choose(view, "test_accuracy")
    assert [level.y for level in view.marks.levels] == [0.9]


def test_interventions_are_marked_where_they_happened(shown):
    race = make_race(["relu", "elu"])
    race.advance(20)
    race.intervene("training.learning_rate", 0.01)
    race.advance(20)
    view = shown(LossView, race)
    (mark,) = view.marks.moments
    assert mark.x == 20
    assert mark.text == "learning rate 0.01"
    view.along_box.setCurrentIndex(1)
    (mark,) = view.marks.moments
    assert mark.x == pytest.approx(20 / race.recording.facts.steps_per_epoch)


def test_diverged_seeds_are_said_and_do_not_rule_the_axis(shown):
    race = make_race(["relu", "tanh"], data="sin3x", optimizer="sgd", learning_rate=20.0)
    race.advance(60)
    gone = {e.seed for e in race.recording.events if e.kind == "diverged" and e.contestant == 0}
    assert gone
    view = shown(LossView, race)
    assert f"ReLU {len(gone)} of 3" in view.caption
    assert view.chart.box.viewRange()[1][1] < 6
    view.log_y.setChecked(False)
    assert view.chart.box.viewRange()[1][1] < 1e4


def test_the_users_zoom_stays_until_a_double_click(shown):
    race = make_race(["relu"])
    race.advance(20)
    view = shown(LossView, race)
    box = view.chart.box
    box.setRange(xRange=(5, 10), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    race.advance(40)
    view.draw(race.recording, None)
    assert box.viewRange()[0] == [5, 10]
    box.double_clicked.emit()
    assert box.viewRange()[0] == [0, 60]


def test_the_table_has_every_row_unsmoothed(view, finished):
    choose(view, "train_loss")
    header, rows = view.table()
    assert len(rows) == len(finished.recording.curves)
    at = header.index("PReLU per layer: median")
    expected = np.median(finished.recording.curves.values("train_loss")[:, 1], axis=1)
    np.testing.assert_allclose([row[at] for row in rows], expected)


def test_the_cursor_goes_with_the_mouse_and_with_the_race(view, finished):
    choose(view, "test_loss")
    place = view.chart.box.mapViewToScene(QPointF(30.0, 0.3))
    view._mouse_moved(place)
    assert view.marks.cursor_at is not None
    view.plot_widget.left.emit()
    assert view.marks.cursor_at is None
    view._mouse_moved(place)
    view.start(finished.recording)
    assert view.marks.cursor_at is None
    view.draw(finished.recording, finished.snapshot())
    assert view.marks.cursor_at is None


def test_along_its_own_seconds_each_contestant_has_no_common_step(view, finished):
    choose(view, "test_loss", "seconds")
    seconds = finished.recording.curves.values("seconds")
    text = view.read_at(float(seconds[11, 1]))
    assert f"{reading(seconds[11, 1])} s" in text
    assert "step" not in text
    assert reading(np.median(finished.recording.curves.values("test_loss")[11, 1])) in text
    assert "Processor seconds" in view.chart.bottom.toolTip()


def test_both_losses_are_read_where_both_are_drawn(view, finished):
    both = next(q for q in QUANTITIES if q.beside == "train_loss")
    view.quantity_box.setCurrentIndex(view.quantity_box.findData(both))
    text = view.read_at(float(finished.recording.curves.steps[11, 1]))
    for channel in ("test_loss", "train_loss"):
        for values in finished.recording.curves.values(channel)[11]:
            assert reading(np.median(values)) in text


def test_the_first_points_are_dotted_and_a_long_curve_is_not(shown, view):
    race = make_race(["relu"])
    race.advance(1)
    lone = shown(LossView, race)
    choose(lone, "test_loss")
    x, y = lone.strands[0].dots.getData()
    values = race.recording.curves.values("test_loss")[:, 0]
    np.testing.assert_allclose(y, np.median(values, axis=1))
    np.testing.assert_array_equal(x, race.recording.curves.steps[:, 1])
    race.advance(59)
    lone.draw(race.recording, None)
    assert len(lone.strands[0].dots.getData()[0]) == 0


def test_the_caption_says_where_early_stopping_judges(shown):
    race = make_race(("relu", "elu"))
    task = dataclasses.replace(race.experiment.task, validation_share=0.2)
    stopping = dataclasses.replace(race.experiment.population, early_stopping="validation_loss")
    race = Race(dataclasses.replace(race.experiment, task=task, population=stopping))
    race.advance(60)
    first, second = np.median(race.recording.curves.values("stopped_step")[-1], axis=1)
    judged = f"judged at the lowest validation loss, at step: ReLU {first:.0f}, ELU 1 {second:.0f}"
    assert judged in shown(LossView, race).caption
