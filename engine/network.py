"""Stacked networks: the lanes of one contestant, each array call doing the work of all of them.

Arrays are feature-major, `(lanes, units, batch)`. What a layer reads ends in a row of ones,
`(lanes, units + 1, batch)`, so that biases are the last column of the weights
`(lanes, fan_out, fan_in + 1)` and cost no call of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .activations import Parameter
from .contestant import Contestant
from .low_bits import Grid
from .rounding import Operation, Rounding

Array = NDArray[np.floating]

# Batches, their short last ones, the probe and the readings, for blocks of two sizes; more come
# from a batch size that changes while the race runs.
MOST_SIZES = 16

# Entries of which one call takes all layers' at once; more would wait long, and leave the cache.
MOST_AT_ONCE = 2**16


def no_look() -> None:
    """For a network that nobody waits for."""


def _given(inputs: Array, out: Array | None = None) -> Array:
    return inputs


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

    def receive(self, terms: Array) -> None:
        """The gradient from its terms `(lanes, units, batch)`, which are overwritten."""
        if self.parameter.positive:
            terms *= self.value
        if self.raw.shape[1] == 1:
            terms = terms.reshape(len(terms), 1, -1)
        np.sum(terms, axis=2, keepdims=True, out=self.gradient)


@dataclass(frozen=True)
class Layer:
    """One layer's views into the network's buffers, and what its activation is called with.

    The weights lie at `place` in each lane's buffers; `back` are the weights as the backward pass
    multiplies them, `(lanes, fan_in, fan_out)`.
    """

    place: slice
    weights: Array
    back: Array
    gradient: Array
    trained: tuple[Trained, ...]
    arguments: dict[str, Any]

    @property
    def units(self) -> int:
        return int(self.weights.shape[1])


class Workspace:
    """The buffers for one number of lanes and one batch size, from the input side on.

    `reads[l]` is what layer l multiplies, `(lanes, fan_in + 1, batch)`, and `turned[l]` its
    transpose: `reads[0]` are the inputs of the last forward pass. `z[l]` is its pre-activation;
    after a backward pass `delta[l]` is the loss's gradient by `z[l]`. `arguments[l]` is what the
    activation was called with. `flat_z`, `flat_delta` and `flat_slope` hold what `z`, `delta` and
    `slope` show, layer after layer.
    """

    def __init__(self, network: Network, batch: int) -> None:
        lanes, dtype = network.lanes, network.parameters.dtype
        shapes = [(lanes, layer.units, batch) for layer in network.layers]
        self.flat_z, self.z = _layer_after_layer(shapes, dtype)
        self.flat_delta, self.delta = _layer_after_layer(shapes, dtype)
        self.flat_slope, self.slope = _layer_after_layer(shapes[:-1], dtype)
        self.reads = [np.empty((0, 0, 0), dtype)]
        self.reads += [np.ones((lanes, units + 1, batch), dtype) for _, units, _ in shapes[:-1]]
        self.turned = [_turned(read) for read in self.reads]
        self.values = [read[:, :-1] for read in self.reads]
        self.arguments: list[dict[str, Any]] = []
        self._products: dict[Network, Products] = {}

    @property
    def outputs(self) -> Array:
        return self.z[-1]

    def products_of(self, network: Network) -> Products:
        """The products of one of the networks that work here, made ready the first time."""
        if network not in self._products:
            onward, gradients, written = [], [], network.rounding.written
            for place, layer in enumerate(network.layers[1:], start=1):
                product = _product(layer.weights, self.reads[place], self.z[place])
                product = written(product, self.z[place])
                if place in network.skips:
                    product = partial(_added, product, network.plus, *self.z[place - 1 : place + 1])
                onward.append(product)
                gradient = _product(self.delta[place], self.turned[place], layer.gradient)
                gradients.append(gradient)
            self._products[network] = Products(onward, gradients)
        return self._products[network]


@dataclass(frozen=True)
class Products:
    """Matrix products of a network in a workspace, made ready: they are called without arguments.

    What hidden layer l gives is multiplied `onward[l]`; `gradients[l]` is the gradient of the
    weights that did so.
    """

    onward: list[Callable[[], object]]
    gradients: list[Callable[[], object]]


def _product(a: Array, b: Array, out: Array) -> Callable[[], object]:
    """Each lane's `a @ b` into `out`; a lone lane's by `dot`, the same sums in a cheaper call."""
    if len(out) == 1:
        return partial(a[0].dot, b[0], out[0])
    return partial(np.matmul, a, b, out)


def _added(product: Callable[[], object], plus: Operation, skipping: Array, z: Array) -> None:
    """The product that fills `z`, and on top of it what skips the layer."""
    product()
    plus(z, skipping, out=z)


def _turned(matrices: Array) -> Array:
    return matrices.transpose(0, 2, 1)


def _layer_after_layer(
    shapes: Sequence[tuple[int, ...]], dtype: np.dtype[Any]
) -> tuple[Array, list[Array]]:
    """One flat buffer, and a view into it for each layer."""
    ends = np.cumsum([0, *map(math.prod, shapes)])
    flat = np.empty(ends[-1], dtype)
    places = [slice(start, stop) for start, stop in pairwise(ends)]
    return flat, [flat[place].reshape(shape) for place, shape in zip(places, shapes, strict=True)]


class Workspaces:
    """Workspaces by lanes and batch size, shared by networks that work one after another.

    All networks must have the same units. What one pass leaves is valid until the next one.
    """

    def __init__(self) -> None:
        self._by_size: dict[tuple[int, int], Workspace] = {}

    def of(self, network: Network, batch: int) -> Workspace:
        size = (network.lanes, batch)
        if size not in self._by_size:
            if len(self._by_size) >= MOST_SIZES:
                self._by_size.clear()
            self._by_size[size] = Workspace(network, batch)
        return self._by_size[size]


class Network:
    """Lanes of one contestant: their parameters, a forward and a backward pass.

    All that is trained lies in `parameters` `(lanes, size)` and its gradient in `gradients`;
    `layers` are named views into both. `sizes` are the units from input to output. `noise` is a
    stream for each lane, for activations that draw while they train. `look` is called between
    layers and may raise to abandon a long pass. `rounding` is what its passes, and its trainer, do
    to their results.

    The layers at the places `skips` are residual: their pre-activation is that of the layer before
    plus what their weights add, z + W f(z) + b. That is full pre-activation (He et al. 2016,
    Identity Mappings in Deep Residual Networks) in blocks of one layer: nothing stands on the way
    that signal and gradient take past the weights.
    """

    def __init__(
        self,
        contestant: Contestant,
        sizes: Sequence[int],
        lanes: int,
        dtype: str,
        noise: Sequence[Generator] = (),
        look: Callable[[], None] = no_look,
        rounding: Rounding | None = None,
        residual: bool = False,
    ) -> None:
        self.activation = contestant.record
        self.lanes = lanes
        self.noise = noise if self.activation.stochastic else ()
        self._look = look
        self.rounding = rounding or Rounding()
        result = self.rounding.result
        self._read = result(_given)
        self._product = result(np.matmul)
        self._times = result(np.multiply)
        self.plus = result(np.add)
        self._value = result(self.activation.value)
        self._derivative = result(self.activation.derivative)
        shapes = list(_shapes(contestant, sizes))
        size = sum(int(np.prod(shape)) for layer in shapes for shape in layer)
        self.parameters = np.zeros((lanes, size), dtype)
        self.gradients = np.zeros((lanes, size), dtype)
        self.weight_mask = np.zeros(size, dtype)
        self.bias_mask = np.zeros(size, dtype)
        self.layers = self._lay_out(contestant, shapes)
        self.skips = range(1, len(self.hidden)) if residual else range(0)
        drawn = self.activation.stochastic
        self._alike = not (drawn or any(layer.trained for layer in self.layers))

    def _lay_out(self, contestant: Contestant, shapes: list[list[tuple[int, ...]]]) -> list[Layer]:
        layers, start = [], 0
        for weights_shape, *trained_shapes in shapes:
            weights, gradient, place = self._views(start, weights_shape)
            self.weight_mask[place].reshape(weights_shape)[:, :-1] = 1
            self.bias_mask[place].reshape(weights_shape)[:, -1] = 1
            start, here = place.stop, place
            arguments: dict[str, Any] = dict(contestant.parameters)
            trained = []
            # The output layer has no activation, and so no shapes to pair.
            for parameter, shape in zip(_trained(contestant), trained_shapes, strict=False):
                raw, slope, place = self._views(start, shape)
                start = place.stop
                value = np.empty_like(raw) if parameter.positive else raw
                trained.append(Trained(parameter, raw, slope, value))
                trained[-1].set(float(contestant.parameters[parameter.name]))
                arguments[parameter.name] = value
            back = _turned(weights[:, :, :-1])
            layers.append(Layer(here, weights, back, gradient, tuple(trained), arguments))
        return layers

    def _views(self, start: int, shape: tuple[int, ...]) -> tuple[Array, Array, slice]:
        place = slice(start, start + int(np.prod(shape)))
        shaped = (self.lanes, *shape)
        return (
            self.parameters[:, place].reshape(shaped),
            self.gradients[:, place].reshape(shaped),
            place,
        )

    def weights_in(self, buffer: Array) -> list[Array]:
        """Each layer's weights, without biases, in a buffer laid out as `parameters`."""
        return [
            buffer[:, layer.place].reshape(layer.weights.shape)[:, :, :-1] for layer in self.layers
        ]

    @property
    def hidden(self) -> list[Layer]:
        return self.layers[:-1]

    def forward(
        self,
        inputs: Array,
        workspace: Workspace,
        training: bool = False,
        levels: Sequence[Grid] = (),
    ) -> Array:
        """Outputs `(lanes, outputs, batch)` for inputs `(lanes or 1, fan_in + 1, batch)`.

        The inputs' last row is ones. The outputs are a view into the workspace. `levels` are what
        each hidden layer's activations are rounded to; none leave them as they are.
        """
        inputs = self._read(inputs)
        workspace.reads[0], workspace.turned[0] = inputs, _turned(inputs)
        workspace.arguments = arguments = [layer.arguments for layer in self.layers]
        if training and self.noise:
            workspace.arguments = arguments = [
                layer.arguments | {"noise": self._draw(z)}
                for layer, z in zip(self.layers, workspace.z, strict=True)
            ]
        onward = workspace.products_of(self).onward
        self._product(self.layers[0].weights, inputs, out=workspace.z[0])
        for place, layer in enumerate(self.hidden):
            for trained in layer.trained:
                trained.refresh()
            self._value(workspace.z[place], out=workspace.values[place + 1], **arguments[place])
            if levels:
                levels[place].round(workspace.values[place + 1])
            onward[place]()
            self._look()
        return workspace.outputs

    def backward(self, workspace: Workspace) -> None:
        """Fill `gradients` and each `delta` from `workspace.delta[-1]`, after a training pass."""
        self.slopes(workspace)
        gradients = workspace.products_of(self).gradients
        for below in range(len(self.hidden) - 1, -1, -1):
            gradients[below]()
            coming = workspace.delta[below]
            self._product(self.layers[below + 1].back, workspace.delta[below + 1], out=coming)
            trained = self.layers[below].trained
            if trained:
                by_parameter = self.activation.parameter_derivatives(
                    workspace.z[below], **workspace.arguments[below]
                )
                for one in trained:
                    one.receive(self._times(by_parameter[one.parameter.name], coming))
            self._times(coming, workspace.slope[below], out=coming)
            if below + 1 in self.skips:
                self.plus(coming, workspace.delta[below + 1], out=coming)
            self._look()
        np.matmul(workspace.delta[0], workspace.turned[0], out=self.layers[0].gradient)

    def slopes(self, workspace: Workspace) -> None:
        """Fill `slope`, the activation's derivative in each hidden layer, after a forward pass.

        Small layers in which the activation is called alike are one call.
        """
        flat = workspace.flat_slope
        if self._alike and 0 < flat.size <= MOST_AT_ONCE:
            z, arguments = workspace.flat_z[: flat.size], workspace.arguments[0]
            self._derivative(z, out=flat, **arguments)
            return
        for place, slope in enumerate(workspace.slope):
            arguments = workspace.arguments[place]
            self._derivative(workspace.z[place], out=slope, **arguments)
            self._look()

    def _draw(self, z: Array) -> Array:
        """Uniform draws of the shape of `z`, each lane's from its own stream.

        Drawn in float32 whatever the precision, so that every precision sees the same slopes.
        """
        noise = np.empty(z.shape, np.float32)
        for stream, lane in zip(self.noise, noise, strict=True):
            stream.random(out=lane, dtype=np.float32)
        return noise.astype(z.dtype, copy=False)


def _trained(contestant: Contestant) -> list[Parameter]:
    parameters = contestant.record.parameters
    return [p for p in parameters if contestant.trained[p.name] != "fixed"]


def _shapes(contestant: Contestant, sizes: Sequence[int]) -> Iterator[list[tuple[int, ...]]]:
    """For each layer the shape of its weights, then of each trained parameter."""
    last = len(sizes) - 2
    for place, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        weights = (fan_out, fan_in + 1)
        if place == last:
            yield [weights]
        else:
            modes = [contestant.trained[p.name] for p in _trained(contestant)]
            yield [weights, *((1 if mode == "layer" else fan_out, 1) for mode in modes)]
