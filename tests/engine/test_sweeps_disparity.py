"""Disparity: ratios paired by seed, three answers, and a trend that is each seed's own line."""

import numpy as np
import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.settings import Refusal
from engine.statistics import signed_rank
from engine.sweeps import Axis, Persistence, RaceResult, Sweep, disparity, fitted
from engine.sweeps.disparity import paired_outcomes

DEPTHS = (1, 2, 4, 8)
SEEDS = 12
ALONG_DEPTH = (Axis("network.depth", DEPTHS),)
PAIR = Experiment(contestants=(Contestant("relu"), Contestant("elu")))


def raced(outcomes, axes=ALONG_DEPTH, counts=None):
    """Races of the grid whose lanes came to these outcomes, one mapping a race."""
    races = Sweep(PAIR, axes).races()
    return [
        (race, RaceResult(("ReLU", "ELU 1"), (0.1, 0.1), own, counts or {}, (), (), (), "", (), 1))
        for race, own in zip(races, outcomes, strict=True)
    ]


def losses(gap, spread=0.02, seed=0):
    """Losses of two contestants that differ by `gap` in log₁₀, the second the better."""
    rng = np.random.default_rng(seed)
    first = rng.normal(-1, 0.3, SEEDS)
    return 10 ** np.array([first, first - gap - rng.normal(0, spread, SEEDS)])


def along(gaps, **spread):
    races = raced([{"test_loss": losses(gap, seed=s, **spread)} for s, gap in enumerate(gaps)])
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    return found


def test_a_gap_is_the_signed_rank_interval_of_log_ratios_paired_by_seed():
    values = losses(0.3, spread=0.1)
    races = raced([{"test_loss": values}] * len(DEPTHS))
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    assert found.gaps[0].test == signed_rank(np.log10(values[0]) - np.log10(values[1]))
    (back,) = disparity(races, "network.depth", 1, 0, "test_loss")
    assert (back.gaps[0].test.low, back.gaps[0].test.high) == pytest.approx(
        (-found.gaps[0].test.high, -found.gaps[0].test.low)
    )


def test_what_vanishes_persists_or_stays_open_is_told_by_the_interval_of_the_last_value():
    assert along([0.4, 0.3, 0.1, 0.0]).answer == Persistence.VANISHED
    assert along([0.0, 0.1, 0.3, 0.4]).answer == Persistence.PERSISTS
    assert along([0.4, 0.3, 0.2, -0.4]).answer == Persistence.PERSISTS
    assert along([0.4, 0.3, 0.2, 0.0], spread=0.5).answer == Persistence.UNDETERMINED


def test_a_sure_difference_inside_the_margin_has_vanished():
    gap = along([0.05] * 4, spread=0.001).gaps[-1]
    assert 0 < gap.test.low < gap.test.high < 0.1
    assert gap.answer == Persistence.VANISHED


def test_five_seeds_determine_nothing():
    few = raced([{"test_loss": losses(0.5)[:, :5]}] * len(DEPTHS))
    (found,) = disparity(few, "network.depth", 0, 1, "test_loss")
    assert {gap.answer for gap in found.gaps} == {Persistence.UNDETERMINED}


def test_the_trend_is_the_slope_by_doubling_of_a_gap_that_is_a_line():
    found = along([0.1, 0.2, 0.3, 0.4], spread=1e-6)
    assert found.per == "doubling"
    assert found.trend is not None
    assert found.trend.estimate == pytest.approx(0.1, abs=1e-5)
    assert 0 < found.trend.low <= found.trend.estimate <= found.trend.high


def test_a_trend_is_found_though_seeds_differ_far_more_than_depths_do():
    """A seed's own level falls out of its line; pooled points would drown the slope."""
    level = np.random.default_rng(3).normal(0, 1, SEEDS)
    races = raced([
        {"test_loss": 10.0 ** np.array([level, np.zeros(SEEDS) - 0.05 * place])}
        for place in range(4)
    ])  # fmt: skip
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    assert found.gaps[0].answer == Persistence.UNDETERMINED
    assert found.trend is not None
    assert found.trend.low == pytest.approx(0.05)


def test_where_a_value_is_not_positive_the_trend_is_by_one():
    axes = (Axis("network.depth", (0, 1, 2)),)
    races = raced([{"test_loss": losses(0.1 * n, 1e-6, n)} for n in range(3)], axes)
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    assert found.per == "unit"
    assert found.trend is not None
    assert found.trend.estimate == pytest.approx(0.1, abs=1e-5)


