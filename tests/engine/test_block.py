"""What a block of lanes answers, class by class."""

import numpy as np
import pytest

from engine.block import classes


@pytest.mark.parametrize("units", [2, 3, 10])
def test_the_class_is_that_of_the_largest_output_the_first_of_equals(units):
    values = np.random.default_rng(1).integers(-3, 3, (4, units, 200)).astype(np.float32)
    np.testing.assert_array_equal(classes(values), values.argmax(axis=1))


def test_one_unit_means_class_1_above_the_middle():
    values = np.array([[[-1.0, 0.0, 1.0]]])
    np.testing.assert_array_equal(classes(values), [[0, 0, 1]])
    np.testing.assert_array_equal(classes(values, -0.5), [[0, 1, 1]])
