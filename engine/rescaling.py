"""The same function without a redundant parameter: other weights take its place."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .contestant import Contestant
from .layer import Layer
from .network import Network
from .workspace import Workspace

Array = NDArray[np.floating]


def rescaled(network: Network) -> Network | None:
    """The network with plain parameters and rescaled weights, in the same precision.

    A unit's incoming weights take the scale of the activation's input, those that read it that of
    its output. None where the activation has no redundant scale, or every scale is 1 already, and
    in a residual network: what skips a layer cannot take up a scale.
    """
    scales = network.activation.rescaling
    if scales is None or network.skips:
        return None
    twin = _twin(network)
    for layer, copy in zip(network.layers, twin.layers, strict=True):
        copy.weights[...] = layer.weights
    moved = False
    for (layer, copy), (_, reader) in pairwise(zip(network.layers, twin.layers, strict=True)):
        found = scales(**_continuous(network, layer))
        moved |= bool(np.any(np.not_equal(found.input, 1)) or np.any(np.not_equal(found.output, 1)))
        np.multiply(copy.weights, found.input, out=copy.weights)
        read = reader.weights[:, :, :-1]
        np.multiply(read, np.swapaxes(np.atleast_3d(found.output), 1, 2), out=read)
        for trained in copy.trained:
            value = np.asarray(found.plain[trained.parameter.name])
            trained.raw[...] = np.log(value) if trained.parameter.positive else value
    return twin if moved else None


def _twin(network: Network) -> Network:
    """A network of the same shape whose every activation parameter is an array, one a unit."""
    record = network.activation
    sizes = [network.layers[0].weights.shape[2] - 1, *(layer.units for layer in network.layers)]
    trained = {parameter.name: "unit" for parameter in record.parameters}
    choices = {c.name: network.layers[0].arguments[c.name] for c in record.choices}
    contestant = Contestant(record.key, choices, trained)
    return Network(contestant, sizes, network.lanes, str(network.parameters.dtype))


def _continuous(network: Network, layer: Layer) -> dict[str, float | Array]:
    for trained in layer.trained:
        trained.refresh()
    return {p.name: layer.arguments[p.name] for p in network.activation.parameters}


def difference(network: Network, twin: Network, inputs: Array) -> Array:
    """Largest difference of two networks' outputs over the largest output, `(lanes,)`.

    Some units of the precision's epsilon mean that they are one function.
    inputs: `(lanes or 1, fan_in + 1, n)`.
    """
    inputs = inputs.astype(network.parameters.dtype)
    first, second = (
        one.forward(inputs, Workspace(one, inputs.shape[2])).astype(np.float64)
        for one in (network, twin)
    )
    largest = np.abs(first).max(axis=(1, 2))
    apart = np.abs(first - second).max(axis=(1, 2))
    return np.asarray(np.divide(apart, largest, out=np.zeros_like(apart), where=apart != 0))
