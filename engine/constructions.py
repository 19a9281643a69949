"""Weights that are not drawn but built: a network that computes what theory says it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .settings import Refusal

Array = NDArray[Any]

# The fit has 2 straight pieces to the power of the layers, and all are found when a race ends.
MOST_LAYERS = 16
# Units of the first hidden layer that do the work, and of each further one.
FIRST_UNITS, UNITS = 4, 3


@dataclass(frozen=True)
class Site:
    """What weights are built for.

    `sizes` are the units from input to output, `value` is the activation, and inputs lie between
    -`reach` and `reach`; 0 where nobody knows how far out they lie.
    """

    sizes: tuple[int, ...]
    value: Callable[[Array], Array]
    reach: float
    residual: bool = False


def squares(site: Site) -> list[Array]:
    """Each layer's weights `(fan_out, fan_in + 1)` of a ReLU network that computes x².

    Yarotsky 2017, Error Bounds for Approximations with Deep ReLU Networks: with t = |x|/reach and
    g₁, g₂, … the tent 2t − 4·max(t − ½, 0) applied once, twice, …, t² is t − Σ gₛ/4ˢ, within
    4^−(m + 1) after m terms, one a hidden layer. Two units of a layer make its g, a third carries
    what is left of t; the first layer needs four to take the size of x. Units beyond these stay 0.
    Raises Refusal where the network is another than this needs.
    """
    _check_squares(site)
    weights = [np.zeros((out, into + 1)) for into, out in pairwise(site.sizes)]
    # Rows that read the units before: the tent, and what it leaves of t.
    tent, left = np.array([2.0, 2, -4, -4]), np.array([0.5, 0.5, 1, 1])
    weights[0][:FIRST_UNITS] = [[1.0, 0.0], [-1.0, 0.0], [1.0, -0.5], [-1.0, -0.5]]
    weights[0][:FIRST_UNITS, 0] /= site.reach
    for term, layer in enumerate(weights[1:-1], start=2):
        units = len(tent)
        layer[:UNITS, :units] = [tent, tent, left]
        layer[1, -1] = -0.5
        tent = np.array([2.0, -4, 0])
        left = np.array([-2 / 4**term, 4 / 4**term, 1])
    weights[-1][0, : len(left)] = site.reach**2 * left
    return weights


def _check_squares(site: Site) -> None:
    inputs, *hidden, outputs = site.sizes
    z = np.array([-3.0, -1.0, 0.0, 0.5, 1.0])
    allowed = {
        "one input and one output": inputs == outputs == 1,
        "inputs from a known interval": site.reach > 0,
        f"1 to {MOST_LAYERS} hidden layers": 1 <= len(hidden) <= MOST_LAYERS,
        f"at least {FIRST_UNITS} units a layer": min(hidden, default=0) >= FIRST_UNITS,
        "hidden layers that are not residual": not site.residual,
        "ReLU": np.array_equal(site.value(z), np.maximum(z, 0)),
    }
    for needed, given in allowed.items():
        if not given:
            raise Refusal("initializer", "squares", f"needs {needed}")
