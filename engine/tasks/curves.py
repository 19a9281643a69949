"""Curves on a line: what one input can show of kinks, smoothness and steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ..data import Data, Floats
from ..formulas import parse
from ..settings import Refusal
from .record import Asked, Task

DOMAIN = (-1.5, 1.5)

Curve = Callable[[Floats], Floats]


def _task(
    key: str, label: str, help: str, source: str, curve: Callable[[Asked], Curve],
    criterion_share: float, uses: tuple[str, ...] = ("samples", "noise"),
) -> Task:  # fmt: skip
    def data(asked: Asked, rng: Generator) -> Data:
        x = rng.uniform(*DOMAIN, asked.samples)
        y = curve(asked)(x) + asked.noise / 100 * rng.standard_normal(asked.samples)
        return Data(x[:, None], y[:, None], "regression", ("x",))

    return Task(
        key, label, help, source, "regression", inputs=1, outputs=1, data=data,
        criterion_share=criterion_share, uses=uses, domain=DOMAIN,
        target=lambda asked, x: curve(asked)(x), check=curve,
    )  # fmt: skip


def _sin3x(x: Floats) -> Floats:
    return np.sin(3 * x)


def _step(x: Floats) -> Floats:
    return (x >= 0).astype(float)


def _sawtooth(x: Floats) -> Floats:
    """Four teeth up and down between 0 and 1 over the domain."""
    phase = (x - DOMAIN[0]) / 0.75 % 1
    return 1 - np.abs(2 * phase - 1)


def _typed(asked: Asked) -> Curve:
    """The user's formula, refused unless it is finite all over the domain."""
    formula = parse(asked.formula)
    low, high = DOMAIN
    grid = low + (high - low) * np.arange(3001) / 3000
    bad = grid[~np.isfinite(formula(grid))]
    if len(bad):
        raise Refusal(
            "formula", asked.formula,
            f"must be finite for every x from {low:g} to {high:g}; it is not at x = {bad[0]:.4g}",
        )  # fmt: skip
    return formula


_APPROXIMATION = "approximation by ReLU networks, Yarotsky, 2017"

CURVES = (
    _task("sin3x", "sin 3x", "A smooth wave.", "a plain curve", lambda _: _sin3x, 0.02),
    _task("abs", "|x|", "One kink.", "Lu, Shin, Su, Karniadakis, 2019", lambda _: np.abs, 0.01),
    _task("square", "x²", "One smooth bend.", _APPROXIMATION, lambda _: np.square, 0.01),
    _task("step", "Step", "A jump no network can follow.", "a plain curve", lambda _: _step, 0.1),
    _task(
        "sawtooth", "Sawtooth", "Straight teeth, which depth folds cheaply.",
        "benefits of depth, Telgarsky, 2016", lambda _: _sawtooth, 0.2,
    ),
    _task(
        "formula", "Your formula", "The curve you type.", "yours", _typed, 0.05,
        uses=("samples", "noise", "formula"),
    ),
)  # fmt: skip
