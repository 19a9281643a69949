"""Ticks are round, inside their range and told apart by what is written beside them."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gui.plots.spans import linear_range, log_range, rung_over, share_range
from gui.plots.ticks import (
    count,
    linear_ticks,
    log_ticks,
    reading,
    scientific,
    write_linear,
    write_log,
)

numbers = st.floats(-1e3, 1e3) | st.floats(-1e-4, 1e-4)
spans = st.floats(1e-5, 1e6)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def value_of(text):
    """The number that a person reads in a label."""
    plain = text.replace(",", "").translate(SUPERSCRIPTS)
    if "×10" in plain:
        figure, power = plain.split("×10")
        return float(figure) * 10.0 ** int(power)
    if any(mark in text for mark in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"):
        return 10.0 ** int(plain.removeprefix("10"))
    return float(plain)


@given(low=numbers, span=spans, most=st.integers(1, 12))
def test_linear_ticks_are_few_even_and_inside(low, span, most):
    ticks = linear_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    gaps = [b - a for a, b in pairwise(ticks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-6) for gap in gaps)


@given(low=numbers, span=spans, most=st.integers(2, 12))
def test_labels_say_where_their_tick_is(low, span, most):
    ticks = linear_ticks(low, low + span, most)
    words = write_linear(ticks)
    assert len(set(words)) == len(words)
    for tick, word in zip(ticks, words, strict=True):
        assert math.isclose(value_of(word), tick, rel_tol=0.006, abs_tol=span * 1e-3)


def test_whole_ticks_are_whole_numbers():
    assert linear_ticks(0.5, 3.5, 9, whole=True) == [1, 2, 3]


@given(low=st.floats(-40, 10), span=st.floats(0.2, 40), most=st.integers(2, 12))
def test_log_ticks_are_inside_and_labels_true(low, span, most):
    ticks = log_ticks(low, low + span, most)
    assert all(low - 1e-6 <= tick <= low + span + 1e-6 for tick in ticks)
    words = write_log(ticks)
    assert len(set(words)) == len(words)
    for tick, word in zip(ticks, words, strict=True):
        assert math.isclose(value_of(word), 10.0**tick, rel_tol=0.02)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_reading_has_two_figures_at_least(value):
    if value and abs(value) < 1e-300:
        return
    assert math.isclose(value_of(reading(value)), value, rel_tol=0.01, abs_tol=0)


@pytest.mark.parametrize(
    ("value", "text"), [(math.nan, "—"), (math.inf, "∞"), (-math.inf, "−∞"), (0.0, "0")]
)
def test_readings_of_what_is_no_number(value, text):
    assert reading(value) == text


def test_thousands_are_set_apart():
    assert count(1234567) == "1,234,567"
    assert scientific(1e-38) == "10⁻³⁸"


@given(st.floats(1e-9, 1e12))
@example(9.05982468125664e-06)
def test_an_axis_ends_at_most_a_quarter_beyond_what_it_must_show(value):
    end = rung_over(value)
    assert value * (1 - 1e-9) <= end <= 1.26 * value
    assert rung_over(end) == end


def test_a_spike_does_not_squeeze_the_log_axis():
    calm = np.log10([0.5, 0.1, 0.01])
    low, high = log_range(np.append(calm, 30.0), np.log10([0.7]))
    assert low <= -2.0
    assert high <= np.log10(0.7) + 2.5
    assert log_range(calm, np.log10([0.7]))[1] < 0.5


def test_ranges_hold_what_they_show():
    values = np.array([0.2, 0.4, np.nan])
    low, high = linear_range(values, np.array([0.4]))
    assert low == 0
    assert high > 0.4
    low, high = share_range(np.array([0.35, 1.0]))
    assert low <= 0.35
    assert high > 1.0
    assert linear_range(np.array([np.nan]), np.array([np.nan]))[1] > 0
    assert log_range(np.array([np.nan]), np.array([np.nan])) == (-1.0, 0.0)
