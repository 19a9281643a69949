"""The axes of a sweep's races: what they say where there is little to say."""

import numpy as np

from gui.plots.coordinates import measured


def test_an_axis_of_what_never_came_has_no_numbers():
    """They would be of nothing."""
    column = measured("steps", np.full(3, np.inf), log=False)
    assert [word for _, word in column.upright.ticks] == ["never"]
    assert column.words == ("never",) * 3
