"""Every activation with parameters worth testing, for the tests that go through them all."""

from __future__ import annotations

from collections.abc import Iterable
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


def every_one_of(activations: Iterable[Activation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("activation", activations, ids=lambda a: a.key)


def every_case_of(activations: Iterable[Activation]) -> pytest.MarkDecorator:
    cases = [(a, parameters) for a in activations for parameters in variants(a)]
    names = [" ".join([a.key, *(f"{k}={v}" for k, v in p.items())]) for a, p in cases]
    return pytest.mark.parametrize(("activation", "parameters"), cases, ids=names)


every_activation = every_one_of(ACTIVATIONS.values())
every_case = every_case_of(ACTIVATIONS.values())
