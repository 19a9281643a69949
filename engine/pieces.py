"""How a fit bends along a line: where its kinks are, exactly, or how much it curves.

Along a segment of the inputs a network of straight-line activations is a chain of straight pieces.
They are found by carrying the pieces from layer to layer: each unit adds a breakpoint where its
pre-activation passes a kink. At initialisation a whole line has about one kink a unit (Hanin &
Rolnick 2019, Complexity of Linear Regions in Deep Networks). A curved activation has no pieces but
a second derivative; the change of slope along the segment is a measure that both share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Activation
from .layer import Layer
from .network import Network

Array = NDArray[np.float64]

# Kinks closer than this on the way from 0 to 1 are one: rounding sets them apart, as where all
# units bend at the same point.
SAME_PLACE = 1e-12
# A change of slope under this share of the largest sum behind a slope is rounding.
SAME_SLOPE = 1e-12
# The points at which a curved slope is looked at.
CURVE_POINTS = 1025


@dataclass(frozen=True)
class Segment:
    """A straight way through the inputs as networks read them; both ends are `(features,)`.

    Places on it run from 0 at the start to 1 at the end, and slopes are per whole segment.
    """

    start: Array
    end: Array

    @classmethod
    def across(cls, points: NDArray[Any]) -> Segment:
        """From the point farthest from the mean of all `(n, features)` to the farthest from it."""
        points = points.astype(np.float64)
        start = points[_distances(points, points.mean(axis=0)).argmax()]
        return cls(start, points[_distances(points, start).argmax()])

    def inputs(self, places: Array) -> Array:
        """What a network reads there, `(1, features + 1, n)`."""
        columns = np.ones((len(self.start) + 1, len(places)))
        columns[:-1] = self.start[:, None] + np.outer(self.end - self.start, places)
        return columns[None]

    @property
    def direction(self) -> Array:
        """The inputs' change from start to end, `(features,)`."""
        return self.end - self.start


def _distances(points: Array, origin: Array) -> Array:
    distances: Array = np.linalg.norm(points - origin, axis=1)
    return distances


@dataclass(frozen=True)
class Bend:
    """How one lane's outputs, before any response of the loss, bend along a segment.

    kinks: the places `(k,)` where a slope jumps; None for a curved activation. change: the length
    of the way that the outputs' slopes go, ∫‖y″‖, jumps included; 0 for a straight line.
    """

    kinks: Array | None
    change: float

    @property
    def pieces(self) -> int | None:
        return None if self.kinks is None else len(self.kinks) + 1


def bend(network: Network, lane: int, segment: Segment) -> Bend:
    """How a lane bends along the segment, in float64: exact, or read at `CURVE_POINTS` places."""
    if network.activation.curved:
        places = np.linspace(0.0, 1.0, CURVE_POINTS)
        return Bend(None, _way(tangents(network, segment, places, slice(lane, lane + 1))[0]))
    places, slopes, rounding = _pieces(network, lane, segment)
    steps = np.abs(np.diff(slopes)).max(axis=0)
    jumps = np.flatnonzero(steps > SAME_SLOPE * rounding)
    return Bend(places[1:-1][jumps], _way(slopes))


def _way(slopes: Array) -> float:
    return float(np.linalg.norm(np.diff(slopes), axis=0).sum())


@dataclass(frozen=True)
class _Chain:
    """Straight pieces end to end: breakpoints (n + 1,), values there, slopes between (units, n)."""

    places: Array
    values: Array
    slopes: Array

    def cut(self, levels: Array) -> _Chain:
        """The same chain, with breakpoints where a unit passes one of its `levels` (units, k)."""
        cuts = [self.places]
        for level in levels.T:
            height = self.values - level[:, None]
            units, pieces = np.nonzero(height[:, :-1] * height[:, 1:] < 0)
            before, after = height[units, pieces], height[units, pieces + 1]
            start, end = self.places[pieces], self.places[pieces + 1]
            cuts.append(start + before / (before - after) * (end - start))
        return self.at(_apart(np.concatenate(cuts)))

    def at(self, places: Array) -> _Chain:
        """The same chain by finer breakpoints."""
        middles = 0.5 * (places[:-1] + places[1:])
        piece = np.searchsorted(self.places, middles, side="right") - 1
        slopes = self.slopes[:, piece]
        starts = self.values[:, piece] + slopes * (places[:-1] - self.places[piece])
        return _Chain(places, np.concatenate([starts, self.values[:, -1:]], axis=1), slopes)

    def through(self, weights: Array) -> _Chain:
        """What a layer's weights `(units, fan_in + 1)` make of it."""
        values = weights[:, :-1] @ self.values + weights[:, -1:]
        return _Chain(self.places, values, weights[:, :-1] @ self.slopes)

    def plus(self, other: _Chain) -> _Chain:
        """The sum with a chain of the same breakpoints."""
        return _Chain(self.places, self.values + other.values, self.slopes + other.slopes)

    def activated(self, activation: Activation, arguments: dict[str, Any]) -> _Chain:
        """What the activation makes of it, where no unit passes a kink inside a piece."""
        middles = 0.5 * (self.values[:, :-1] + self.values[:, 1:])
        slopes = activation.derivative(middles, **arguments) * self.slopes
        return _Chain(self.places, activation.value(self.values, **arguments), slopes)


