"""The beat: pictures follow one another often, and leave the race most of the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.beat import FRAME, LONGEST_REST, REST, rest_after

SECONDS = st.floats(0, 1e6)


@given(SECONDS)
def test_however_long_a_picture_took_the_next_one_comes_soon(painting):
    """A first turn of the event loop that took 14 s once silenced the window for 43 s more."""
    assert 0 <= rest_after(painting) <= max(FRAME, LONGEST_REST)


@given(st.floats(0, LONGEST_REST / REST))
def test_the_race_has_most_of_the_time(painting):
    assert rest_after(painting) >= REST * painting
    assert painting + rest_after(painting) >= FRAME


@given(SECONDS)
def test_without_a_rest_pictures_follow_one_another_as_soon_as_they_are_painted(painting):
    assert max(painting, FRAME) == pytest.approx(painting + rest_after(painting, 0))
