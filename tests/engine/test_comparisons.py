"""Comparisons are paired, protected as a family, and say what these seeds can say: no more."""

import math

import numpy as np
import pytest
from by_hand import race_of
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy import stats

from engine.comparisons import Answer, Compared, comparisons, holm_thresholds
from engine.cost import Cost
from engine.outcomes import OUTCOMES, SPEEDS
from engine.prospect import prospect
from engine.recording import Recording
from engine.settings import Refusal
from engine.statistics import holm

RNG = np.random.default_rng(3)


def primary(recording: Recording, costs=()) -> dict[str, Compared]:
    """The primary comparisons of a race of two, by outcome."""
    return {c.outcome.key: c for c in comparisons(recording, costs) if c.primary}


def noisy(ratio: float, seeds: int, spread: float = 0.1) -> np.ndarray:
    """Losses of a reference and of a contestant `ratio` times better."""
    shared = RNG.normal(0, 0.3, seeds)
    return 10 ** np.stack([shared, shared - np.log10(ratio) + RNG.normal(0, spread, seeds)])


losses = st.one_of(st.sampled_from([0.0, 0.5, 1.0, math.nan]), st.floats(1e-6, 1e6))
two_contestants = st.integers(1, 14).flatmap(
    lambda seeds: st.lists(st.lists(losses, min_size=seeds, max_size=seeds), min_size=2, max_size=2)
)


# One truth: estimate, interval and p.


def test_a_plain_difference_is_scipys_exact_test_of_the_log_ratios():
    values = noisy(1.4, 12)
    found = primary(race_of(values, looks=1))["test_loss"]
    ratios = np.log10(values[0] / values[1])
    assert found.test.p == pytest.approx(stats.wilcoxon(ratios, method="exact").pvalue)
    walsh = np.add.outer(ratios, ratios)[np.triu_indices(12)] / 2
    assert found.test.estimate == pytest.approx(np.median(walsh))
    assert found.wins == (ratios > 0).sum()
    assert found.superiority.estimate == (ratios > 0).mean()


def test_accuracies_are_compared_by_difference_and_more_is_better():
    errors = np.array([np.linspace(0.10, 0.19, 10), np.linspace(0.05, 0.14, 10)])
    found = primary(race_of(errors, quality="test_accuracy"))["test_accuracy"]
    assert found.test.estimate == pytest.approx(0.05)
    assert found.answer == Answer.BETTER
    assert found.reads(found.test.estimate) == "+0.05"


@examples(deadline=None)
@given(two_contestants)
def test_swapping_two_contestants_turns_every_gain_round(values):
    one = comparisons(race_of(values, reference=1))
    other = comparisons(race_of(values, reference=2))
    opposite = {Answer.BETTER: Answer.WORSE, Answer.WORSE: Answer.BETTER}
    for first, second in zip(one, other, strict=True):
        assert first.outcome == second.outcome
        assert (first.wins, first.losses) == (second.losses, second.wins)
        assert second.answer == opposite.get(first.answer, first.answer)
        expected = (-second.test.high, -second.test.low, -second.test.estimate)
        found = (first.test.low, first.test.high, first.test.estimate)
        assert found == pytest.approx(expected, abs=1e-12)
        assert (first.test.p, first.adjusted_p) == (second.test.p, second.adjusted_p)


@examples(deadline=None)
@given(two_contestants, st.randoms(use_true_random=False))
def test_the_order_of_the_seeds_says_nothing(values, random):
    order = list(range(len(values[0])))
    random.shuffle(order)
    assert comparisons(race_of(values)) == comparisons(race_of(np.array(values)[:, order]))


@examples(deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda rivals: st.lists(st.lists(losses, min_size=9, max_size=9), min_size=rivals,
                                max_size=rivals)
    ),
    st.integers(1, 6),
)  # fmt: skip
def test_p_interval_and_answer_never_contradict_one_another(values, look):
    recording = race_of(values)
    recording.looks = look
    for found in comparisons(recording):
        excludes = found.test.low > 0 or found.test.high < 0
        assert excludes == (found.test.p < found.test.alpha)
        assert found.test.low <= found.test.estimate <= found.test.high
        if found.answer in (Answer.BETTER, Answer.WORSE):
            assert excludes
            assert (found.test.estimate > 0) == (found.answer == Answer.BETTER)
        if found.answer == Answer.NO_EVIDENCE:
            assert not excludes


