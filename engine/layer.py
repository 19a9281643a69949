"""One layer of stacked networks: views into their buffers, its trained activation parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Parameter
from .ready import Call, product

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Trained:
    """A trained activation parameter of one layer, as views into the network's buffers.

    `raw` and `gradient` are `(lanes, 1 or units, 1)`. A parameter that must stay positive is
    trained as its logarithm; `value` is what the activation is given.
    """

    parameter: Parameter
    raw: Array
    gradient: Array
    value: Array

    def set(self, value: float) -> None:
        self.raw[...] = np.log(value) if self.parameter.positive else value

    def refresh(self) -> None:
        """Bring `value` up to date; without a transform it is `raw` itself."""
        if self.parameter.positive:
            np.exp(self.raw, out=self.value)

    def receiving(self, terms: Array) -> Iterator[Call]:
        """The calls that sum up the gradient from its terms `(lanes, units, batch)`.

        The terms are overwritten.
        """
        if self.parameter.positive:
            yield partial(np.multiply, terms, self.value, terms)
        if self.raw.shape[1] == 1:
            terms = terms.reshape(len(terms), 1, -1)
        yield product(terms, np.ones((1, terms.shape[2], 1), terms.dtype), self.gradient)


@dataclass(frozen=True)
class Layer:
    """One layer's views into the network's buffers, and what its activation is called with.

    The weights lie at `place` in each lane's buffers.
    """

    place: slice
    weights: Array
    gradient: Array
    trained: tuple[Trained, ...]
    arguments: dict[str, Any]

    def projections(self, project: Callable[..., None] | None) -> Iterator[Call]:
        """Calls that bring what is trained back into its domain, with the record's `project`.

        Logarithms stay where their exponentials are finite, normal numbers.
        """
        for one in self.trained:
            if one.parameter.positive:
                reach = -math.log(np.finfo(one.raw.dtype).tiny)
                yield partial(one.raw.clip, -reach, reach, one.raw)
        if self.trained and project:
            yield partial(project, **self.arguments)

    @property
    def units(self) -> int:
        return int(self.weights.shape[1])
