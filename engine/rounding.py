"""What of the training a narrow format holds, and the remedies against what its rounding costs.

Arrays stay in the format's carrier; what a narrow machine would store is brought to the grid. Sums
inside a product and the arithmetic of an update stay the carrier's, as in matrix units and fused
optimisers, which accumulate in float32 (Micikevicius et al. 2018, Mixed precision training).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .precision import FORMATS, Format
from .ready import Call
from .settings import Refusal

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Scope:
    """Which stored results are rounded: those of both passes, weight gradients, weights."""

    key: str
    label: str
    passes: bool = False
    gradients: bool = False
    weights: bool = False


SCOPES: dict[str, Scope] = {
    scope.key: scope
    for scope in (
        Scope("everything", "everything", passes=True, gradients=True, weights=True),
        Scope("gradients", "gradients only", gradients=True),
        Scope("updates", "updates only", weights=True),
    )
}


class Store:
    """How weights take up a step: in the arrays' own type, without further rounding."""

    def start(self, parameters: Array) -> None:
        """Bring the first weights into the form in which they are kept."""

    def taking(self, parameters: Array, step: Array) -> Call:
        """The call of parameters − step, in place."""
        return partial(np.subtract, parameters, step, parameters)

    def held(self, parameters: Array) -> Array:
        """A copy of the weights with all that is remembered of them."""
        return parameters.copy()


class Nearest(Store):
    """Weights that are rounded to the nearest value of the format after every step."""

    def __init__(self, format: Format, streams: Sequence[Generator]) -> None:
        self._format = format
        self._streams = streams

    def start(self, parameters: Array) -> None:
        self._format.round(parameters, out=parameters)

    def taking(self, parameters: Array, step: Array) -> Call:
        return partial(self.subtract, parameters, step)

    def subtract(self, parameters: Array, step: Array) -> None:
        """parameters − step, in place, as the format holds it."""
        np.subtract(parameters, step, out=parameters)
        self._format.round(parameters, out=parameters)


class Stochastic(Nearest):
    """Weights rounded to one of their neighbours, drawn so that the mean step is the whole step."""

    def subtract(self, parameters: Array, step: Array) -> None:
        noise = np.empty_like(parameters)
        for stream, lane in zip(self._streams, noise, strict=True):
            stream.random(out=lane, dtype=lane.dtype)
        np.subtract(parameters, step, out=parameters)
        self._format.round_stochastically(parameters, noise, out=parameters)


class Master(Nearest):
    """Rounded weights beside their master copy, kept as `_rest`: what the rounding left out.

    The rest of a rounding is a number of the carrier, so that the sum of both is the copy, exactly.
    """

    def start(self, parameters: Array) -> None:
        self._rest = parameters.copy()
        super().start(parameters)
        self._rest -= parameters

    def subtract(self, parameters: Array, step: Array) -> None:
        master = np.add(parameters, self._rest)
        master -= step
        self._format.round(master, out=parameters)
        np.subtract(master, parameters, out=self._rest)

    def held(self, parameters: Array) -> Array:
        return np.add(parameters, self._rest, dtype=np.float64)


class Kahan(Nearest):
    """Rounded weights with a compensation of the same format, which the next step takes along."""

    def start(self, parameters: Array) -> None:
        super().start(parameters)
        self._rest = np.zeros_like(parameters)

    def subtract(self, parameters: Array, step: Array) -> None:
        change = np.subtract(self._rest, step)
        before = parameters.copy()
        np.add(parameters, change, out=parameters)
        self._format.round(parameters, out=parameters)
        change -= np.subtract(parameters, before, out=before)
        self._format.round(change, out=self._rest)

    def held(self, parameters: Array) -> Array:
        return np.add(parameters, self._rest, dtype=np.float64)


@dataclass(frozen=True)
class Remedy:
    """A way to keep the part of an update that is too small for the weight's format.

    `wide_state`: the optimiser's state stays in the carrier too. `unbiased`: what is lost at one
    step is made up for in the mean, so that lost updates stop nothing. `copies` counts buffers as
    large as the parameters.
    """

    key: str
    label: str
    source: str
    store: Callable[[Format, Sequence[Generator]], Store]
    wide_state: bool = False
    unbiased: bool = False
    copies: int = 0


