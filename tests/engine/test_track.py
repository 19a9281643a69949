"""A track forgets resolution, never a spike, a step or a count, and never outgrows its memory."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.settings import Refusal
from engine.track import MIN_ROWS, Channel, Track

CHANNELS = {
    "loss": Channel((2,)),
    "gradient": Channel((1, 2), dtype="float32"),
    "counts": Channel((3,), merge="sum", dtype="uint32"),
    "epoch": Channel(merge="last"),
}
ROW_BYTES = 16 + 4 * 16 + 4 * 8 + 12 + 8
NUMBER = st.one_of(
    st.floats(-(2.0**100), 2.0**100, width=32),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0]),
)


def row(number: float, other: float, count: int) -> dict[str, np.ndarray]:
    return {
        "loss": np.array([number, other]),
        "gradient": np.array([[other, number]], np.float32),
        "counts": np.array([count, 0, 1], np.uint32),
        "epoch": np.array(float(count)),
    }


def filled(rows: int, memory: int = 40 * ROW_BYTES) -> Track:
    track = Track(CHANNELS, memory)
    for step in range(rows):
        track.add(3 * step, row(np.sin(step), step, 1))
    return track


@given(
    values=st.lists(st.tuples(NUMBER, NUMBER, st.integers(0, 9)), min_size=1, max_size=400),
    gaps=st.lists(st.integers(1, 5), min_size=400, max_size=400),
    spare_rows=st.integers(0, 9),
)
def test_every_row_summarises_exactly_the_steps_it_names(values, gaps, spare_rows):
    memory = (MIN_ROWS + spare_rows) * ROW_BYTES
    track = Track(CHANNELS, memory)
    steps = np.cumsum(gaps[: len(values)])
    for step, value in zip(steps, values, strict=True):
        track.add(int(step), row(*value))
        assert track.nbytes <= memory
    plain = {name: np.array([row(*v)[name] for v in values]) for name in CHANNELS}
    covered = [np.flatnonzero((steps >= a) & (steps <= b)) for a, b in track.steps]
    assert np.array_equal(np.concatenate(covered), np.arange(len(steps)))
    for place, inside in enumerate(covered):
        assert tuple(track.steps[place]) == (steps[inside[0]], steps[inside[-1]])
        for name in ("loss", "gradient"):
            merged = plain[name][inside]
            kept = {part: track.values(name, part)[place] for part in CHANNELS[name].parts}
            np.testing.assert_array_equal(kept["first"], merged[0])
            np.testing.assert_array_equal(kept["last"], merged[-1])
            np.testing.assert_array_equal(kept["min"], np.fmin.reduce(merged))
            np.testing.assert_array_equal(kept["max"], np.fmax.reduce(merged))
        total = plain["counts"][inside].sum(axis=0)
        np.testing.assert_array_equal(track.values("counts", "sum")[place], total)
        assert track.values("epoch")[place] == plain["epoch"][inside[-1]]


@pytest.mark.parametrize("rows", [1, 2, 3, 39, 40, 41, 42, 79, 80, 81, 1000, 5001])
def test_first_and_newest_row_stand_alone_and_the_others_are_equally_wide(rows):
    track = filled(rows)
    recorded = (np.diff(track.steps, axis=1)[:, 0] // 3) + 1
    assert recorded[0] == recorded[-1] == 1
    assert np.all(recorded[1:-2] == track.width)
    assert recorded[1:-1].max(initial=1) <= track.width
    assert rows < 32 or len(track) > track.capacity // 2 - 1


def test_a_table_full_of_nan_stays_nan_without_a_warning():
    track = Track({"loss": Channel((2,))}, 64 * 80)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in range(300):
            track.add(step, {"loss": np.full(2, np.nan)})
    assert np.isnan(track.values("loss", "max")).all()


def test_a_number_beyond_float32_is_recorded_as_infinite_without_a_warning():
    track = Track({"gradient": Channel((1,), dtype="float32")}, 10_000)
    track.add(0, {"gradient": np.array([1e300])})
    assert track.values("gradient")[0, 0] == np.inf


def test_a_short_race_stays_small():
    track = filled(40, memory=10**9)
    assert track.nbytes < 200 * ROW_BYTES


def test_views_are_neither_copies_nor_writeable():
    track = filled(35)
    view = track.values("loss", "max")
    assert np.shares_memory(view, track.values("loss", "max"))
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 0


def test_steps_must_rise_and_rows_be_whole():
    track = filled(5)
    with pytest.raises(ValueError, match="step 12 was recorded after step 12"):
        track.add(12, row(0, 0, 0))
    with pytest.raises(ValueError, match="a row needs"):
        track.add(13, {"loss": np.zeros(2)})


def test_memory_for_fewer_than_32_rows_is_refused():
    Track(CHANNELS, MIN_ROWS * ROW_BYTES)
    with pytest.raises(Refusal, match=r"population\.memory"):
        Track(CHANNELS, MIN_ROWS * ROW_BYTES - 1)


@pytest.mark.parametrize("rows", [0, 1, 2, 33, 40, 41, 77, 500])
def test_a_stored_track_goes_on_as_if_never_stored(rows):
    track = filled(rows)
    stored = {name: np.array(array) for name, array in track.to_arrays().items()}
    again = Track.from_arrays(CHANNELS, 40 * ROW_BYTES, stored)
    for step in range(rows, rows + 100):
        for table in (track, again):
            table.add(3 * step, row(-step, np.cos(step), 2))
    assert np.array_equal(track.steps, again.steps)
    for name, channel in CHANNELS.items():
        for part in channel.parts:
            np.testing.assert_array_equal(track.values(name, part), again.values(name, part))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("steps", np.zeros((5, 2), np.int64)),
        ("steps", np.zeros((5, 3), np.int64)),
        ("steps", np.zeros((500, 2), np.int64)),
        ("buckets", np.array([3, 1])),
        ("buckets", np.array([2, 5])),
        ("loss/last", np.zeros((5, 3))),
        ("loss/last", np.zeros((5, 2), np.float32)),
        ("counts/sum", np.zeros((4, 3), np.uint32)),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(name, array):
    stored = filled(5).to_arrays()
    with pytest.raises(Refusal, match=name):
        Track.from_arrays(CHANNELS, 40 * ROW_BYTES, stored | {name: array})
    del stored[name]
    with pytest.raises(Refusal, match="is missing"):
        Track.from_arrays(CHANNELS, 40 * ROW_BYTES, stored)


def test_a_sparse_channel_keeps_the_readings_that_rows_without_one_are_merged_with():
    track = Track({"noise": Channel(merge="sparse")}, MIN_ROWS * (16 + 4 * 8))
    for step in range(10 * MIN_ROWS):
        track.add(step, {"noise": np.array(float(step) if step % 5 == 0 else np.nan)})
    assert track.width > 5
    for (first, last), values in zip(
        track.steps[1:-2],
        zip(*(track.values("noise", part)[1:-2] for part in ("first", "last")), strict=True),
        strict=True,
    ):
        inside = [step for step in range(first, last + 1) if step % 5 == 0]
        assert values == (inside[0], inside[-1])
