"""Stacked networks: the lanes of one contestant, each array call doing the work of all of them.

Biases are the last column of the weights `(lanes, fan_out, fan_in + 1)`. In memory they lie turned,
so that the weights without biases are one run for each lane, which products take as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .activations import Parameter
from .contestant import Contestant
from .layer import Layer, Trained
from .low_bits import Grid
from .ready import Call, product, replay
from .rounding import Rounding
from .tracing import traced
from .workspace import Plan, Workspace, turned

Array = NDArray[np.floating]

# Entries of which one call takes all layers' at once; more would wait long, and leave the cache.
MOST_AT_ONCE = 2**16


def no_look() -> None:
    """For a network that nobody waits for."""


class Network:
    """Lanes of one contestant: their parameters, a forward and a backward pass.

    All that is trained lies in `parameters` `(lanes, size)` and its gradient in `gradients`;
    `layers` are named views into both. `sizes` are the units from input to output. `noise` is a
    stream for each lane, for activations that draw while they train. `look` is called between
    layers and may raise to abandon a long pass; `looks` holds it, if there is one. `rounding` is
    what its passes, and its trainer, do to their results. `projections` are the calls that bring
    trained activation parameters back into the domain that an update may leave.

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
        self.looks: list[Call] = [] if look is no_look else [look]
        self.rounding = rounding or Rounding()
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
        self.projections = [c for layer in self.hidden for c in layer.projections(project)]
        self._alike = not (drawn or any(layer.trained for layer in self.layers))

    def _lay_out(self, contestant: Contestant, shapes: list[list[tuple[int, ...]]]) -> list[Layer]:
        layers, start = [], 0
        for (fan_out, columns), *trained_shapes in shapes:
            weights, gradient, place = self._views(start, (columns, fan_out))
            self.weight_mask[place.start : place.stop - fan_out] = 1
            self.bias_mask[place.stop - fan_out : place.stop] = 1
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
            matrices = turned(weights), turned(gradient)
            layers.append(Layer(here, *matrices, tuple(trained), arguments))
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
        """Each layer's weights, without biases, in a buffer laid out as `parameters`.

        Turned, as they lie there: `(lanes, fan_in, fan_out)`.
        """
        return [
            buffer[:, layer.place].reshape(turned(layer.weights).shape)[:, :-1]
            for layer in self.layers
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
        replay(self.plan_forward(inputs, workspace, training, levels))
        return workspace.outputs

    def plan_forward(
        self,
        inputs: Array,
        workspace: Workspace,
        training: bool = False,
        levels: Sequence[Grid] = (),
    ) -> list[Call]:
        """The calls of `forward`, for whatever then stands in these inputs."""
        taken = self._take(inputs, workspace)
        of = (self, training, bool(levels))
        if of not in workspace.plans:
            workspace.plans[of] = self._plan(workspace, training, bool(levels))
        workspace.plan, workspace.levels = workspace.plans[of], levels
        return [*taken, *self._plan_product(workspace, 0), *workspace.plan.forward]

    def _take(self, inputs: Array, workspace: Workspace) -> list[Call]:
        """Inputs are read where they lie, unless they are rounded or of another type."""
        place = workspace.reads[0] = inputs
        copied: list[Call] = []
        if inputs.dtype != self.parameters.dtype or self.rounding.passed(inputs):
            place = workspace.reads[0] = workspace.place_for(inputs)
            copied.append(partial(np.copyto, place, inputs))
        return [*copied, *self.rounding.passed(place)]

    def backward(self, workspace: Workspace) -> None:
        """Fill `gradients` and each `delta` from `workspace.delta[-1]`, after a training pass."""
        replay(self.plan_backward(workspace))

    def plan_backward(self, workspace: Workspace) -> list[Call]:
        """The calls of `backward`, for the passes that `plan_forward` was last asked for."""
        plan = workspace.plan
        return [*plan.slopes, *plan.backward, self._plan_gradient(workspace, 0)]

    def slopes(self, workspace: Workspace) -> None:
        """Fill `slope`, the activation's derivative in each hidden layer, after a forward pass."""
        replay(workspace.plan.slopes)

    def _plan(self, workspace: Workspace, training: bool, rounded: bool) -> Plan:
        """Its passes in the workspace without what reads the inputs, which may be anywhere.

        In training the activation may draw noise. `rounded`: values are, to the workspace's levels.

        Where value and derivative are computed together, the forward pass fills the slopes too.
        """
        arguments: list[dict[str, Any]] = [layer.arguments for layer in self.hidden]
        forward: list[Call] = []
        if training and self.noise:
            noise, drawing = self._plan_noise(workspace)
            arguments = [a | {"noise": n} for a, n in zip(arguments, noise, strict=True)]
            forward += drawing
        for place, (layer, about) in enumerate(zip(self.hidden, arguments, strict=True)):
            forward += [trained.refresh for trained in layer.trained]
            forward += self._plan_values(workspace, place, training, about)
            if rounded:
                forward.append(partial(workspace.round, place))
            forward += self._plan_product(workspace, place + 1)
            if place + 1 in self.skips:
                forward += self._plan_sum(workspace.z[place + 1], workspace.z[place])
            forward += self.looks
        together = training and self.activation.together
        slopes = list if together else partial(self._plan_slopes, workspace, arguments)
        return Plan(forward, slopes, partial(self._plan_backward, workspace, arguments))

    def _plan_product(self, workspace: Workspace, place: int) -> list[Call]:
        """A layer's pre-activations."""
        z = workspace.z[place]
        weights = self.layers[place].weights
        return [product(weights, workspace.reads[place], z), *self.rounding.passed(z)]

    def _plan_sum(self, signal: Array, skipping: Array) -> list[Call]:
        """What has gone past a residual layer joins what went through it."""
        return [partial(np.add, signal, skipping, signal), *self.rounding.passed(signal)]

    def _plan_values(
        self, workspace: Workspace, place: int, training: bool, arguments: dict[str, Any]
    ) -> list[Call]:
        """What one layer's activation gives."""
        z, value = workspace.z[place], workspace.values[place + 1]
        activation, passed = self.activation, self.rounding.passed
        if not (training and activation.together):
            values = workspace.traced(activation.value, z, out=value, **arguments)
            return [*values, *passed(value)]
        slope = workspace.slope[place]
        both = workspace.traced(activation.together, z, value=value, slope=slope, **arguments)
        return [*both, *passed(value), *passed(slope)]

    def _plan_slopes(self, workspace: Workspace, arguments: list[dict[str, Any]]) -> list[Call]:
        """Small layers in which the activation is called alike are worked on at once."""
        plan = partial(workspace.traced, self.activation.derivative)
        flat, passed = workspace.flat_slope, self.rounding.passed
        if self._alike and 0 < flat.size <= MOST_AT_ONCE:
            return [*plan(workspace.flat_hidden, out=flat, **arguments[0]), *passed(flat)]
        calls: list[Call] = []
        for z, slope, about in zip(workspace.z, workspace.slope, arguments, strict=False):
            calls += [*plan(z, out=slope, **about), *passed(slope), *self.looks]
        return calls

    def _plan_backward(self, workspace: Workspace, arguments: list[dict[str, Any]]) -> list[Call]:
        calls: list[Call] = []
        for place in range(len(self.layers) - 1, 0, -1):
            calls.append(self._plan_gradient(workspace, place))
            calls += self._plan_descent(workspace, place, arguments[place - 1])
            calls += self.looks
        return calls

    def _plan_gradient(self, workspace: Workspace, place: int) -> Call:
        """The gradient of a layer's weights."""
        read, delta = workspace.reads[place], workspace.delta[place]
        return product(read, turned(delta), turned(self.layers[place].gradient))

    def _plan_descent(
        self, workspace: Workspace, place: int, arguments: dict[str, Any]
    ) -> Iterator[Call]:
        """From a layer's delta to that of the hidden layer below it."""
        below, delta = place - 1, workspace.delta[place]
        coming, weights = workspace.delta[below], self.layers[place].weights[:, :, :-1]
        yield product(turned(weights), delta, coming)
        yield from self.rounding.passed(coming)
        yield from self._plan_receipt(workspace, below, arguments)
        yield partial(np.multiply, coming, workspace.slope[below], coming)
        yield from self.rounding.passed(coming)
        if place in self.skips:
            yield from self._plan_sum(coming, delta)

    def _plan_receipt(
        self, workspace: Workspace, place: int, arguments: dict[str, Any]
    ) -> Iterator[Call]:
        """The gradients of one layer's trained parameters, from what comes back to its values."""
        trained = self.hidden[place].trained
        if not trained:
            return
        z, coming = workspace.z[place], workspace.delta[place]
        terms = [workspace.buffers.take(z.shape, z.dtype) for _ in trained]

        def fill(z: Array, coming: Array, *terms: Array, **arguments: Any) -> None:
            by_parameter = self.activation.parameter_derivatives(z, **arguments)
            for one, out in zip(trained, terms, strict=True):
                np.multiply(by_parameter[one.parameter.name], coming, out=out)

        yield from traced(workspace.buffers, fill, z, coming, *terms, **arguments)
        for one, out in zip(trained, terms, strict=True):
            yield from self.rounding.passed(out)
            yield from one.receiving(out)
            workspace.buffers.give_back(out)

    def _plan_noise(self, workspace: Workspace) -> tuple[list[Array], list[Call]]:
        """Each hidden layer's uniform draws, and the calls that make them, each lane's at once.

        Drawn in float32 whatever the precision, so that every precision sees the same slopes.
        """
        noise = [np.empty_like(slope) for slope in workspace.slope]
        sizes = [layer[0].size for layer in noise]
        drawn = np.empty((self.lanes, sum(sizes)), np.float32)
        parts = np.split(drawn, np.cumsum(sizes[:-1]), axis=1)
        calls: list[Call] = [partial(self._draw, drawn)]
        for layer, part in zip(noise, parts, strict=False):
            calls.append(partial(np.copyto, layer, part.reshape(layer.shape)))
        return noise, calls

    def _draw(self, drawn: NDArray[np.float32]) -> None:
        for stream, lane in zip(self.noise, drawn, strict=True):
            stream.random(out=lane, dtype=np.float32)


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
