"""What a task is: data for a race, drawn from a seed or fixed, and how well it can be learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from numpy.random import Generator

from ..data import Data, Floats


class Asked(Protocol):
    """The settings a task may look at; each task's `uses` names those it does."""

    @property
    def samples(self) -> int: ...
    @property
    def noise(self) -> float:
        """0 to 50 per cent, as TensorFlow Playground's slider."""

    @property
    def formula(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def target(self) -> str: ...


@dataclass(frozen=True)
class Task:
    """One kind of data.

    kind: "regression", "binary" or "multiclass"; "" where only reading the data tells.
    inputs, outputs: how many; 0 where only reading the data tells.
    data: draws or loads the points; what is fixed ignores the generator.
    uses: the settings that matter to `data`.
    criterion_share: the loss that counts as learnt, as a share of the best constant's.
    domain: where each input lies, for drawing.
    target: the noise-free curve at x, for curves on a line.
    check: refuses settings that no data could ever be drawn from, before any are asked for.
    """

    key: str
    label: str
    help: str
    source: str
    kind: str
    inputs: int
    outputs: int
    data: Callable[[Asked, Generator], Data]
    criterion_share: float
    uses: tuple[str, ...] = ("samples", "noise")
    default_samples: int = 500
    standardised: bool = False
    domain: tuple[float, float] | None = None
    target: Callable[[Asked, Floats], Floats] | None = None
    check: Callable[[Asked], object] = lambda asked: None

    @property
    def generated(self) -> bool:
        """Whether each seed draws points of its own."""
        return "samples" in self.uses

    @property
    def default_loss(self) -> str:
        """The key of the loss that suits the task; "" where only reading the data tells."""
        return DEFAULT_LOSSES.get(self.kind, "")


DEFAULT_LOSSES = {
    "regression": "mse",
    "binary": "binary_cross_entropy",
    "multiclass": "cross_entropy",
}