def test_a_lane_that_diverged_counts_as_infinitely_worse():
    values = losses(0.0)
    values[0, :9] = np.inf
    races = raced([{"test_loss": losses(0.0)}] * 3 + [{"test_loss": values}])
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    assert found.gaps[-1].test.estimate == np.inf
    assert found.answer == Persistence.PERSISTS
    assert found.trend is not None
    assert found.trend.estimate == np.inf


def test_slopes_that_may_be_anything_count_against_both_claims():
    fell, rose = losses(0.0), losses(0.0)
    fell[0], rose[1] = np.inf, np.inf
    ends = [{"test_loss": values} for values in (fell, rose, fell, rose)]
    (found,) = disparity(raced(ends), "network.depth", 0, 1, "test_loss")
    assert found.trend is not None
    assert (found.trend.low, found.trend.high, found.trend.p) == (-np.inf, np.inf, 1.0)


def test_where_both_diverge_in_every_pair_nothing_has_vanished():
    races = raced([{"test_loss": np.full((2, SEEDS), np.inf)}] * 4)
    (found,) = disparity(races, "network.depth", 0, 1, "test_loss")
    assert found.answer == Persistence.UNDETERMINED


def test_accuracies_compare_by_their_errors_clipped_at_half_a_count():
    right = np.array([np.full(SEEDS, 0.98), np.ones(SEEDS)])
    races = raced([{"test_accuracy": right}] * 4, counts={"test": 100})
    (found,) = disparity(races, "network.depth", 0, 1, "test_accuracy")
    np.testing.assert_allclose(found.gaps[0].gains, np.log10(0.02 / 0.005))


def test_the_other_fields_of_the_grid_are_held_fixed_and_values_ordered():
    axes = (Axis("network.depth", (4, 1)), Axis("network.precision", ("float32", "float64")))
    gaps = [0.4, -0.4, 0.1, -0.1]
    races = raced([{"test_loss": losses(gap, 1e-6)} for gap in gaps], axes)
    found = disparity(races, "network.depth", 0, 1, "test_loss")
    assert [one.at for one in found] == [{"network.precision": p} for p in ("float32", "float64")]
    assert [[gap.value for gap in one.gaps] for one in found] == [[1, 4]] * 2
    assert [one.gaps[1].test.estimate for one in found] == pytest.approx([0.4, -0.4], abs=1e-5)
    with pytest.raises(Refusal, match=r"network\.precision = 'float32': must be a number"):
        disparity(races, "network.precision", 0, 1, "test_loss")


def test_both_training_and_test_data_are_told_of():
    own = {key: losses(0) for key in ("test_loss", "train_loss", "validation_loss", "steps")}
    assert paired_outcomes(raced([own] * 4)) == ["test_loss", "train_loss"]
    own |= {"test_accuracy": losses(0), "train_accuracy": losses(0)}
    assert paired_outcomes(raced([own] * 4)) == [
        "test_accuracy", "train_accuracy", "test_loss", "train_loss",
    ]  # fmt: skip


def test_the_fitted_lines_slope_is_the_trend_and_they_pass_through_the_gaps_of_a_line():
    found = along([0.1, 0.3, 0.5, 0.7], spread=1e-6)
    values = np.array([1.0, 2.0, 3.0, 8.0])
    estimates = [test.estimate for test in fitted(found, values)]
    np.testing.assert_allclose(estimates, 0.1 + 0.2 * np.log2(values), atol=1e-4)
    assert estimates[1] - estimates[0] == pytest.approx(found.trend.estimate, abs=1e-5)


def test_a_fitted_line_is_surer_in_the_middle_than_at_its_ends():
    found = along([0.0, 0.1, 0.2, 0.3], spread=0.3)
    start, middle, end = fitted(found, np.array([1.0, 2**1.5, 8.0]))
    for edge in (start, end):
        assert middle.high - middle.low < edge.high - edge.low


def test_without_a_trend_no_line_is_fitted():
    (found,) = disparity(
        raced([{"test_loss": losses(0.1)}], (Axis("network.depth", (1,)),)),
        "network.depth", 0, 1, "test_loss",
    )  # fmt: skip
    assert found.trend is None
    assert fitted(found, np.array([1.0])) == []
