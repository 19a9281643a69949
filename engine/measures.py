"""What is measured inside the networks at a recorded step, layer by layer.

Results are `(lanes, layers)`, in the layer's order from 1 (hidden) to L + 1 (output).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .network import Network, Workspace

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Measure:
    """One number a lane and layer. `log` ones span decades; shares lie between 0 and 1."""

    key: str
    label: str
    help: str
    unit: str = ""
    log: bool = False
    hidden_only: bool = False
    low: float = 0.0
    high: float = 1.0

    @property
    def dtype(self) -> str:
        """Small gradients need the whole range of float64, shares do not."""
        return "float64" if self.log else "float32"


def _magnitude(key: str, label: str, help: str) -> Measure:
    return Measure(key, label, help, log=True, low=1e-12, high=1e2)


def _share(key: str, label: str, help: str, hidden_only: bool = True) -> Measure:
    return Measure(key, label, help, hidden_only=hidden_only)


_RECORDS = (
    _magnitude(
        "weight_gradient_rms",
        "weight gradient, RMS",
        "Root mean square of the loss's gradient by the layer's weights, over the step's batch.",
    ),
    _magnitude(
        "weight_gradient_max",
        "weight gradient, largest",
        "Largest size of the loss's gradient by a weight of the layer.",
    ),
    _magnitude(
        "preactivation_gradient_rms",
        "pre-activation gradient, RMS",
        "Root mean square of the loss's gradient by the layer's pre-activations: the signal that "
        "travels back; its slope over the layers shows vanishing.",
    ),
    _magnitude(
        "preactivation_gradient_max",
        "pre-activation gradient, largest",
        "Largest size of the loss's gradient by a pre-activation of the layer.",
    ),
    _share(
        "zero_gradient_share",
        "exactly-zero gradient",
        "Share of the layer's weights whose gradient is exactly 0.",
        hidden_only=False,
    ),
    _magnitude(
        "update_ratio",
        "update to weight",
        "RMS of the step's change of the weights over the RMS of the weights before it.",
    ),
    _share(
        "dead_share",
        "dead units",
        "Share of units whose derivative is exactly 0 on every probe input.",
    ),
    _share(
        "nearly_dead_share",
        "nearly dead units",
        "Share of units whose derivative is exactly 0 on over 99 % of the probe inputs, "
        "the dead ones among them.",
    ),
    _share(
        "saturated_share",
        "saturated",
        "Share of (unit, probe input) pairs in the activation's flat tails, exact zeros apart.",
    ),
    _share(
        "negative_share",
        "negative side",
        "Share of (unit, probe input) pairs whose pre-activation is below 0.",
    ),
)

MEASURES: dict[str, Measure] = {measure.key: measure for measure in _RECORDS}

# Magnitudes by their binary exponent, two octaves a bin; the first bin counts exact zeros.
GRADIENT_EXPONENTS = np.arange(-128, 33, 2)
GRADIENT_BINS = len(GRADIENT_EXPONENTS)
PREACTIVATION_EDGES = np.linspace(-8, 8, 65)
PREACTIVATION_BINS = len(PREACTIVATION_EDGES) + 1

# Fixed samples for the histograms: enough for their shape, few enough to cost little.
GRADIENT_SAMPLE = 256
PREACTIVATION_UNITS = 32
PREACTIVATION_INPUTS = 64


def root_mean_square(values: Array) -> Array:
    """RMS of each lane, `(lanes,)`; scaled by the largest size, so that no square underflows."""
    flat = np.abs(values.reshape(len(values), -1)).astype(np.float64)
    largest = flat.max(axis=1)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1)
    flat /= scale[:, None]
    return np.asarray(scale * np.sqrt(np.vecdot(flat, flat) / flat.shape[1]))


def largest(values: Array) -> Array:
    """Largest size in each lane, `(lanes,)`."""
    return np.asarray(np.abs(values).max(axis=(1, 2)))


class GradientReading:
    """One training step seen from inside: gradients after the backward pass, then the update."""

    def __init__(self) -> None:
        self.values: dict[str, Array] = {}
        self.seconds = 0.0
        self._before: list[Array] = []

    def watch(self, network: Network, workspace: Workspace) -> None:
        """Read the loss's gradients; to be called between the backward pass and the update."""
        begin = time.thread_time()
        weights = [np.ascontiguousarray(layer.gradient[:, :, :-1]) for layer in network.layers]
        self.values = {
            "weight_gradient_rms": _by_layer(root_mean_square, weights),
            "weight_gradient_max": _by_layer(largest, weights),
            "preactivation_gradient_rms": _by_layer(root_mean_square, workspace.delta),
            "preactivation_gradient_max": _by_layer(largest, workspace.delta),
            "zero_gradient_share": _by_layer(_zero_share, weights),
        }
        flat = network.gradients.astype(np.float64)
        self.norm = root_mean_square(flat) * np.sqrt(flat.shape[1])
        self.histogram = np.stack([gradient_histogram(gradient) for gradient in weights])
        self._before = [layer.weights[:, :, :-1].copy() for layer in network.layers]
        self.seconds = time.thread_time() - begin

    def rest(self, network: Network) -> None:
        """There was no update to compare with."""
        shape = (network.lanes, len(network.layers))
        self.values["update_ratio"] = np.full(shape, np.nan)

    def finish(self, network: Network) -> None:
        """Compare the weights with those before the update."""
        ratios = [
            root_mean_square(layer.weights[:, :, :-1] - before) / root_mean_square(before)
            for layer, before in zip(network.layers, self._before, strict=True)
        ]
        self.values["update_ratio"] = np.stack(ratios, axis=1)


