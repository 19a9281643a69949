"""Paired tests and their intervals: against SciPy, printed examples, and by their own laws."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.settings import Refusal
from engine.statistics import (
    Comparison,
    differences,
    holm,
    levels,
    median,
    signed_rank,
    smallest_p,
    superiority,
    wilson,
)

ALPHAS = (0.2, 0.1, 0.0625, 0.05, 0.0125, 1 / 128, 0.001)
# Small whole numbers tie often, in size and in their sums; infinities are lanes that never came.
tied_values = st.lists(
    st.one_of(
        st.integers(-4, 9).map(float),
        st.sampled_from([math.inf, -math.inf, 0.0]),
        st.floats(-1e6, 1e6, width=32),
    ),
    min_size=1,
    max_size=20,
)


# The Hamilton depression scale of nine patients before and after treatment: Hollander, Wolfe &
# Chicken 2014, table 3.1, examples 3.1 to 3.4: T⁺ = 5 for the fall, p = .039 two-sided, estimate
# .46 and the interval .010 to .786 at 96.1 %.
BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]


def test_the_textbooks_example() -> None:
    found = signed_rank(differences(BEFORE, AFTER))
    assert found.p == pytest.approx(0.0390625, rel=1e-12)
    assert found.estimate == pytest.approx(0.46, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((0.010, 0.786), abs=1e-9)
    assert found.p < found.alpha
    assert not found.identical


@pytest.mark.parametrize("n", [1, 2, 5, 6, 9, 16, 30, 50])
def test_p_is_scipys_exact_one_without_ties(n: int) -> None:
    rng = np.random.default_rng(n)
    for shift in (0, 0.3, 1):
        row = rng.standard_normal(n) + shift
        expected = stats.wilcoxon(row, method="exact").pvalue
        assert signed_rank(row).p == pytest.approx(min(1, expected), rel=1e-9)


def test_large_samples_agree_with_the_normal_approximation() -> None:
    row = np.random.default_rng(0).standard_normal(256) + 0.1
    expected = stats.wilcoxon(row, method="asymptotic", correction=True).pvalue
    assert signed_rank(row).p == pytest.approx(expected, rel=0.01)


@given(st.lists(st.integers(-6, 12), min_size=1, max_size=14))
def test_tied_data_are_judged_by_the_worst_way_of_breaking_ties(row: list[int]) -> None:
    """By SciPy on the broken ties: each claim with every doubtful sum turned against it."""
    jitter = 1e-6 * np.arange(len(row))
    against_up = stats.wilcoxon(
        np.array(row) - 0.01 + jitter, alternative="greater", method="exact"
    )
    against_down = stats.wilcoxon(np.array(row) + 0.01 - jitter, alternative="less", method="exact")
    worst = min(1, 2 * min(against_up.pvalue, against_down.pvalue))
    assert signed_rank(row).p == pytest.approx(worst, rel=1e-9)


def test_the_null_distribution_is_that_of_all_sign_patterns() -> None:
    sizes = np.array([0.3, 1.1, 2.5, 3.2, 4.8, 7.7])
    found = np.array([signed_rank(sizes * signs).p for signs in product([1, -1], repeat=6)])
    for level in np.unique(found[found < 1]):
        assert np.mean(found <= level) == pytest.approx(level)


@given(tied_values, st.sampled_from(ALPHAS))
def test_p_is_under_alpha_if_and_only_if_the_interval_excludes_zero(
    row: list[float], alpha: float
) -> None:
    found = signed_rank(row, alpha)
    excludes = found.low > 0 or found.high < 0
    assert (found.p < alpha) == excludes
    assert found.low <= found.estimate <= found.high
    assert not any(math.isnan(x) for x in (found.estimate, found.low, found.high, found.p))
    assert smallest_p(found.n) <= found.p <= 1


@given(st.lists(st.integers(-8, 8), min_size=6, max_size=14), st.integers(-9, 9))
def test_the_interval_holds_every_shift_that_is_not_rejected(row: list[int], shift: int) -> None:
    found = signed_rank(row)
    shifted = signed_rank(np.array(row) - shift)
    assert (shifted.p < shifted.alpha) == (not found.low <= shift <= found.high)
    assert shifted.estimate == found.estimate - shift


@given(tied_values)
def test_swapping_the_contestants_mirrors_the_answer(row: list[float]) -> None:
    found, mirrored = signed_rank(row), signed_rank([-value for value in row])
    assert mirrored.p == found.p
    assert (mirrored.low, mirrored.high) == (-found.high, -found.low)
    assert mirrored.estimate == -found.estimate
    assert superiority(row).estimate == pytest.approx(
        1 - superiority([-value for value in row]).estimate
    )


@given(tied_values, st.integers(0, 19))
def test_never_arriving_ranks_worse_than_any_delay(row: list[float], place: int) -> None:
    """Turning one difference into inf can only strengthen the claim that it is positive."""
    worse = [math.inf if i == place % len(row) else value for i, value in enumerate(row)]
    before, after = signed_rank(row), signed_rank(worse)
    assert after.estimate >= before.estimate
    assert after.low >= before.low
    assert after.high >= before.high
    huge = signed_rank([1e9 if value == math.inf else value for value in worse])
    if -math.inf not in worse:
        assert huge.p == after.p, "without opponents an infinite difference is just a large one"


@pytest.mark.parametrize("n", [1, 2, 5, 6, 16, 64])
def test_exactly_tied_data_are_identical(n: int) -> None:
    found = signed_rank(differences([math.inf] * n, [math.inf] * n))
    assert found.identical
    assert (found.estimate, found.p) == (0, 1)
    reach = 0 if n >= 6 else math.inf
    assert found == Comparison(n, n, 0.0, -reach, reach, 1.0, 0.05)
    assert superiority(np.zeros(n)).estimate == 0.5


def test_interval_ends_beyond_the_budget() -> None:
    found = signed_rank([math.inf] * 5 + [1, 2, 3])
    assert found.p < found.alpha
    assert (found.low, found.high) == (2, math.inf)
    assert signed_rank([math.inf, -math.inf] * 8).estimate == 0


@pytest.mark.parametrize(("pairs", "least"), [(5, 0.0625), (8, 0.0078125)])
def test_too_few_pairs_cannot_reject(pairs: int, least: float) -> None:
    found = signed_rank(np.arange(1, pairs + 1))
    assert found.p == smallest_p(pairs) == least
    assert signed_rank(np.arange(1, pairs + 1), alpha=least).low <= 0
    assert signed_rank(np.arange(1, pairs + 1), alpha=least / 2).low == -math.inf


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.standard_normal(n),
        lambda rng, n: rng.standard_t(2, n),
        lambda rng, n: np.round(rng.standard_normal(n)),
        lambda rng, n: rng.choice([-math.inf, -1, 0, 0, 1, math.inf], n),
    ],
    ids=["normal", "heavy tails", "tied", "censored"],
)
@pytest.mark.parametrize("n", [6, 10, 16])
def test_identical_contestants_are_called_different_no_more_often_than_alpha(
    draw: object, n: int
) -> None:
    assert callable(draw)
    rng = np.random.default_rng(n)
    trials, alpha = 1500, 0.05
    called = sum(signed_rank(draw(rng, n), alpha).p < alpha for _ in range(trials))
    # Three standard errors of a rate of 5 %.
    assert called / trials <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


@pytest.mark.parametrize("n", [6, 10, 16])
def test_the_interval_covers_as_often_as_the_exact_distribution_says(n: int) -> None:
    rng = np.random.default_rng(100 + n)
    trials, truth = 1500, 0.7
    found = [signed_rank(rng.standard_normal(n) + truth, 0.05) for _ in range(trials)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    # The largest attainable level under 5 %: 2/64, 2 · 25/1024 and 2 · 1618/65536.
    exact = 1 - {6: 2 / 64, 10: 50 / 1024, 16: 3236 / 65536}[n]
    assert covered == pytest.approx(exact, abs=3 * math.sqrt(exact * (1 - exact) / trials))


def test_differences_pair_by_place_and_tie_what_never_came() -> None:
    inf = math.inf
    np.testing.assert_array_equal(
        differences([1, inf, 3, inf, -inf], [2, 5, inf, inf, -inf]), [-1, inf, -inf, 0, 0]
    )
    with pytest.raises(Refusal, match="in pairs with first"):
        differences([1, 2], [1])
    with pytest.raises(Refusal, match="NaN"):
        differences([math.nan], [1])


@pytest.mark.parametrize("ask", [signed_rank, superiority, median, holm])
def test_nothing_and_nan_are_refused(ask: object) -> None:
    assert callable(ask)
    for wrong in ([], [math.nan, 1.0], [[1.0]]):
        with pytest.raises(Refusal):
            ask(wrong)


def test_alpha_out_of_range_is_refused() -> None:
    for ask in (signed_rank, superiority, median):
        for alpha in (0.0, 1.0, -1.0):
            with pytest.raises(Refusal, match="alpha"):
                ask([1.0, 2.0], alpha=alpha)


@pytest.mark.parametrize(("successes", "n"), [(0, 4), (4, 4), (7, 10), (81, 263), (0, 256)])
def test_shares_are_scipys_wilson(successes: int, n: int) -> None:
    found = wilson(successes, n, 0.1)
    expected = stats.binomtest(successes, n).proportion_ci(0.9, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_as_printed() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81 of 263, 15 of 148, 0 of 20.
    for successes, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605),
                                    (0, 20, 0.0, 0.1611)):  # fmt: skip
        found = wilson(successes, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300), st.sampled_from(ALPHAS))
def test_no_rounding_puts_a_limit_on_the_wrong_side_of_a_share(n: int, alpha: float) -> None:
    for successes in (0, n):
        found = wilson(successes, n, alpha)
        assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_superiority_counts_half_of_the_ties() -> None:
    found = superiority([1, 2, math.inf, 0, 0, -1, 3, 5])
    assert found.estimate == 6 / 8
    assert 0 <= found.low < found.estimate < found.high <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(ALPHAS))
def test_holm_rejects_as_its_steps_say(p: list[float], alpha: float) -> None:
    adjusted = holm(p)
    rejected = set()
    for step, index in enumerate(np.argsort(p, kind="stable")):
        if p[index] * (len(p) - step) >= alpha:
            break
        rejected.add(int(index))
    assert {int(i) for i in np.flatnonzero(adjusted < alpha)} == rejected
    assert np.all(adjusted >= p)
    assert np.all(adjusted <= 1)


def test_holm_by_hand() -> None:
    # .005 · 5, .01 · 4, then .03 · 3 = .09 keeps .04 · 2 from sinking under it, .2 · 1.
    np.testing.assert_allclose(
        holm([0.01, 0.04, 0.03, 0.005, 0.2]), [0.04, 0.09, 0.09, 0.025, 0.2], rtol=1e-12
    )
    with pytest.raises(Refusal, match="between 0 and 1"):
        holm([0.5, 1.5])


def test_eight_seeds_call_nothing_in_a_family_of_24() -> None:
    assert holm([smallest_p(8)] * 24).min() > 0.05


@pytest.mark.parametrize("looks", [1, 2, 3, 4])
def test_looks_share_alpha(looks: int) -> None:
    shares = levels(looks, 0.05)
    assert len(shares) == looks
    assert math.fsum(shares) == pytest.approx(0.05, rel=1e-12)
    assert sorted(shares, reverse=True) == list(shares)


def test_more_looks_than_declared_are_refused() -> None:
    for looks in (0, 5):
        with pytest.raises(Refusal, match="1 to 4"):
            levels(looks)


def test_adding_seeds_by_the_rule_keeps_alpha() -> None:
    """Identical contestants, looked at with 8, 16, 24 and 32 seeds."""
    rng = np.random.default_rng(11)
    trials, shares = 1500, levels(4)
    called = 0
    for _ in range(trials):
        row = rng.standard_normal(32)
        called += any(
            signed_rank(row[:n], alpha).p < alpha
            for n, alpha in zip((8, 16, 24, 32), shares, strict=True)
        )
    assert 0.01 < called / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (9, 2), (16, 4), (20, 6), (30, 10)])
def test_the_medians_limits_are_where_the_sign_test_turns(n: int, rank: int) -> None:
    found = median(np.random.default_rng(n).permutation(np.arange(1, n + 1)))
    assert (found.low, found.high) == (rank, n + 1 - rank)
    assert found.estimate == (n + 1) / 2
    test = stats.binomtest(rank - 1, n)
    assert test.pvalue < 0.05 <= stats.binomtest(rank, n).pvalue


def test_the_median_with_few_or_infinite_values() -> None:
    assert median([3.0]).estimate == 3
    assert (median([1, 2, 3, 4, 5]).low, median([1, 2, 3, 4, 5]).high) == (-math.inf, math.inf)
    found = median([1, 2, 3, *[math.inf] * 5])
    assert (found.estimate, found.low, found.high) == (math.inf, 1, math.inf)
    assert median([1, 2, math.inf, math.inf]).estimate == math.inf
