"""Times that may never come: the printed leukaemia example, SciPy's curve, and limiting cases."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.settings import Refusal
from engine.statistics import median, survival, wilson

# Weeks of remission of 21 children on 6-mercaptopurine (Freireich et al. 1963), + is censored:
# 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+. Curve: Klein & Moeschberger
# 2003, table 4.1B. Errors, median and its interval: statsmodels 0.15.0, SurvfuncRight with
# method="cloglog"; limits: lifelines 0.30.3; restricted mean to 35 weeks: lifelines, 23.28740.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_printed_curve() -> None:
    curve = survival(WEEKS, RELAPSED)
    np.testing.assert_array_equal(curve.times, [6, 7, 10, 13, 16, 22, 23])
    np.testing.assert_array_equal(curve.at_risk, [21, 17, 15, 12, 11, 7, 6])
    np.testing.assert_array_equal(curve.arrived, [3, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(
        curve.remaining, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4
    )
    np.testing.assert_array_equal(curve.censored, [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
    assert (curve.n, curve.last) == (21, 35)


def test_the_printed_limits_and_what_is_read_off() -> None:
    curve = survival(WEEKS, RELAPSED)
    low, high = curve.limits()
    np.testing.assert_allclose(
        low, [0.619718, 0.563147, 0.503200, 0.431610, 0.367511, 0.267779, 0.188052], atol=1e-6
    )
    np.testing.assert_allclose(
        high, [0.951552, 0.922809, 0.889362, 0.849066, 0.804912, 0.746791, 0.680143], atol=1e-6
    )
    half = curve.median()
    assert (half.estimate, half.low, half.high) == (23, 13, math.inf)
    assert curve.restricted_mean().estimate == pytest.approx(23.287395, abs=1e-6)
    assert curve.share_reached() == wilson(9, 21)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.05, 0.1]),
)
def test_curve_and_limits_are_scipys(lanes: list[tuple[int, bool]], alpha: float) -> None:
    times, reached = np.array([t for t, _ in lanes]), np.array([r for _, r in lanes])
    curve = survival(times, reached)
    if not reached.any():
        assert curve.times.size == 0
        return
    theirs = stats.ecdf(stats.CensoredData(uncensored=times[reached], right=times[~reached])).sf
    at = np.searchsorted(theirs.quantiles, curve.times)
    np.testing.assert_allclose(curve.remaining, theirs.probabilities[at], atol=1e-12)
    with warnings.catch_warnings():
        # SciPy answers NaN, and says so, where all have arrived.
        warnings.simplefilter("ignore")
        limits = theirs.confidence_interval(1 - alpha, method="log-log")
    some = curve.remaining > 0
    low, high = curve.limits(alpha)
    np.testing.assert_allclose(low[some], limits.low.probabilities[at][some], atol=1e-9)
    np.testing.assert_allclose(high[some], limits.high.probabilities[at][some], atol=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=20),
    st.sampled_from([0.05, 0.2]),
)
def test_answers_are_ordered_and_never_nan(lanes: list[tuple[int, bool]], alpha: float) -> None:
    curve = survival([t for t, _ in lanes], [r for _, r in lanes])
    low, high = curve.limits(alpha)
    assert np.all(low <= curve.remaining + 1e-12)
    assert np.all(curve.remaining <= high + 1e-12)
    half = curve.median(alpha)
    assert half.low <= half.estimate <= half.high
    mean = curve.restricted_mean(alpha=alpha)
    assert 0 <= mean.low <= mean.estimate + 1e-9
    assert mean.estimate - 1e-9 <= mean.high <= mean.budget
    assert mean.standard_error >= 0


@given(st.lists(st.integers(1, 50), min_size=2, max_size=30))
def test_without_censoring_the_plain_mean_and_its_error_return(times: list[int]) -> None:
    mean = survival(times, np.ones(len(times))).restricted_mean()
    assert mean.estimate == pytest.approx(np.mean(times))
    assert mean.standard_error == pytest.approx(np.std(times) / math.sqrt(len(times)), abs=1e-9)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 50))
def test_censored_at_the_budget_the_mean_is_that_of_the_shorter(
    times: list[int], budget: int
) -> None:
    """Those who did not arrive count with the whole budget, and drop out of nothing."""
    watched = np.minimum(times, budget)
    curve = survival(watched, np.array(times) <= budget)
    assert curve.restricted_mean().estimate == pytest.approx(np.mean(watched))
    arrived = np.array(times) <= budget
    assert curve.share_reached().estimate == arrived.mean()
    ordered = np.sort(np.where(arrived, times, math.inf))
    assert curve.median().estimate == ordered[(len(times) - 1) // 2]


def test_a_diverged_lane_is_one_that_never_arrives() -> None:
    curve = survival([100, 1000, 1000, 300], [True, False, False, True])
    assert curve.restricted_mean().estimate == 600
    # Half have arrived at 300; with four lanes nothing bounds the median.
    half = curve.median()
    assert (half.estimate, half.low, half.high) == (300, 0, math.inf)


def test_all_at_once_and_none_at_all() -> None:
    together = survival([50] * 16, [True] * 16)
    half, mean = together.median(), together.restricted_mean()
    assert (half.estimate, half.low, half.high) == (50, 50, 50)
    assert (mean.estimate, mean.standard_error, mean.low, mean.high) == (50, 0, 50, 50)
    never = survival([50] * 16, [False] * 16)
    assert never.median().low == never.median().estimate == math.inf
    assert never.restricted_mean().estimate == 50
    assert never.share_reached().estimate == 0
    assert never.share_reached().high < 0.2


def test_the_medians_interval_covers() -> None:
    """Exponential times, a third of them past the budget; the truth is ln 2."""
    rng = np.random.default_rng(5)
    trials, covered, beyond = 1000, 0, 0
    for _ in range(trials):
        times = rng.exponential(size=24)
        half = survival(np.minimum(times, 1.1), times <= 1.1).median()
        covered += half.low <= math.log(2) <= half.high
        beyond += half.high == math.inf
    # The limits are approximate: 95 to 97 % in longer trials with 6 to 64 lanes.
    assert 0.93 <= covered / trials <= 0.985
    assert 0 < beyond < trials


def test_the_medians_interval_lies_near_the_exact_one() -> None:
    for n in (6, 8, 16, 31, 64):
        times = np.arange(1, n + 1)
        ours, exact = survival(times, np.ones(n)).median(), median(times)
        assert abs(ours.low - exact.low) <= 1
        assert abs(ours.high - exact.high) <= 1


def test_a_mean_up_to_another_budget() -> None:
    curve = survival([2, 4, 6, 8], [True, True, False, True])
    assert curve.restricted_mean(4).estimate == pytest.approx(2 + 2 * 0.75)
    assert curve.restricted_mean(10).estimate == pytest.approx(2 + 2 * 0.75 + 4 * 0.5)
    with pytest.raises(Refusal, match="at most 6"):
        survival([2, 6], [True, False]).restricted_mean(7)


def test_what_is_no_time_is_refused() -> None:
    for times, reached in (([-1.0], [True]), ([math.inf], [False]), ([1.0, 2.0], [True]), ([], [])):
        with pytest.raises(Refusal):
            survival(times, reached)