class UnitReading:
    """The hidden units' state on the probe inputs, read from a forward pass over them.

    `dead` holds a mask `(lanes, units)` for each hidden layer.
    """

    def __init__(self, network: Network, workspace: Workspace) -> None:
        rows = [self._layer(network, workspace, place) for place in range(len(network.hidden))]
        self.dead = [dead for dead, _ in rows]
        names = [measure.key for measure in _RECORDS if measure.hidden_only]
        self.values = {
            name: np.stack(
                [row[name] for _, row in rows] + [np.full(network.lanes, np.nan)], axis=1
            )
            for name in names
        }
        self.histogram = np.zeros((len(rows), PREACTIVATION_BINS), np.uint32)
        for place, z in enumerate(workspace.z[:-1]):
            self.histogram[place] = preactivation_histogram(z)

    def _layer(
        self, network: Network, workspace: Workspace, place: int
    ) -> tuple[NDArray[np.bool_], dict[str, Array]]:
        z, arguments = workspace.z[place], network.layers[place].arguments
        zero = network.activation.derivative(z, out=workspace.slope[place], **arguments) == 0
        zero_share = zero.mean(axis=2)
        dead = zero_share == 1
        saturated = saturated_mask(network, place, z) & ~zero
        return dead, {
            "dead_share": dead.mean(axis=1),
            "nearly_dead_share": (zero_share > 0.99).mean(axis=1),
            "saturated_share": saturated.mean(axis=(1, 2)),
            "negative_share": (z < 0).mean(axis=(1, 2)),
        }


def saturated_mask(network: Network, place: int, z: Array) -> NDArray[np.bool_]:
    """Which pre-activations `(lanes, units, batch)` lie in the activation's flat tails."""
    inside = np.zeros(z.shape, bool)
    # The tails of a trained shape are its own in every lane, so the edges may be arrays.
    for low, high in network.activation.saturation(**network.layers[place].arguments):
        inside |= (z >= low) & (z <= high)
    return inside


def gradient_histogram(gradients: Array) -> NDArray[np.uint32]:
    """Counts by log₂ of the size, pooled over the lanes; a fixed sample of entries of each."""
    flat = gradients.reshape(len(gradients), -1)
    sample = np.abs(flat[:, :: -(-flat.shape[1] // GRADIENT_SAMPLE)]).ravel()
    sample = sample[np.isfinite(sample)]
    _, exponents = np.frexp(sample)
    bins = 1 + (exponents - GRADIENT_EXPONENTS[0]) // 2
    bins = np.where(sample > 0, np.clip(bins, 1, GRADIENT_BINS - 1), 0)
    return np.bincount(bins, minlength=GRADIENT_BINS).astype(np.uint32)


def preactivation_histogram(z: Array) -> NDArray[np.uint32]:
    """Counts over `PREACTIVATION_EDGES`, pooled over the lanes; first and last bin lie outside."""
    units = -(-z.shape[1] // PREACTIVATION_UNITS)
    sample = z[:, ::units, :PREACTIVATION_INPUTS].ravel()
    low, width = PREACTIVATION_EDGES[0], PREACTIVATION_EDGES[1] - PREACTIVATION_EDGES[0]
    place = (sample[np.isfinite(sample)] - low) / width
    bins = np.clip(np.floor(place) + 1, 0, PREACTIVATION_BINS - 1).astype(np.intp)
    return np.bincount(bins, minlength=PREACTIVATION_BINS).astype(np.uint32)


def trained_values(network: Network) -> dict[str, Array]:
    """Each trained activation parameter, `(lanes, hidden layers)`: the mean where one a unit."""
    values: dict[str, list[Array]] = {}
    for layer in network.hidden:
        for one in layer.trained:
            one.refresh()
            values.setdefault(one.parameter.name, []).append(one.value.mean(axis=(1, 2)))
    return {name: np.stack(by_layer, axis=1) for name, by_layer in values.items()}


def _by_layer(measure: Callable[[Array], Array], layers: Sequence[Array]) -> Array:
    return np.stack([measure(layer) for layer in layers], axis=1)


def _zero_share(values: Array) -> Array:
    return np.asarray((values == 0).mean(axis=(1, 2)))
