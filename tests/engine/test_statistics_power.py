"""What seeds can show: bounded by the t-test, found by simulation, as tabled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from engine.settings import Refusal
from engine.statistics import signed_rank, smallest_difference, spread


def t_test_difference(n: int, alpha: float) -> float:
    """The shift that the paired t-test finds with 80 % power at spread 1, noncentral t."""
    critical = stats.t.isf(alpha / 2, n - 1)
    return float(
        optimize.brentq(
            lambda shift: stats.nct.sf(critical, n - 1, shift * math.sqrt(n)) - 0.8, 0.01, 20
        )
    )


# The planning table: with 80 % power at a spread of .2 in log₁₀, by the t-test.
@pytest.mark.parametrize(
    ("n", "ratio"), [(5, 2.2), (10, 1.58), (16, 1.41), (30, 1.28), (100, 1.14)]
)
def test_the_planning_table_is_the_t_tests(n: int, ratio: float) -> None:
    assert 10 ** (0.2 * t_test_difference(n, 0.05)) == pytest.approx(ratio, rel=0.015)


@pytest.mark.parametrize("n", [8, 10, 16, 30, 100])
@pytest.mark.parametrize("alpha", [0.05, 0.0125])
def test_ranks_show_little_less_than_the_t_test(n: int, alpha: float) -> None:
    """For normal differences no test beats t; the ranks cost 5 %, more where few p exist."""
    ours, best = smallest_difference(n, 1.0, alpha), t_test_difference(n, alpha)
    assert best * 0.995 < ours < best * (1.1 if n >= 10 else 1.25)


def test_five_seeds_show_nothing_at_five_per_cent() -> None:
    assert smallest_difference(5, 0.2) == math.inf
    assert smallest_difference(5, 0.0) == math.inf
    # Just over its smallest p, .0625, it shows the table's factor.
    assert 10 ** smallest_difference(5, 0.2, 0.0626) == pytest.approx(2.2, rel=0.02)


@pytest.mark.parametrize(("n", "alpha"), [(8, 0.05), (16, 0.0125), (30, 0.05)])
def test_the_smallest_difference_is_found_four_times_in_five(n: int, alpha: float) -> None:
    shift = smallest_difference(n, 2.0, alpha)
    rng = np.random.default_rng(n)
    trials = 1500
    found = np.mean(
        [signed_rank(2.0 * rng.standard_normal(n) + shift, alpha).low > 0 for _ in range(trials)]
    )
    assert found == pytest.approx(0.8, abs=3 * math.sqrt(0.8 * 0.2 / trials))


def test_differences_scale_with_the_spread_and_answers_repeat() -> None:
    assert smallest_difference(16, 0.4) == pytest.approx(4 * smallest_difference(16, 0.1))
    assert smallest_difference(16, 0.0) == 0
    assert smallest_difference(16, math.inf) == math.inf
    assert smallest_difference(16, 1.0, power=0.9) > smallest_difference(16, 1.0, power=0.8)


def test_the_spread() -> None:
    assert spread([1, 2, 3, 4]) == pytest.approx(math.sqrt(5 / 3))
    assert spread([3.0]) == math.inf
    assert spread([2.0] * 5) == 0


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.sampled_from([math.inf, -math.inf]))
def test_one_infinite_difference_leaves_what_could_be_shown_unknown(
    row: list[float], never: float
) -> None:
    found = spread([*row, never])
    assert found == math.inf
    assert smallest_difference(len(row) + 1, found) == math.inf


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(Refusal, match="spread"):
        smallest_difference(8, -1.0)
    with pytest.raises(Refusal, match="spread"):
        smallest_difference(8, math.nan)
    with pytest.raises(Refusal, match="power"):
        smallest_difference(8, 1.0, power=1.0)