def _apart(places: Array) -> Array:
    """The places in order, those that rounding alone sets apart taken once; both ends are kept."""
    ordered = np.unique(places)
    kept = ordered[np.diff(ordered, prepend=-1.0) > SAME_PLACE]
    kept[-1] = ordered[-1]
    return kept


def _pieces(network: Network, lane: int, segment: Segment) -> tuple[Array, Array, float]:
    """Breakpoints (n + 1,), the outputs' slopes between them, and the size that was summed up."""
    ends = np.stack([segment.start, segment.end], axis=1)
    chain = _Chain(np.array([0.0, 1.0]), ends, segment.direction[:, None])
    z = chain
    for place, layer in enumerate(network.hidden):
        arguments, skipping = _arguments(layer, lane), z
        z = chain.through(_weights(layer, lane))
        if place in network.skips:
            z = z.plus(skipping)
        z = z.cut(_levels(network.activation, arguments, layer.units))
        chain = z.activated(network.activation, arguments)
    weights = _weights(network.layers[-1], lane)
    summed = np.abs(weights[:, :-1]) @ np.abs(chain.slopes)
    chain = chain.through(weights)
    return chain.places, chain.slopes, float(summed.max())


def _weights(layer: Layer, lane: int | slice) -> Array:
    weights: Array = layer.weights[lane].astype(np.float64)
    return weights


def _arguments(layer: Layer, lane: int | slice) -> dict[str, Any]:
    """What the layer's activation is called with for a lane, or some, in float64."""
    for trained in layer.trained:
        trained.refresh()
    return {
        name: value[lane].astype(np.float64) if isinstance(value, np.ndarray) else value
        for name, value in layer.arguments.items()
    }


def _levels(activation: Activation, arguments: dict[str, Any], units: int) -> Array:
    """The kinks of each unit, (units, most of them); NaN, which nothing passes, for fewer."""
    kinks = [
        activation.kinks(**{name: _of_unit(value, unit) for name, value in arguments.items()})
        for unit in range(units)
    ]
    levels = np.full((units, max(map(len, kinks))), np.nan)
    for unit, row in enumerate(kinks):
        levels[unit, : len(row)] = row
    return levels


def _of_unit(value: Any, unit: int) -> Any:
    """A parameter's own value where there is one a unit, else the layer's."""
    return float(value[unit % len(value), 0]) if isinstance(value, np.ndarray) else value


def tangents(
    network: Network, segment: Segment, places: Array, lanes: slice = slice(None)
) -> Array:
    """The outputs' slopes at the places (n,), in float64: `(lanes, outputs, n)`."""
    values, slopes = segment.inputs(places)[:, :-1], segment.direction[None, :, None]
    z, rise = values, slopes
    for place, layer in enumerate(network.layers):
        weights, skipping = _weights(layer, lanes), (z, rise)
        z, rise = weights[:, :, :-1] @ values + weights[:, :, -1:], weights[:, :, :-1] @ slopes
        if place in network.skips:
            z, rise = z + skipping[0], rise + skipping[1]
        if place < len(network.hidden):
            arguments = _arguments(layer, lanes)
            values = network.activation.value(z, **arguments)
            slopes = network.activation.derivative(z, **arguments) * rise
    return np.asarray(np.broadcast_to(rise, z.shape))