@examples(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.sampled_from([0.05, 0.025, 0.2]))
def test_the_thresholds_reject_what_holms_adjusted_p_rejects(p_values, alpha):
    p = np.array(p_values)
    adjusted, thresholds = holm(p), np.array(holm_thresholds(p, alpha))
    clear = np.abs(adjusted - alpha) > 1e-12  # at equality both are a matter of rounding
    assert ((p < thresholds) == (adjusted < alpha))[clear].all()


def test_holm_by_hand():
    # α = 0.05, m = 4: 0.01 < 0.0125, 0.015 < 0.0167, 0.03 ≥ 0.025 stops.
    found = holm_thresholds(np.array([0.03, 0.01, 0.6, 0.015]), 0.05)
    assert found == pytest.approx([0.025, 0.0125, 0.025, 0.05 / 3])


# What is tied, what never came.


@examples(deadline=None)
@given(st.lists(losses, min_size=1, max_size=12))
def test_tied_data_are_identical_without_a_number_that_is_none(row):
    for found in comparisons(race_of([row, row])):
        diverged_all = np.isnan(row).all() or found.outcome.key == "steps"
        assert found.answer == (Answer.NEITHER if diverged_all else Answer.IDENTICAL)
        assert (found.test.estimate, found.test.p, found.adjusted_p) == (0, 1, 1)
        assert found.superiority.estimate == 0.5
        assert not math.isnan(found.smallest)


def test_who_never_arrives_ranks_worst_and_two_that_never_do_are_tied():
    steps = np.array([[40.0, 50, math.inf, math.inf], [math.inf, 50, 900, math.inf]])
    found = primary(race_of(np.ones((2, 4)), steps=steps))["steps"]
    assert (found.wins, found.losses, found.neither, found.test.ties) == (1, 1, 1, 2)


def test_a_limit_of_lanes_that_never_arrive_reads_beyond_the_budget():
    steps = np.full((2, 16), math.inf)
    steps[1] = np.linspace(100, 400, 16)
    found = primary(race_of(np.ones((2, 16)), steps=steps))["steps"]
    assert found.answer == Answer.BETTER
    both = found.reads(found.test.high), found.reads(found.test.low)
    assert both == ("the other's beyond the budget",) * 2
    steps[0, 3:] = 2 * steps[1, 3:]
    found = primary(race_of(np.ones((2, 16)), steps=steps))["steps"]
    assert found.reads(found.test.estimate) == "×2"
    assert found.reads(found.test.high) == "the other's beyond the budget"


def test_an_interval_without_limits_says_whose_budget_ends_at_each():
    """Each is beyond the budget in as many pairs: nothing bounds the difference."""
    steps = np.full((2, 16), 100.0)
    steps[0, :6] = steps[1, 10:] = math.inf
    found = primary(race_of(np.ones((2, 16)), steps=steps))["steps"]
    assert found.reads(found.test.low) == "its own beyond the budget"
    assert found.reads(found.test.high) == "the other's beyond the budget"
    assert math.isinf(found.smallest)


def test_limits_of_a_ratio_read_in_its_direction():
    steps = SPEEDS["steps"]
    assert steps.tells(-1.0, -2.0, 1.0) == "10 times more [0.1, 100]"
    assert steps.tells(0.0, -1.0, 2.0) == "the same [0.1, 100 times fewer]"
    assert steps.tells(0.0, 0.0, 0.0) == "exactly the same"
    assert steps.tells(0.0, 0.0, math.inf) == "the same [at least 1 times fewer]"
    assert steps.tells(-1.0, -math.inf, 0.0) == "10 times more [at least 1]"
    assert steps.tells(1.0, -math.inf, math.inf) == "10 times fewer [no limits]"
    assert SPEEDS["seconds"].tells(1.0, 0.0, 2.0) == "10 times less [1, 100]"
    assert OUTCOMES["test_loss"].tells(-1.0, -2.0, 0.0) == "10 times higher [1, 100]"
    assert OUTCOMES["test_accuracy"].tells(-0.1, -0.2, 0.0) == "−0.1 [−0.2, +0]"


def test_a_lane_that_diverges_after_it_converged_never_arrived():
    values = np.ones((2, 8))
    values[1] = np.nan
    found = primary(race_of(values, steps=np.full((2, 8), 3.0)))
    assert {c.answer for c in found.values()} == {Answer.WORSE}


