"""What a step costs is measured in turns: many of short ones, fewer where they are long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cost import FEWEST_ROUNDS, MOST_ROUNDS, PATIENCE, rounds


@given(st.floats(1e-6, 1e6))
def test_as_many_turns_are_taken_as_there_is_patience_for(seconds):
    taken = rounds(seconds)
    assert FEWEST_ROUNDS <= taken <= MOST_ROUNDS
    assert taken == FEWEST_ROUNDS or taken * seconds <= PATIENCE * (1 + 1e-9)
    assert taken == MOST_ROUNDS or (taken + 1) * seconds >= PATIENCE * (1 - 1e-9)


@pytest.mark.parametrize(("seconds", "whole"), [(0.01, 0.15), (3.0, 18.0), (30.0, 150.0)])
def test_long_turns_are_as_few_as_an_interval_needs(seconds, whole):
    assert rounds(seconds) * seconds == pytest.approx(whole)
