"""The buffers that networks work in, and the calls that their passes are planned as.

Arrays are feature-major, `(lanes, units, batch)`. What a layer reads ends in a row of ones,
`(lanes, units + 1, batch)`, so that biases belong to the weights and cost no call of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .layer import Layer
from .losses import Loss
from .low_bits import Grid
from .ready import Call
from .tracing import Buffers, traced

Array = NDArray[np.floating]

# Batches, their short last ones, the probe and the readings, for blocks of two sizes; more come
# from a batch size that changes while the race runs.
MOST_SIZES = 16


@dataclass(frozen=True)
class Plan:
    """A network's passes in a workspace, laid out once as calls without arguments and replayed.

    Nothing is looked up or allocated while they run. `forward` goes from the first layer's
    pre-activations to the outputs; `backward` from the outputs' deltas to the first layer's and to
    the gradients of all layers above it, with `slopes` as they are. Readings never go backward, so
    those two are laid out when they are first asked for.
    """

    forward: list[Call]
    lay_out_slopes: Callable[[], list[Call]]
    lay_out_backward: Callable[[], list[Call]]

    @cached_property
    def slopes(self) -> list[Call]:
        return self.lay_out_slopes()

    @cached_property
    def backward(self) -> list[Call]:
        return self.lay_out_backward()


class Stacked(Protocol):
    """What of a network decides how large its buffers are."""

    @property
    def lanes(self) -> int: ...
    @property
    def parameters(self) -> Array: ...
    @property
    def layers(self) -> Sequence[Layer]: ...


class Workspace:
    """The buffers for one number of lanes and one batch size, from the input side on.

    `reads[l]` is what layer l multiplies, `(lanes, fan_in + 1, batch)`: `reads[0]` are the inputs
    that were planned with last, `(1, fan_in + 1, batch)` where all lanes share them. `z[l]` is its
    pre-activation; after a backward pass `delta[l]` is the loss's gradient by `z[l]`. `flat_z`,
    `flat_delta` and `flat_slope` hold what `z`, `delta` and `slope` show, layer after layer,
    `flat_hidden` what `z` shows of the hidden layers.
    `coded`, like the outputs, is what a loss makes of its targets. Activations work in `buffers`.
    `plans` are those of the networks that work here, by what they hang on; `plan` is the one last
    asked for, and `levels` what it rounds each hidden layer's values to, where it does.
    """

    def __init__(self, network: Stacked, batch: int) -> None:
        lanes, dtype = network.lanes, network.parameters.dtype
        shapes = [(lanes, layer.units, batch) for layer in network.layers]
        self.flat_z, self.z = _layer_after_layer(shapes, dtype)
        self.flat_delta, self.delta = _layer_after_layer(shapes, dtype)
        self.flat_slope, self.slope = _layer_after_layer(shapes[:-1], dtype)
        self._inputs: dict[int, Array] = {}
        self.reads = [np.empty((0, 0, 0), dtype)]
        self.reads += [np.ones((lanes, units + 1, batch), dtype) for _, units, _ in shapes[:-1]]
        self.values = [read[:, :-1] for read in self.reads]
        self.flat_hidden = self.flat_z[: self.flat_slope.size]
        self.flat_outputs = self.outputs.reshape(-1)
        self.coded = np.empty_like(self.outputs)
        self._gradients: dict[str, list[Call]] = {}
        self.buffers = Buffers()
        self._traced: dict[Hashable, list[Call]] = {}
        self.plans: dict[Hashable, Plan] = {}
        self.plan = Plan([], list, list)
        self.levels: Sequence[Grid] = ()

    @property
    def outputs(self) -> Array:
        return self.z[-1]

    def traced(self, function: Callable[..., Any], *of: Array, **parameters: Any) -> list[Call]:
        """The calls of a function that works here, traced once for all networks that share them."""
        key = (function, *map(_identity, of), *map(_identity, parameters.values()), *parameters)
        if key not in self._traced:
            self._traced[key] = traced(self.buffers, function, *of, **parameters)
        return self._traced[key]

    def round(self, place: int) -> None:
        """Bring a hidden layer's values to its levels."""
        self.levels[place].round(self.values[place + 1])

    def place_for(self, inputs: Array) -> Array:
        """Room for a copy of these inputs, the same for all that have as many lanes."""
        lanes = len(inputs)
        if lanes not in self._inputs:
            self._inputs[lanes] = np.empty(inputs.shape, self.flat_z.dtype)
        return self._inputs[lanes]

    def gradient_of(self, loss: Loss) -> list[Call]:
        """The calls that fill the outputs' delta with the loss's gradient, by `coded`."""
        if loss.key not in self._gradients:
            calls = loss.gradient_of(self.outputs, self.coded, self.delta[-1])
            self._gradients[loss.key] = calls
        return self._gradients[loss.key]


class Workspaces:
    """Workspaces by lanes and batch size, shared by networks that work one after another.

    All networks must have the same units. What one pass leaves is valid until the next one.
    """

    def __init__(self) -> None:
        self._by_size: dict[tuple[int, int], Workspace] = {}

    def of(self, network: Stacked, batch: int) -> Workspace:
        size = (network.lanes, batch)
        if size not in self._by_size:
            if len(self._by_size) >= MOST_SIZES:
                self._by_size.clear()
            self._by_size[size] = Workspace(network, batch)
        return self._by_size[size]


def _identity(value: Any) -> Hashable:
    # The calls hold the arrays, so that no other can come to lie where one lay.
    return ("array", id(value)) if isinstance(value, np.ndarray) else value


def turned(matrices: Array) -> Array:
    """Each lane's matrix, transposed."""
    return matrices.transpose(0, 2, 1)


def _layer_after_layer(
    shapes: Sequence[tuple[int, ...]], dtype: np.dtype[Any]
) -> tuple[Array, list[Array]]:
    """One flat buffer, and a view into it for each layer."""
    ends = np.cumsum([0, *map(math.prod, shapes)])
    flat = np.empty(ends[-1], dtype)
    places = [slice(start, stop) for start, stop in pairwise(ends)]
    return flat, [flat[place].reshape(shape) for place, shape in zip(places, shapes, strict=True)]