def test_a_lane_that_starts_converged_counts_one_step():
    steps = np.stack([np.full(8, 10.0), np.zeros(8)])
    assert primary(race_of(np.ones((2, 8)), steps=steps))["steps"].test.estimate == 1


# How much can be said.


@pytest.mark.parametrize(
    ("ratio", "spread", "answer"),
    [(2, 0.1, "better"), (0.5, 0.1, "worse"), (1.05, 0.01, "equivalent"), (1, 0.5, "no evidence")],
)
def test_planted_differences_get_their_answers(ratio, spread, answer):
    found = primary(race_of(noisy(ratio, 24, spread)))["test_loss"]
    assert found.answer == answer
    assert found.standing == "primary"


def test_no_evidence_comes_with_what_could_have_been_shown():
    found = primary(race_of(noisy(1, 24, 0.5)))["test_loss"]
    # Of normal gains the signed-rank test needs (z of the threshold + z of 80 %) s / √n, and 5 %
    # more for being no t-test.
    z = stats.norm.isf(found.test.alpha / 2) + stats.norm.isf(0.2)
    assert found.smallest == pytest.approx(z * found.spread / math.sqrt(24), rel=0.15)


def test_too_few_seeds_are_said_and_not_taken_for_equal():
    values = noisy(100, 7)
    assert primary(race_of(values, looks=1))["test_loss"].answer == Answer.BETTER
    found = primary(race_of(np.repeat(values, [1, 3], axis=0), looks=1))["test_loss"]
    assert found.answer == Answer.TOO_FEW
    assert found.reads(found.test.high) == "unknown"


def test_the_answers_are_too_few_exactly_where_the_prospect_said_so():
    for contestants in (2, 3, 6):
        for seeds in range(1, 14):
            values = np.full((contestants, seeds), 1 / 3)
            values[0] = np.arange(2, 2 + seeds)
            recording = race_of(values)
            few = primary(recording)["test_loss"].answer == Answer.TOO_FEW
            before = prospect(recording.experiment)
            assert few != before.can_reject
            assert before.can_reject == (seeds >= before.needed)
            assert ("cannot" in before.text) == few


def test_one_contestant_is_compared_with_nothing():
    recording = race_of(np.ones((1, 4)))
    assert comparisons(recording) == []
    assert not prospect(recording.experiment).can_reject


@pytest.mark.parametrize(
    ("data", "quality", "about"),
    [
        ("sin3x", "automatic", "in loss or steps."),
        ("circle", "automatic", "in steps."),
        ("circle", "train_loss", "in loss or steps."),
        ("table", "automatic", "in steps."),
    ],
)
def test_a_factor_of_loss_is_promised_only_where_quality_is_a_loss(data, quality, about):
    plan = race_of(np.ones((2, 8))).experiment.with_value("task.data", data)
    assert prospect(plan.with_value("population.quality", quality)).text.endswith(f" {about}")


def test_a_ratio_past_all_floats_reads_as_beyond():
    outcome = OUTCOMES["test_loss"]
    for gain, side in ((309.0, "better"), (5000.0, "better"), (-400.0, "worse")):
        assert outcome.reads(gain) == f"{side} beyond any number"
    assert outcome.reads(-2.0) == "×0.01"


def test_the_prospect_of_facts():
    """Eight seeds have p ≥ 2/2⁸, which Holm over six passes at 5 % and not at half of it."""
    recording = race_of(np.ones((4, 8)), looks=1)
    assert prospect(recording.experiment).can_reject
    planned = prospect(recording.experiment.with_value("population.looks", 2))
    assert (planned.can_reject, planned.needed) == (False, 9)
    assert planned.text == (
        "8 seeds cannot show any difference: 6 comparisons need at least 9 at look 1 of 2."
    )


def test_looks_share_one_error_rate_and_later_ones_are_exploratory():
    recording = race_of(noisy(3, 20), looks=3)
    spent = []
    for look in (1, 2, 3, 4):
        recording.looks = look
        found = primary(recording)["test_loss"]
        # Both primary outcomes are tested; steps, which nobody reached, cannot reject.
        spent.append(found.test.alpha * 2)
        assert found.standing == ("primary" if look < 4 else "exploratory, look 4")
        assert found.exploratory == (look == 4)
    assert sum(spent[:3]) == pytest.approx(0.05)


