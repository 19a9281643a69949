"""Every activation with parameters worth testing, for the tests that go through them all."""

from __future__ import annotations

from typing import Any

import pytest

from engine.activations import ACTIVATIONS, Activation


def variants(activation: Activation) -> list[dict[str, Any]]:
    """The defaults, other values of all parameters, and every option of every choice."""
    found: list[dict[str, Any]] = [activation.defaults]
    if activation.parameters:
        found += [{p.name: f * p.default for p in activation.parameters} for f in (0.3, 1.7)]
    for choice in activation.choices:
        found += [{choice.name: option} for option in choice.options[1:]]
    return found


CASES = [(a, parameters) for a in ACTIVATIONS.values() for parameters in variants(a)]
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.key)
every_case = pytest.mark.parametrize(
    ("activation", "parameters"),
    CASES,
    ids=[" ".join([a.key, *(f"{k}={v}" for k, v in p.items())]) for a, p in CASES],
)
