"""Statistics over seeds are NumPy's own, whether rows come one by one, all at once or thinned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.recording import Row
from engine.track import Channel, Track
from gui.plots.columns import Columns, nearest, smooth, zigzag
from gui.plots.seeds import LayerSummary, SeedSummary, median_of_present
from gui.plots.seen import Seen

CONTESTANTS, SEEDS, LAYERS = 2, 5, 3


def track_of(name, shape, rows, memory=10_000_000):
    return Track({name: Channel(shape)}, memory), [
        np.random.default_rng(row).lognormal(size=shape) for row in range(rows)
    ]


@pytest.mark.parametrize("memory", [10_000_000, 25_000], ids=["whole", "thinned"])
@pytest.mark.parametrize("falling", [True, False])
def test_row_by_row_equals_all_at_once(memory, falling):
    track, rows = track_of("loss", (CONTESTANTS, SEEDS), 500, memory)
    seen = Seen(track)
    growing = SeedSummary(seen, "loss", falling)
    for step, values in enumerate(rows):
        track.add(2 * step, {"loss": values})
        if step % 3 == 0:
            growing.update()
        if step % 4 == 0:  # between two records
            seen.glimpse = Row("curves", 2 * step + 1, {"loss": 2 * values})
            growing.update()
            assert len(growing) == len(track) + 1
    growing.update()
    assert (track.width > 1) == (memory < 1e6)
    fresh = SeedSummary(track, "loss", falling)
    fresh.update()
    for ours, theirs in zip(growing.extent + growing.quartiles, fresh.extent + fresh.quartiles,
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(growing.median, fresh.median)
    np.testing.assert_allclose(fresh.median, np.median(track.values("loss"), axis=2), rtol=1e-12)
    for edge, part, share in zip(fresh.quartiles, ("min", "max"), (0.25, 0.75), strict=True):
        expected = np.quantile(track.values("loss", part), share, axis=2)
        np.testing.assert_allclose(edge, expected, rtol=1e-12)


def test_a_diverged_seed_counts_as_the_worst():
    track = Track({"loss": Channel((1, 5))}, 100_000)
    for step, out in enumerate((0, 1, 2, 3)):
        values = np.arange(1.0, 6.0)
        values[:out] = np.nan
        track.add(step, {"loss": values[None]})
    summary = SeedSummary(track, "loss")
    summary.update()
    np.testing.assert_array_equal(summary.median[:, 0], [3, 4, 5, np.nan])
    np.testing.assert_array_equal(summary.quartiles[1][:, 0], [4, 5, np.nan, np.nan])
    rising = SeedSummary(track, "loss", falling=False)
    rising.update()
    np.testing.assert_array_equal(rising.median[:, 0], [3, 3, 3, np.nan])


@pytest.mark.parametrize("seed", [None, 2])
def test_layers_row_by_row_equal_all_at_once(seed):
    track, rows = track_of("dead", (CONTESTANTS, SEEDS, LAYERS), 300, 40_000)
    growing = LayerSummary(track, "dead", seed)
    for step, values in enumerate(rows):
        track.add(step, {"dead": values})
        growing.update()
    values = track.values("dead")
    expected = np.median(values, axis=2) if seed is None else values[:, :, seed]
    assert track.width > 1
    np.testing.assert_array_equal(growing.values, expected)


@given(st.lists(st.lists(st.sampled_from([0.0, 1e-300, 1.0, 2.5, np.nan]), min_size=4, max_size=4)))
def test_the_median_leaves_out_what_was_not_measured(rows):
    values = np.array(rows).reshape(-1, 4)
    expected = [np.median(row[~np.isnan(row)]) if (~np.isnan(row)).any() else np.nan
                for row in values]  # fmt: skip
    np.testing.assert_array_equal(median_of_present(values, axis=1), expected)


def test_half_of_the_smallest_number_is_not_zero():
    tiny = np.finfo(np.float32).smallest_subnormal
    assert median_of_present(np.array([[0, tiny]], np.float32), axis=1)[0] > 0


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=60).map(sorted),
    st.integers(1, 20),
    st.integers(0, 59),
)
def test_no_spike_is_lost_between_columns(x, count, spike):
    x = np.array(x)
    values = np.zeros(len(x))
    values[spike % len(x)] = 1e6
    columns = Columns.of(x, 0.0, 100.0, count)
    assert columns.highest(values).max() == 1e6
    assert columns.lowest(-values).min() == -1e6
    assert columns.last(values)[-1] == values[-1]
    assert len(columns) <= max(count, 1) + 1
    assert (np.diff(columns.last(x)) >= 0).all()


def test_columns_of_a_part_reach_one_row_beyond_it():
    x = np.arange(100.0)
    columns = Columns.of(x, 20.5, 30.5)
    assert columns.last(x)[0] == 20
    assert columns.last(x)[-1] == 31


def test_a_zigzag_passes_through_both_extremes_of_every_column():
    path = zigzag(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(path, [1, 3, 2, 4])


def test_smoothing_keeps_a_constant_and_gaps():
    values = np.full(50, 3.0)
    values[20:25] = np.nan
    smoothed = smooth(values, 4.0)
    np.testing.assert_allclose(smoothed[np.isfinite(values)], 3.0, rtol=1e-12)
    assert np.isnan(smoothed[20:25]).all()
    noise = np.random.default_rng(0).normal(size=500)
    assert smooth(noise, 5.0).std() < 0.5 * noise.std()


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30).map(sorted), st.floats(-2e3, 2e3))
def test_the_nearest_row_is_the_nearest(rising, value):
    place = nearest(np.array(rising), value)
    assert abs(rising[place] - value) == min(abs(r - value) for r in rising)