def test_only_the_declared_outcomes_are_primary_and_they_come_first():
    found = comparisons(race_of(np.ones((3, 5)), quality="train_loss"))
    expected = ["train_loss", "train_loss", "steps", "steps", "test_loss", "test_loss"]
    assert [c.outcome.key for c in found] == expected
    assert [c.standing for c in found] == ["primary"] * 4 + ["exploratory"] * 2
    assert {c.test.alpha for c in found[4:]} == {0.05}


def test_a_null_family_is_called_no_more_often_than_promised():
    """All primary comparisons of 400 races without any difference, at the first look's 2.5 %."""
    rng, called = np.random.default_rng(5), 0
    for _ in range(400):
        values, steps = rng.lognormal(size=(3, 12)), rng.integers(1, 500, (3, 12))
        found = primary_calls(race_of(values, steps=steps))
        called += bool(found & {Answer.BETTER, Answer.WORSE})
    assert called <= stats.binom.isf(1e-4, 400, 0.025)


def primary_calls(recording: Recording) -> set[Answer]:
    return {c.answer for c in comparisons(recording) if c.primary}


# Time.


def time_of(steps, *costs):
    recording = race_of(np.ones((2, len(steps[0]))), steps=np.array(steps, float), speed="seconds")
    return primary(recording, [Cost(*cost, lanes=4) for cost in costs])["seconds"]


STEPS = np.stack([np.linspace(100, 300, 12), np.linspace(60, 200, 12)]).round()


def test_costs_that_overlap_leave_the_order_by_time_to_the_steps():
    by_time = time_of(STEPS, (1.0, 0.9, 1.3), (1.5, 1.2, 1.9))
    by_steps = primary(race_of(np.ones((2, 12)), steps=STEPS))["steps"]
    assert by_time.test == by_steps.test
    assert by_time.wins == by_steps.wins


def test_a_dear_step_turns_the_order_by_time_round():
    assert time_of(STEPS, (1.0, 0.99, 1.01), (10.0, 9.9, 10.1)).answer == Answer.WORSE
    assert time_of(STEPS, (10.0, 9.9, 10.1), (1.0, 0.99, 1.01)).answer == Answer.BETTER


def test_what_is_not_known_of_the_costs_widens_the_interval():
    narrow = time_of(STEPS, (1.0, 1.0, 1.0), (1.2, 1.2, 1.2))
    wide = time_of(STEPS, (1.0, 0.95, 1.05), (1.2, 1.1, 1.3))
    assert wide.test.estimate == pytest.approx(narrow.test.estimate)
    assert narrow.test.low - wide.test.low == pytest.approx(math.log10(1.3 / 0.95 / 1.2))
    assert wide.test.high - narrow.test.high == pytest.approx(math.log10(1.2 * 1.05 / 1.1))


@examples(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=6, max_size=12),
    st.lists(st.floats(1.0, 3.0), min_size=6, max_size=6),
)
def test_p_and_interval_of_times_never_contradict(pairs, costs):
    first, second = sorted(costs[:3]), sorted(costs[3:])
    steps = np.array(pairs).T * 1.0
    found = time_of(steps, (first[1], first[0], first[2]), (second[1], second[0], second[2]))
    excludes = found.test.low > 0 or found.test.high < 0
    assert excludes == (found.test.p < found.test.alpha)
    assert found.test.low <= found.test.estimate <= found.test.high


def test_lanes_that_never_arrive_are_tied_by_time_whatever_a_step_costs():
    found = time_of(np.full((2, 9), np.inf), (1.0, 0.9, 1.1), (9.0, 8.9, 9.1))
    assert found.answer == Answer.NEITHER


def test_without_costs_nothing_is_compared_by_time_and_the_family_stays_as_large():
    recording = race_of(noisy(3, 12), speed="seconds")
    found = comparisons(recording)
    assert "seconds" not in {c.outcome.key for c in found}
    assert primary(recording)["test_loss"].test.alpha == pytest.approx(0.025 / 2)


def test_a_quality_without_a_curve_is_refused_by_the_experiment():
    with pytest.raises(Refusal, match=r"quality = 'validation_loss': must be one of"):
        race_of(np.ones((2, 3)), quality="validation_loss")
