"""What an activation is: functions, parameters with their domains, where it bends and flattens.

All functions of a record are elementwise in the pre-activation `z`, an array of any shape (the
engine uses `(lanes, units, batch)`); parameters are floats or arrays that broadcast to `z`,
`(lanes, 1, 1)` for one value a layer and `(lanes, units, 1)` for one a unit. The result has the
type of `z`, float32 or float64 (whole numbers become float64). `out=` may be given and must not
share memory with `z`.

Every finite or infinite `z` gives the value or its limit to 4 ulp, without warnings, and NaN gives
NaN; underflow to zero is not a warning (NumPy's own default). At a kink the derivative is the one
from the left: 0 for ReLU at 0, the slope for Leaky ReLU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..settings import Refusal

Array = NDArray[Any]
Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Parameter:
    """A continuous parameter: it can be fixed or trained, inside its domain.

    A `positive` one is trained through its logarithm, so that no step can leave the domain; it has
    no `constraint` with others.
    `trained` is what a new contestant starts with: "fixed", "layer" or "unit".
    """

    name: str
    label: str
    default: float
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    positive: bool = False
    trained: str = "fixed"
    help: str = ""

    def allowed(self) -> str:
        """The domain in words."""
        if self.low == -math.inf and self.high == math.inf:
            return "any finite number"
        if self.high == math.inf:
            return f"{'above' if self.open_low else 'at least'} {self.low:g}"
        return f"{'above ' if self.open_low else ''}{self.low:g} to {self.high:g}"

    def check(self, value: float) -> None:
        """Raise `Refusal` for a value outside the domain."""
        above = value > self.low if self.open_low else value >= self.low
        if not (math.isfinite(value) and above and value <= self.high):
            raise Refusal(self.name, value, f"must be {self.allowed()}")


@dataclass(frozen=True)
class Choice:
    """A parameter that picks among forms; it cannot be trained."""

    name: str
    label: str
    default: str
    options: tuple[str, ...]
    help: str = ""

    def check(self, value: str) -> None:
        """Raise `Refusal` for a value that is no option."""
        if value not in self.options:
            raise Refusal(self.name, value, f"must be one of {', '.join(self.options)}")


def no_parameters(z: Array) -> dict[str, Array]:
    """The parameter derivatives of an activation without continuous parameters."""
    return {}


def nowhere(**parameters: Any) -> Any:
    """No saturation region, or no kink."""
    return ()


def at_zero(**parameters: Any) -> tuple[float, ...]:
    """One kink, at 0, whatever the parameters."""
    return (0.0,)


@dataclass(frozen=True)
class Rescaling:
    """How weights take the place of redundant parameters: f(z) = output·plain(input·z).

    `plain` is the same activation with these parameters. All are shaped as the parameters given.
    """

    input: Any
    output: Any
    plain: dict[str, Any]


@dataclass(frozen=True)
class Activation:
    """One activation: everything the engine, the forms, the plots and the tests need to know of it.

    `value(z, *, out=None, **parameters)` and `derivative(...)`, by the pre-activation, return
    arrays; `parameter_derivatives(z, **parameters)` maps each continuous parameter to the
    derivative by it.
    `kinks(**parameters)` are the z where the derivative jumps. `saturation(**parameters)` are the
    z-intervals of the flat tails, see `flat_tails`. The functions of a `stochastic` one also take
    `noise`, uniform draws in [0, 1) of the shape of z; without it they are the evaluation form.
    `together(z, *, value, slope, **parameters)` is there where value and derivative have work to
    share: it fills both, to the same bits as either alone.
    `constraint(**parameters)` raises `Refusal` when parameters contradict each other, and
    `project(**parameters)` then moves the trained ones, which are arrays, until none do.
    `rescaling(**parameters)` is there where weights can take the place of a parameter.
    """

    key: str
    label: str
    source: str
    value: Callable[..., Array]
    derivative: Callable[..., Array]
    parameter_derivatives: Callable[..., dict[str, Array]] = no_parameters
    parameters: tuple[Parameter, ...] = ()
    choices: tuple[Choice, ...] = ()
    curved: bool = False
    saturation: Callable[..., Intervals] = nowhere
    kinks: Callable[..., tuple[float, ...]] = nowhere
    stochastic: bool = False
    together: Callable[..., None] | None = None
    constraint: Callable[..., None] | None = None
    project: Callable[..., None] | None = None
    rescaling: Callable[..., Rescaling] | None = None

    def _settings(self) -> tuple[Any, ...]:
        return (*self.parameters, *self.choices)

    @property
    def defaults(self) -> dict[str, Any]:
        """Every parameter and choice at its default, ready for `value(z, **defaults)`."""
        return {about.name: about.default for about in self._settings()}

    def check(self, **parameters: Any) -> None:
        """Raise `Refusal` for an unknown name, a value outside its domain, or a contradiction."""
        known = {about.name: about for about in self._settings()}
        for name, value in parameters.items():
            if name not in known:
                allowed = f"{self.label} takes {', '.join(known) or 'no parameters'}"
                raise Refusal(name, value, allowed)
            known[name].check(value)
        if self.constraint is not None:
            self.constraint(**(self.defaults | parameters))


SATURATED = 0.01


def flat_tails(derivative: Callable[[Array], Array], reach: float = 40.0) -> Intervals:
    """The saturation regions of a curved activation: one rule for all of them.

    A region is a tail, out to infinity on its side, on which |f′| stays under 1 % of the largest
    |f′|. So a turning point, where f′ passes through 0 and returns, is no region; nor is a side on
    which f′ is 0 by definition (ReLU, Hardtanh): those are exact zeros and are counted apart.
    The edges are looked for within ±`reach` and bisected to the last bit.
    """
    grid = np.linspace(-reach, reach, 8001)
    slope = np.abs(derivative(grid))
    limit = SATURATED * float(slope.max())
    steep = np.flatnonzero(slope >= limit)

    def edge(flat: float, steep: float) -> float:
        while (middle := 0.5 * (flat + steep)) not in (flat, steep):
            if abs(float(derivative(np.asarray(middle)))) < limit:
                flat = middle
            else:
                steep = middle
        return flat

    first, last = int(steep[0]), int(steep[-1])
    tails = []
    if first > 0:
        tails.append((-math.inf, edge(float(grid[first - 1]), float(grid[first]))))
    if last < grid.size - 1:
        tails.append((edge(float(grid[last + 1]), float(grid[last])), math.inf))
    return tuple(tails)


def flat_tails_of(derivative: Callable[..., Array], **choices: Any) -> Callable[..., Intervals]:
    """`flat_tails` of a function without continuous parameters, found when first asked for."""

    @cache
    def found() -> Intervals:
        return flat_tails(lambda z: derivative(z, **choices))

    def saturation(**parameters: Any) -> Intervals:
        return found()

    return saturation
