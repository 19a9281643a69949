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
from .layer import Layer, Trained
from .losses import Loss
from .low_bits import Grid
from .ready import Call
from .rounding import Rounding

Array = NDArray[np.floating]

# Batches, their short last ones, the probe and the readings, for blocks of two sizes; more come
# from a batch size that changes while the race runs.
MOST_SIZES = 16

# Entries of which one call takes all layers' at once; more would wait long, and leave the cache.
MOST_AT_ONCE = 2**16

# A lone lane's weights without biases that are copied, for `dot` to take them as they are: a copy
# of its own would be turned, and add up in another order. So would a product in which a single
# row or column is a vector to BLAS.
MOST_COPIED = 2**10


def no_look() -> None:
    """For a network that nobody waits for."""


class Workspace:
    """The buffers for one number of lanes and one batch size, from the input side on.

    `reads[l]` is what layer l multiplies, `(lanes, fan_in + 1, batch)`: `reads[0]` is a copy of the
    inputs of the last forward pass, `(1, fan_in + 1, batch)` where all lanes share them. `z[l]` is
    its pre-activation; after a backward pass `delta[l]` is the loss's gradient by `z[l]`. `flat_z`,
    `flat_delta` and `flat_slope` hold what `z`, `delta` and `slope` show, layer after layer.
    `targets`, like the outputs, are what a loss's gradient is of. `plan` is the one of the last
    forward pass.
    """

    def __init__(self, network: Network, batch: int) -> None:
        lanes, dtype = network.lanes, network.parameters.dtype
        shapes = [(lanes, layer.units, batch) for layer in network.layers]
        self.flat_z, self.z = _layer_after_layer(shapes, dtype)
        self.flat_delta, self.delta = _layer_after_layer(shapes, dtype)
        self.flat_slope, self.slope = _layer_after_layer(shapes[:-1], dtype)
        self._inputs: dict[int, Array] = {}
        self.reads = [np.empty((0, 0, 0), dtype)]
        self.reads += [np.ones((lanes, units + 1, batch), dtype) for _, units, _ in shapes[:-1]]
        self.values = [read[:, :-1] for read in self.reads]
        self.flat_outputs = self.outputs.reshape(-1)
        self.targets = np.empty_like(self.outputs)
        self._gradients: dict[str, Call] = {}
        self._plans: dict[tuple[Network, bool, int], Plan] = {}
        self.plan = Plan([], [], [])

    @property
    def outputs(self) -> Array:
        return self.z[-1]

    def take(self, inputs: Array) -> Array:
        """Copy the inputs into `reads[0]`, which plans may then rely on."""
        lanes = len(inputs)
        if lanes not in self._inputs:
            self._inputs[lanes] = np.empty(inputs.shape, self.flat_z.dtype)
        self.reads[0] = taken = self._inputs[lanes]
        taken[...] = inputs
        return taken

    def gradient_of(self, loss: Loss) -> Call:
        """The call that fills the outputs' delta with the loss's gradient."""
        if loss.key not in self._gradients:
            ready = loss.gradient_of(self.outputs, self.targets, self.delta[-1])
            self._gradients[loss.key] = ready
        return self._gradients[loss.key]

    def plan_of(self, network: Network, training: bool) -> Plan:
        """The plan of one of the networks that work here, made the first time."""
        of = (network, training, len(self.reads[0]))
        if of not in self._plans:
            self._plans[of] = network.plan(self, training)
        return self._plans[of]


@dataclass(frozen=True)
class Plan:
    """A network's passes in a workspace, laid out once as calls without arguments and replayed.

    Nothing is looked up or allocated while they run. `forward` goes from the inputs to the outputs;
    `backward` from the outputs' deltas to all gradients, with `slopes` as they are.
    """

    forward: list[Call]
    slopes: list[Call]
    backward: list[Call]


def _replay(calls: list[Call]) -> None:
    for call in calls:
        call()


