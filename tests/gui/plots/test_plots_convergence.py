"""The convergence view: what is on the screen is what the engine's survival curves say."""

import math

import numpy as np
import pytest
from conftest import make_race

from engine.arrival import arrivals
from engine.cost import Cost
from engine.outcomes import diverged_lanes, steps_to_criterion
from engine.recording import Event
from engine.verdict import verdict
from gui.plots import ConvergenceView

COSTS = tuple(Cost(seconds, 0.9 * seconds, 1.1 * seconds, lanes=6) for seconds in (6e-4, 3e-4))


@pytest.fixture
def race():
    """Of which some lanes arrive, some do not, and one that had arrived diverges."""
    race = make_race(["relu", "elu"], seeds=6, criterion="train_loss", threshold=0.69, hold=1)
    race.advance(60)
    place = np.argwhere(np.isfinite(steps_to_criterion(race.recording)))[0]
    race.recording.events.insert(-1, Event(58, "diverged", *map(int, place)))
    found = arrivals(race.recording)
    assert all(0 < arrival.curve.arrived.sum() < 6 for arrival in found)
    return race


def drawn(view, place):
    return view.staircases[place].line.getData()


def test_a_curve_steps_from_none_to_the_share_that_arrived(race, shown):
    view = shown(ConvergenceView, race)
    for place, arrival in enumerate(arrivals(race.recording)):
        x, y = drawn(view, place)
        assert (x[0], y[0]) == (0, 0)
        assert (x[-1], y[-1]) == (arrival.budget, pytest.approx(arrival.share.estimate))
        assert (np.diff(x) >= 0).all()
        assert (np.diff(y) >= 0).all()
        assert not ((np.diff(x) > 0) & (np.diff(y) > 0)).any(), "a step has no slope"
        for time, left in zip(arrival.curve.times, arrival.curve.remaining, strict=True):
            assert y[np.searchsorted(x, time, "right") - 1] == pytest.approx(1 - left)


def test_who_never_arrives_is_marked_where_he_was_last_seen(race, shown):
    view = shown(ConvergenceView, race)
    for place, arrival in enumerate(arrivals(race.recording)):
        marks = view.staircases[place].censored.getData()
        np.testing.assert_allclose(marks, [[arrival.budget], [arrival.share.estimate]])
        assert f"{view.names()[place]} {len(arrival.curve.censored)}" in view.caption
    assert "never: " in view.caption
    every = race.experiment.population.evaluate_every
    assert f"known to {every} steps" in view.caption
    assert view.caption.count("(1 diverged)") == diverged_lanes(race.recording).sum() == 1


def test_a_race_that_goes_on_grows(shown):
    race = make_race(["relu", "elu"], seeds=6, criterion="train_loss", threshold=0.69, hold=1)
    view = shown(ConvergenceView, race)
    for _ in range(12):
        race.advance(5)
        view.draw(race.recording, race.snapshot())
        assert ("so far" in view.caption) == (not race.finished)
        for place, arrival in enumerate(arrivals(race.recording)):
            x, y = drawn(view, place)
            assert (x[-1], y[-1]) == (race.step // 2 * 2, pytest.approx(arrival.share.estimate))


def test_time_is_steps_times_their_cost_once_that_is_known(race, shown):
    view = shown(ConvergenceView, race)
    view.along_box.setCurrentIndex(1)
    by_steps = [drawn(view, place)[0] for place in range(2)]
    assert "until it is known" in view.caption
    view.show_verdict(verdict(race.recording, COSTS))
    # 60 steps at 100 µs and at 50 µs: milliseconds.
    for place, step in enumerate((0.1, 0.05)):
        np.testing.assert_allclose(drawn(view, place)[0], by_steps[place] * step)
    assert "ms" in view.chart.bottom.labelText
    assert "until it is known" not in view.caption
    view.show_verdict(None)
    assert "ms" in view.chart.bottom.labelText, "the race goes on, and costs what it did"
    header, rows = view.table()
    assert header[1] == "seconds"
    assert max(row[1] for row in rows) == pytest.approx(60 * 1e-4)
    view.start(race.recording)
    assert view.chart.bottom.labelText == "step"


@pytest.mark.parametrize("clock", ["seconds", "steps"])
def test_the_evidence_of_who_is_first_is_drawn_by_its_own_clock(race, shown, clock):
    view = shown(ConvergenceView, race)
    found = verdict(race.recording, COSTS)
    view.show_verdict(found)
    (finding,) = (f for f in found.findings if f.shows.get("clock") == clock)
    view.along_box.setCurrentIndex(int(clock == "steps"))  # on the other one
    view.point_at(finding.shows)
    assert view.table()[0][1] == clock


def test_a_logarithmic_axis_moves_no_share(race, shown):
    view = shown(ConvergenceView, race)
    linear = [drawn(view, place) for place in range(2)]
    view.log_x.setChecked(True)
    for place, (x, y) in enumerate(linear):
        log_x, log_y = drawn(view, place)
        np.testing.assert_array_equal(log_y, y)
        late = x >= 10 ** view.chart.x_range[0]
        np.testing.assert_allclose(10 ** log_x[late], x[late])
        assert np.isfinite(log_x).all()


def test_the_reading_says_who_has_arrived_and_when_half_have(race, shown):
    view = shown(ConvergenceView, race)
    text = view.read_at(60)
    for arrival in arrivals(race.recording):
        assert f"{arrival.curve.arrived.sum()} of 6" in text
        median = arrival.median
        for time in (median.estimate, median.low, median.high):
            assert (f"{time:,.0f}" if math.isfinite(time) else "beyond the budget") in text
    assert "0 of 6" in view.read_at(0)


def test_the_table_counts_every_lane_once(race, shown):
    header, rows = shown(ConvergenceView, race).table()
    arrived, censored = header.index("arrived"), header.index("censored")
    for name in ("ReLU", "ELU 1"):
        own = [row for row in rows if row[0] == name]
        assert sum(row[arrived] + row[censored] for row in own) == 6
        assert [row[1] for row in own] == sorted(row[1] for row in own)
