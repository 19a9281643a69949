"""A traced function does what the function does, to whatever stands in its arrays then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.ready import replay
from engine.tracing import Buffers, Traced, noted_whole, traced


def chain(x: Any, out: Any) -> None:
    """Many intermediate results, most of them short-lived."""
    kept = np.abs(x)
    moved = x
    for step in range(20):
        moved = moved * 0.5 + kept
        moved -= float(step)
    np.multiply(moved, kept, out=out)


def in_a_wider_type(x: Any, out: Any) -> None:
    wide = x.astype(np.float64)
    wide *= wide
    wide += x
    np.subtract(wide.astype(np.float32), 1, out=out)


def by_views(x: Any, out: Any) -> None:
    first, second = x[:, :2].clip(-0.5, 0.5), x[:, 2:]
    np.maximum(first, second, out=out[:, :2])
    np.minimum(second, 0.25, out=out[:, 2:])


def by_bits(x: Any, out: Any) -> None:
    out.fill(1.0)
    signs = np.empty_like(x)
    np.greater(x, 0.0, out=signs)
    out += signs * (x.view(np.int32) & -65536).view(np.float32)


def by_its_numbers(x: Any, out: Any) -> None:
    np.multiply(x, 2.0 if x.max() > 0 else 3.0, out=out)


def by_its_truth(x: Any, out: Any) -> None:
    np.copyto(out, x if x[0, 0] > 0 else -x)


def by_other_functions(x: Any, out: Any) -> None:
    np.copyto(out, np.where(x > 0, x, 0.0))


@noted_whole
def cut_at_the_mean(x: Any) -> None:
    x.clip(None, x.mean(), out=x)


def with_a_part_by_its_numbers(x: Any, out: Any) -> None:
    below = x * 2.0
    cut_at_the_mean(below)
    np.add(below, 1.0, out=out)


TRACED = [chain, in_a_wider_type, by_views, by_bits]
WHOLE = [by_its_numbers, by_its_truth, by_other_functions]


@pytest.mark.parametrize("function", [*TRACED, *WHOLE, with_a_part_by_its_numbers])
def test_calls_do_what_the_function_does(function: Callable[..., None]) -> None:
    rng = np.random.default_rng(0)
    x, out = np.zeros((2, 6, 4), np.float32)
    calls = traced(Buffers(), function, x, out)
    for _ in range(3):
        x[:] = rng.standard_normal(x.shape)
        before = x.copy()
        expected = np.zeros_like(out)
        function(x, expected)
        replay(calls)
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("function", WHOLE)
def test_what_hangs_on_numbers_is_one_call(function: Callable[..., None]) -> None:
    x, out = np.zeros((2, 6, 4), np.float32)
    assert len(traced(Buffers(), function, x, out)) == 1


def test_only_the_part_that_hangs_on_numbers_is_one_call() -> None:
    x, out = np.zeros((2, 6, 4), np.float32)
    assert len(traced(Buffers(), with_a_part_by_its_numbers, x, out)) == 3


def test_intermediate_results_take_turns_in_few_buffers() -> None:
    class Counting(Buffers):
        made = 0

        def take(self, shape: Any, dtype: Any) -> Any:
            spare = self._spare.get((shape, dtype))
            self.made += not spare
            return super().take(shape, dtype)

    x, out = np.zeros((2, 6, 4), np.float32)
    buffers = Counting()
    assert len(traced(buffers, chain, x, out)) == 62
    assert buffers.made <= 4
    traced(buffers, chain, x, out)
    assert buffers.made <= 4


def test_functions_that_take_turns_share_their_buffers() -> None:
    rng = np.random.default_rng(1)
    x, one, other = rng.standard_normal((3, 6, 4)).astype(np.float32)
    buffers, expected = Buffers(), np.empty((2, 6, 4), np.float32)
    calls = traced(buffers, chain, x, one) + traced(buffers, chain, one, other)
    chain(x, expected[0])
    chain(expected[0], expected[1])
    replay(calls)
    np.testing.assert_array_equal([one, other], expected)


def test_numbers_take_the_type_of_the_arrays_beside_them() -> None:
    x = np.zeros((6, 4), np.float32)
    seen: list[np.dtype[Any]] = []

    def function(x: Any) -> None:
        seen.append((x * 2.5 + 1).dtype)
        seen.append((x > 0.5).dtype)
        seen.append((x * np.float64(2.5)).dtype)

    function(x)
    eagerly = seen.copy()
    seen.clear()
    traced(Buffers(), function, x)
    assert seen == eagerly


@pytest.mark.parametrize(
    "look", [bool, float, np.asarray, np.sum, lambda x: x.min(), lambda x: (x > 0) * 1.5]
)
def test_a_stand_in_tells_no_numbers(look: Callable[[Any], Any]) -> None:
    def function(x: Any) -> None:
        assert not isinstance(x, Traced) or look(x) is None

    calls = traced(Buffers(), function, np.zeros(1, np.float32))
    assert len(calls) == 1
