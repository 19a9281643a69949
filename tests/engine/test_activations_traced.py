"""Activations in training: value and slope together, traced into calls, to the same bits."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from activation_cases import every_case, every_case_of, every_one_of

from engine.activations import ACTIVATIONS, Activation
from engine.ready import replay
from engine.tracing import Buffers, traced


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_case_of([a for a in ACTIVATIONS.values() if a.together])
def test_value_and_derivative_together_have_the_bits_of_each_alone(
    activation: Activation, parameters: dict[str, Any], dtype: str
) -> None:
    assert activation.together is not None
    far = np.finfo(dtype).max
    ends = [0.0, -0.0, -far, far, -math.inf, math.inf, math.nan]
    z = np.concatenate([np.linspace(-110.0, 110.0, 20_001), ends]).astype(dtype)
    value, slope = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        activation.together(z, value=value, slope=slope, **parameters)
        alone = activation.value(z, **parameters), activation.derivative(z, **parameters)
    np.testing.assert_array_equal([value, slope], alone)


def edges(size: int, dtype: str) -> np.ndarray:
    """Numbers from all over, the ends of the line among them."""
    ends = [0.0, -0.0, -math.inf, math.inf, math.nan]
    return np.resize([*np.linspace(-9.0, 9.0, 94_321), *ends][::-1], size).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [7, 40_000, 100_000])
@every_case
def test_traced_calls_have_the_bits_of_the_functions_of_what_stands_there_then(
    activation: Activation, parameters: dict[str, Any], size: int, dtype: str
) -> None:
    plan = partial(traced, Buffers())
    z, value, slope = np.zeros((3, size), dtype)
    calls = plan(activation.value, z, out=value, **parameters)
    calls += plan(activation.derivative, z, out=slope, **parameters)
    z[:] = edges(size, dtype)
    with np.errstate(all="ignore"):
        expected = activation.value(z, **parameters), activation.derivative(z, **parameters)
        replay(calls)
        np.testing.assert_array_equal([value, slope], expected)
        if activation.together:
            calls = plan(activation.together, z, value=slope, slope=value, **parameters)
            replay(calls)
            np.testing.assert_array_equal([slope, value], expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("first", [0.0, 0.9], ids=["from 0", "from 0.9"])
@every_one_of([a for a in ACTIVATIONS.values() if a.parameters])
def test_traced_calls_follow_parameters_that_change(
    activation: Activation, first: float, lanes: int, dtype: str
) -> None:
    """As trained ones do, a slope of exactly 0 before an infinite number included."""
    z, value, slope = np.zeros((3, lanes, 4, 50), dtype)
    parameters: dict[str, Any] = activation.defaults
    for about in activation.parameters:
        start = max(first, about.low) if not about.open_low else max(first, 0.1)
        parameters[about.name] = np.full((lanes, 1, 1), start, dtype)
    plan = partial(traced, Buffers())
    with np.errstate(all="ignore"):
        calls = plan(activation.value, z, out=value, **parameters)
        calls += plan(activation.derivative, z, out=slope, **parameters)
        z[:] = edges(z.size, dtype).reshape(z.shape)
        for factor in (1.0, 0.5):
            for about in activation.parameters:
                parameters[about.name] *= factor
            replay(calls)
            np.testing.assert_array_equal(value, activation.value(z, **parameters))
            np.testing.assert_array_equal(slope, activation.derivative(z, **parameters))
