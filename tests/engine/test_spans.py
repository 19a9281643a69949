"""All layers and lanes read at once are read as each would be alone."""

import numpy as np
import pytest

from engine.spans import Spans, side_by_side


@pytest.mark.parametrize("size", [1e-30, 1e-160, 1e-300, 1.0, 1e200])
def test_a_root_mean_square_neither_underflows_nor_overflows(size):
    found = Spans(1, [2]).root_mean_square(np.array([3.0, 4.0]) * size)
    np.testing.assert_allclose(found, [[size * np.sqrt(12.5)]], rtol=1e-12)


def test_float32_gradients_too_small_to_square_are_not_called_zero():
    spans = Spans(2, [5])
    found = spans.root_mean_square(np.full(10, 1e-30, np.float32))
    np.testing.assert_allclose(found, 1e-30, rtol=1e-6)
    assert (spans.root_mean_square(np.zeros(10)) == 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_read_at_once_is_what_each_layer_of_each_lane_says(dtype):
    rng = np.random.default_rng(3)
    layers = [rng.standard_normal(shape).astype(dtype) for shape in ((3, 4, 5), (3, 2, 5), (3, 1))]
    spans, flat = Spans(3, [20, 10, 1]), side_by_side(layers)
    rms, largest = spans.root_mean_square(flat), spans.largest(flat)
    positive = spans.share(flat > 0)
    for place, layer in enumerate(layers):
        for lane, entries in enumerate(layer):
            wide = entries.astype("float64")
            assert rms[lane, place] == pytest.approx(np.sqrt(np.mean(wide**2)), rel=1e-12)
            assert largest[lane, place] == np.abs(entries).max()
            assert positive[lane, place] == np.mean(entries > 0)