REMEDIES: dict[str, Remedy] = {
    remedy.key: remedy
    for remedy in (
        Remedy("none", "none", "IEEE 754-2019: round to nearest", Nearest),
        Remedy(
            "master",
            "float32 master weights",
            "Micikevicius et al. 2018, Mixed precision training",
            Master,
            wide_state=True,
            copies=2,
        ),
        Remedy(
            "stochastic",
            "stochastic rounding",
            "Gupta et al. 2015, Deep learning with limited numerical precision",
            Stochastic,
            unbiased=True,
            copies=1,
        ),
        Remedy(
            "kahan",
            "Kahan summation",
            "Kahan 1965; Zamirai et al. 2020, Revisiting BFloat16 training",
            Kahan,
            copies=3,
        ),
    )
}


class Rounding:
    """What a trainer does to its results; as it is made without arguments, nothing.

    `passes`, `gradients` and `state` are the formats of the passes' results, of the weight
    gradients and of the optimiser's state, None where they are not rounded; `store` keeps the
    weights. The loss is multiplied by `loss_scale`, and its gradient divided by it again.
    """

    def __init__(
        self,
        passes: Format | None = None,
        gradients: Format | None = None,
        state: Format | None = None,
        store: Store | None = None,
        loss_scale: float = 1.0,
    ) -> None:
        self._passes = passes
        self._gradients = gradients
        self._state = state
        self.store = store or Store()
        self.loss_scale = loss_scale

    def passed(self, signal: Array) -> list[Call]:
        """The calls that round what a pass has written."""
        return [] if self._passes is None else [partial(self._passes.round, signal, out=signal)]

    def after_passes(self, gradients: Array, deltas: Sequence[Array]) -> Iterator[Call]:
        """Calls that round the weight gradients and take the loss scale out of all gradients."""
        if self._gradients is not None:
            yield partial(self._gradients.round, gradients, out=gradients)
        if self.loss_scale != 1:
            for scaled in (gradients, *deltas):
                yield partial(np.divide, scaled, self.loss_scale, scaled)

    def after_step(self, buffers: Sequence[Array], units: Sequence[float]) -> Iterator[Call]:
        """Calls that round the optimiser's state, each buffer where `units` times it lies."""
        if self._state is not None:
            for buffer, unit in zip(buffers, units, strict=True):
                yield partial(np.multiply, buffer, unit, buffer)
                yield partial(self._state.round, buffer, out=buffer)
                yield partial(np.divide, buffer, unit, buffer)


def rounding_of(
    precision: str, rounded: str, remedy: str, loss_scale: float, streams: Sequence[Generator]
) -> Rounding:
    """The rounding that settings ask for; `streams` are one a lane, for stochastic rounding."""
    format, scope, chosen = FORMATS[precision], SCOPES[rounded], REMEDIES[remedy]
    if not format.emulated:
        return Rounding()
    return Rounding(
        passes=format if scope.passes else None,
        gradients=format if scope.gradients else None,
        state=format if scope.passes and not chosen.wide_state else None,
        store=chosen.store(format, streams) if scope.weights else None,
        loss_scale=loss_scale,
    )


def check_rounding(precision: str, rounded: str, remedy: str, loss_scale: float) -> None:
    """Raise Refusal for a rounding that means nothing."""
    scope = SCOPES[rounded]
    if not FORMATS[precision].emulated:
        plain = {"rounded": "everything", "remedy": "none", "loss_scale": 1.0}
        asked = {"rounded": rounded, "remedy": remedy, "loss_scale": loss_scale}
        for name, value in asked.items():
            if value != plain[name]:
                narrow = " or ".join(f.key for f in FORMATS.values() if f.emulated)
                allowed = f"must be {plain[name]} in {precision}; {narrow} can be rounded otherwise"
                raise Refusal(name, value, allowed)
    if remedy != "none" and not scope.weights:
        raise Refusal("remedy", remedy, f"must be none where the format holds {scope.label}")
    if loss_scale != 1 and not scope.gradients:
        raise Refusal("loss_scale", loss_scale, f"must be 1 where the format holds {scope.label}")