def _product(a: Array, b: Array, out: Array) -> Call:
    """Each lane's `a @ b` into `out`; a lone lane's by `dot`, the same sums in a cheaper call."""
    if len(out) == 1:
        return partial(a[0].dot, b[0], out[0])
    return partial(np.matmul, a, b, out)


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
        self.look = look
        self._looks: list[Call] = [] if look is no_look else [look]
        self.rounding = rounding or Rounding()
        result = self.rounding.result
        self._times = result(np.multiply)
        self._plus = result(np.add)
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
        project = self.activation.project
        self._projections = [c for layer in self.hidden for c in layer.projections(project)]
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
            layers.append(Layer(here, weights, gradient, tuple(trained), arguments))
        return layers

    def _views(self, start: int, shape: tuple[int, ...]) -> tuple[Array, Array, slice]:
        place = slice(start, start + int(np.prod(shape)))
        shaped = (self.lanes, *shape)
        return (
            self.parameters[:, place].reshape(shaped),
            self.gradients[:, place].reshape(shaped),
            place,
        )

    def project(self) -> None:
        """Bring trained activation parameters back into the domain that an update may leave."""
        _replay(self._projections)

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
        self.rounding.passed(workspace.take(inputs))
        if levels:
            workspace.plan = self.plan(workspace, training, levels)
        else:
            workspace.plan = workspace.plan_of(self, training)
        _replay(workspace.plan.forward)
        return workspace.outputs

    def backward(self, workspace: Workspace) -> None:
        """Fill `gradients` and each `delta` from `workspace.delta[-1]`, after a training pass."""
        _replay(workspace.plan.slopes)
        _replay(workspace.plan.backward)

    def slopes(self, workspace: Workspace) -> None:
        """Fill `slope`, the activation's derivative in each hidden layer, after a forward pass."""
        _replay(workspace.plan.slopes)

    def plan(self, workspace: Workspace, training: bool, levels: Sequence[Grid] = ()) -> Plan:
        """Its passes in the workspace; in training the activation may draw noise.

        Where value and derivative are computed together, the forward pass fills the slopes too.
        """
        arguments: list[dict[str, Any]] = [layer.arguments for layer in self.hidden]
        forward: list[Call] = []
        if training and self.noise:
            noise = [np.empty_like(slope) for slope in workspace.slope]
            arguments = [a | {"noise": n} for a, n in zip(arguments, noise, strict=True)]
            forward += [partial(self._draw, layer) for layer in noise]
        forward.append(self._plan_product(workspace, 0))
        for place, (layer, about) in enumerate(zip(self.hidden, arguments, strict=True)):
            forward += [trained.refresh for trained in layer.trained]
            forward.append(self._plan_values(workspace, place, training, about))
            if levels:
                forward.append(partial(levels[place].round, workspace.values[place + 1]))
            forward.append(self._plan_product(workspace, place + 1))
            if place + 1 in self.skips:
                z = workspace.z[place + 1]
                forward.append(partial(self._plus, z, workspace.z[place], out=z))
            forward += self._looks
        together = training and self.activation.together
        slopes = [] if together else self._plan_slopes(workspace, arguments)
        return Plan(forward, slopes, self._plan_backward(workspace, arguments))

    def _plan_product(self, workspace: Workspace, place: int) -> Call:
        """A layer's pre-activations."""
        z = workspace.z[place]
        product = _product(self.layers[place].weights, workspace.reads[place], z)
        return self.rounding.written(product, z)

    def _plan_values(
        self, workspace: Workspace, place: int, training: bool, arguments: dict[str, Any]
    ) -> Call:
        """What one layer's activation gives."""
        z, value = workspace.z[place], workspace.values[place + 1]
        together = self.activation.together
        if not (training and together):
            return self.rounding.written(self.activation.value_of(z, value, **arguments), value)
        slope = workspace.slope[place]
        both = partial(together, z, value=value, slope=slope, **arguments)
        return self.rounding.written(self.rounding.written(both, value), slope)

    def _plan_slopes(self, workspace: Workspace, arguments: list[dict[str, Any]]) -> list[Call]:
        """Small layers in which the activation is called alike are one call."""
        flat = workspace.flat_slope
        if self._alike and 0 < flat.size <= MOST_AT_ONCE:
            z = workspace.flat_z[: flat.size]
            return [partial(self._derivative, z, out=flat, **arguments[0])]
        calls: list[Call] = []
        for z, slope, about in zip(workspace.z, workspace.slope, arguments, strict=False):
            calls += [partial(self._derivative, z, out=slope, **about), *self._looks]
        return calls

    def _plan_backward(self, workspace: Workspace, arguments: list[dict[str, Any]]) -> list[Call]:
        calls: list[Call] = []
        for place in range(len(self.layers) - 1, -1, -1):
            delta, read = workspace.delta[place], workspace.reads[place]
            calls.append(_product(delta, _turned(read), self.layers[place].gradient))
            if place:
                calls += self._plan_descent(workspace, place, arguments[place - 1])
                calls += self._looks
        return calls

    def _plan_descent(
        self, workspace: Workspace, place: int, arguments: dict[str, Any]
    ) -> Iterator[Call]:
        """From a layer's delta to that of the hidden layer below it."""
        below, delta = place - 1, workspace.delta[place]
        coming, weights = workspace.delta[below], self.layers[place].weights[:, :, :-1]
        product: Call = partial(np.matmul, _turned(weights), delta, coming)
        if self.lanes == 1 and weights.size <= MOST_COPIED and min(coming.shape[1:]) > 1:
            copied = np.empty_like(weights)
            yield partial(np.copyto, copied, weights)
            product = _product(_turned(copied), delta, coming)
        yield self.rounding.written(product, coming)
        if trained := self.hidden[below].trained:
            yield partial(self._receive, trained, workspace.z[below], coming, arguments)
        through = partial(np.multiply, coming, workspace.slope[below], coming)
        yield self.rounding.written(through, coming)
        if place in self.skips:
            yield partial(self._plus, coming, delta, out=coming)

    def _receive(
        self, trained: Sequence[Trained], z: Array, delta: Array, arguments: dict[str, Any]
    ) -> None:
        """The gradients of one layer's trained parameters."""
        by_parameter = self.activation.parameter_derivatives(z, **arguments)
        for one in trained:
            one.receive(self._times(by_parameter[one.parameter.name], delta))

    def _draw(self, noise: Array) -> None:
        """Uniform draws, each lane's from its own stream.

        Drawn in float32 whatever the precision, so that every precision sees the same slopes.
        """
        for stream, lane in zip(self.noise, noise, strict=True):
            lane[...] = stream.random(lane.shape, np.float32)


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
