"""Photographs for display keep within their share, and a short race is not left without any."""

from itertools import pairwise

import pytest

from gui.allowance import PARTS, SHARE, SHORT_SHARE, Allowance


def photographed(steps, limit, step_seconds, seconds):
    """The steps at which a race is photographed that asks for one after every step."""
    allowance, now, taken = Allowance(), 0.0, []
    for step in range(1, steps + 1):
        now += step_seconds
        if allowance.permits(step, now, limit):
            now += seconds
            allowance.note(step, now, seconds)
            taken.append(step)
    return taken


@pytest.mark.parametrize("limit", [0, 20_000])
def test_a_long_race_spends_under_a_fiftieth_on_photographs(limit):
    """Digits, 4 contestants of 8 seeds: 4 ms a step and 20 ms a photograph."""
    taken = photographed(20_000, limit, 0.004, 0.02)
    assert SHARE / 2 < len(taken) * 0.02 / (20_000 * 0.004) < 0.02


def test_a_short_race_is_seen_along_its_whole_way():
    """300 steps of 4 ms, where a photograph takes 2.5 ms: one at each part of the steps."""
    taken = photographed(300, 300, 0.004, 0.0025)
    assert len(taken) >= PARTS
    assert max(later - one for one, later in pairwise(taken)) == 300 / PARTS
    assert len(photographed(300, 0, 0.004, 0.0025)) < PARTS / 2


def test_dear_photographs_keep_within_the_larger_share_however_short_the_race():
    taken = photographed(300, 300, 0.004, 0.2)
    assert len(taken) <= 1 + SHORT_SHARE * 300 * 0.004 / 0.2
