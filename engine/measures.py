"""What is measured inside the networks at a recorded step, layer by layer.

Results are `(lanes, layers)`, in the layer's order from 1 (hidden) to L + 1 (output).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .network import Network
from .sections import PopulationSettings
from .spans import Mask, Spans, side_by_side
from .units import QUANTILES
from .workspace import Workspace

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Measure:
    """One number a lane and layer. `log` ones span decades; shares lie between 0 and 1.

    `twin` ones need the float64 twin, and so are read more seldom than the others.
    """

    key: str
    label: str
    help: str
    unit: str = ""
    log: bool = False
    hidden_only: bool = False
    low: float = 0.0
    high: float = 1.0
    twin: bool = False

    def cadence(self, population: PopulationSettings) -> int:
        """Steps between two readings in a resolved experiment."""
        return population.twin_steps if self.twin else population.record_every

    @property
    def merge(self) -> str:
        """How rows of it become one where the recording is thinned."""
        return "sparse" if self.twin else "extrema"

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
    _magnitude(
        "preactivation_rms",
        "pre-activation, RMS",
        "Root mean square of the layer's pre-activations, over the step's batch: the signal that "
        "travels forward.",
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
    Measure(
        "dead_time",
        "dead for",
        "Mean number of steps since the layer's dead units were first found dead.",
        unit="steps",
        log=True,
        hidden_only=True,
        low=1,
        high=1e5,
    ),
    _share(
        "effective_rank_share",
        "effective rank",
        "Directions that the probe inputs span in the layer (entropy of the centred activations' "
        "singular values), as a share of the largest there can be; read at every 16th record.",
    ),
    Measure(
        "mean_cosine",
        "cosine between inputs",
        "Mean cosine between the activations of two probe inputs: at 1 the layer no longer tells "
        "them apart; read at every 16th record.",
        hidden_only=True,
        low=-1,
    ),
    Measure(
        "gradient_noise",
        "rounding noise to gradient",
        "‖g − g₆₄‖ / ‖g₆₄‖: how far the layer's weight gradient g lies from that of a float64 twin "
        "with the same weights and batch; from 1 on, noise is all there is.",
        log=True,
        low=1e-8,
        high=10,
        twin=True,
    ),
    Measure(
        "wrong_sign_share",
        "gradient of wrong sign",
        "Share of the layer's weights whose gradient points the other way than the twin's; "
        "½ is chance.",
        twin=True,
    ),
    Measure(
        "underflow_share",
        "gradient underflowed",
        "Share of the layer's weights whose gradient became 0 though the twin's is not.",
        twin=True,
    ),
    Measure(
        "lost_update_share",
        "updates lost",
        "Share of the layer's weights with a gradient that an update other than 0 left as they "
        "were: it was smaller than the distance to the next number.",
        twin=True,
    ),
    Measure(
        "update_efficiency",
        "update efficiency",
        "⟨δ, Δ⟩ / ‖Δ‖²: how much of the optimiser's update Δ arrived in the layer's weights as δ; "
        "1 is all of it.",
        twin=True,
    ),
)

MEASURES: dict[str, Measure] = {measure.key: measure for measure in _RECORDS}

# Off on more of the probe inputs than this, a unit is nearly dead.
NEARLY_DEAD = 0.99

# Magnitudes by their binary exponent, two octaves a bin; the first bin counts exact zeros.
GRADIENT_EXPONENTS = np.arange(-128, 33, 2)
GRADIENT_BINS = len(GRADIENT_EXPONENTS)
# Between which sizes the other bins count, log₂; the outer two count what lies beyond as well.
GRADIENT_EDGES = GRADIENT_EXPONENTS - 1
PREACTIVATION_EDGES = np.linspace(-8, 8, 65)
PREACTIVATION_BINS = len(PREACTIVATION_EDGES) + 1

# Fixed samples for the histograms: enough for their shape, few enough to cost little.
GRADIENT_SAMPLE = 256
PREACTIVATION_UNITS = 32
PREACTIVATION_INPUTS = 64


class GradientReading:
    """One training step seen from inside: gradients after the backward pass, then the update."""

    def __init__(self, network: Network) -> None:
        self.values: dict[str, Array] = {}
        self.seconds = 0.0
        lanes, layers = network.lanes, network.layers
        self._all = Spans(lanes, [network.gradients.shape[1]])
        self._weights = Spans(lanes, [layer.weights[0, :, :-1].size for layer in layers])

    def watch_norm(self, network: Network, workspace: Workspace) -> None:
        """Read the norm of the loss's gradient alone, between the backward pass and the update."""
        begin = time.thread_time()
        mean = self._all.root_mean_square(network.gradients.reshape(-1))
        self.norm = mean[:, 0] * np.sqrt(network.gradients.shape[1])
        self.seconds = time.thread_time() - begin

    def watch(self, network: Network, workspace: Workspace) -> None:
        """Read all of the loss's gradients, at the same place."""
        self.watch_norm(network, workspace)
        begin = time.thread_time()
        by_layer = network.weights_in(network.gradients)
        gradients = side_by_side(by_layer)
        signals = Spans(network.lanes, [delta[0].size for delta in workspace.delta])
        self.values = {
            "weight_gradient_rms": self._weights.root_mean_square(gradients),
            "weight_gradient_max": self._weights.largest(gradients),
            "preactivation_gradient_rms": signals.root_mean_square(workspace.flat_delta),
            "preactivation_gradient_max": signals.largest(workspace.flat_delta),
            "preactivation_rms": signals.root_mean_square(workspace.flat_z),
            "zero_gradient_share": self._weights.share(gradients == 0),
        }
        self.histogram = gradient_histograms(by_layer)
        self._before = _weights_of(network)
        self.seconds += time.thread_time() - begin

    def rest(self, network: Network) -> None:
        """There was no update to compare with."""
        shape = (network.lanes, len(network.layers))
        self.values["update_ratio"] = np.full(shape, np.nan)

    def finish(self, network: Network) -> None:
        """Compare the weights with those before the update."""
        change = self._weights.root_mean_square(_weights_of(network) - self._before)
        self.values["update_ratio"] = change / self._weights.root_mean_square(self._before)


def _weights_of(network: Network) -> Array:
    return side_by_side(network.weights_in(network.parameters))


class UnitReading:
    """The hidden units' state on the probe inputs, read from a forward pass over them.

    `dead` marks units, flat as `units` counts them. The workspace's arrays are looked into by
    `closely` too, which is to be called before the next pass through it.
    """

    def __init__(self, network: Network, workspace: Workspace) -> None:
        hidden, points = network.hidden, workspace.outputs.shape[2]
        shape = (network.lanes, len(network.layers))
        names = [measure.key for measure in _RECORDS if measure.hidden_only]
        self.values = {name: np.full(shape, np.nan) for name in names}
        self.units = Spans(network.lanes, [layer.units for layer in hidden])
        self.dead = np.zeros(0, bool)
        self._zeros = np.zeros(0, np.intp)
        self._z = np.zeros((0, points), workspace.flat_z.dtype)
        self._saturated = np.zeros((0, points), bool)
        self.histogram = np.zeros((0, network.lanes, PREACTIVATION_BINS), np.uint32)
        if hidden:
            self._read(network, workspace, points)
            self.histogram = preactivation_histograms(workspace.z[:-1])

    def _read(self, network: Network, workspace: Workspace, points: int) -> None:
        network.slopes(workspace)
        by_layer, zero = workspace.z[:-1], workspace.flat_slope == 0
        z = workspace.flat_z[: zero.size]
        zeros = np.add.reduceat(zero, np.arange(0, zero.size, points), dtype=np.intp)
        self._zeros, self._z = zeros, z.reshape(-1, points)
        self.dead = zeros == points
        saturated = side_by_side(saturated_mask(network, *place) for place in enumerate(by_layer))
        saturated &= np.logical_not(zero, out=zero)
        self._saturated = saturated.reshape(-1, points)
        pairs = Spans(network.lanes, [points * layer.units for layer in network.hidden])
        found = {
            "dead_share": self.units.share(self.dead),
            "nearly_dead_share": self.units.share(zeros / points > NEARLY_DEAD),
            "saturated_share": pairs.share(saturated),
            "negative_share": pairs.share(z < 0),
        }
        for name, shares in found.items():
            self.values[name][:, :-1] = shares

    def closely(self, places: NDArray[np.intp]) -> dict[str, Array]:
        """What is kept of single units at these flat places, `(places, ...)`; see `units`."""
        points = self._z.shape[1]
        ordered = np.sort(self._z[places], axis=1)
        ranks = np.rint(np.array(QUANTILES) * (points - 1)).astype(np.intp)
        return {
            "zero_share": self._zeros[places] / points,
            "saturated_share": self._saturated[places].mean(axis=1),
            "preactivation": ordered[:, ranks],
        }


def saturated_mask(network: Network, place: int, z: Array) -> Mask:
    """Which pre-activations `(lanes, units, batch)` lie in the activation's flat tails."""
    inside = np.zeros(z.shape, bool)
    # The tails of a trained shape are its own in every lane, so the edges may be arrays.
    for low, high in network.activation.saturation(**network.layers[place].arguments):
        inside |= (z >= low) & (z <= high)
    return inside


def gradient_histograms(gradients: Sequence[Array]) -> NDArray[np.uint32]:
    """Counts by log₂ of the size, `(layers, lanes, bins)`; a fixed sample of the entries."""
    flat = [layer.reshape(len(layer), -1) for layer in gradients]
    samples = [layer[:, :: -(-layer.shape[1] // GRADIENT_SAMPLE)] for layer in flat]
    sample = np.abs(side_by_side(samples))
    _, exponents = np.frexp(sample)
    bins = np.clip(1 + (exponents - GRADIENT_EXPONENTS[0]) // 2, 1, GRADIENT_BINS - 1)
    bins[sample == 0] = 0
    return _histograms(bins, GRADIENT_BINS, sample, samples)


def preactivation_histograms(z: Sequence[Array]) -> NDArray[np.uint32]:
    """Counts over `PREACTIVATION_EDGES`, `(layers, lanes, bins)`; the outer bins lie outside."""
    samples = [
        layer[:, :: -(-layer.shape[1] // PREACTIVATION_UNITS), :PREACTIVATION_INPUTS] for layer in z
    ]
    sample = side_by_side(samples)
    low, width = PREACTIVATION_EDGES[0], PREACTIVATION_EDGES[1] - PREACTIVATION_EDGES[0]
    place = np.clip((sample - low) / width + 1, 0, PREACTIVATION_BINS - 1)
    return _histograms(place.astype(np.intp), PREACTIVATION_BINS, sample, samples)


def _histograms(
    bins: NDArray[np.intp], width: int, sample: Array, samples: Sequence[Array]
) -> NDArray[np.uint32]:
    """How often each of `width` bins occurs in each layer's and lane's sample, where finite."""
    bins[~np.isfinite(sample)] = width
    sizes = np.array([lane.size for layer in samples for lane in layer])
    bins += np.repeat((width + 1) * np.arange(len(sizes)), sizes)
    counts = np.bincount(bins, minlength=(width + 1) * len(sizes))
    return counts.reshape(len(samples), -1, width + 1)[..., :width].astype(np.uint32)


def trained_values(network: Network) -> dict[str, Array]:
    """Each trained activation parameter, `(lanes, hidden layers)`: the mean where one a unit."""
    values: dict[str, list[Array]] = {}
    for layer in network.hidden:
        for one in layer.trained:
            one.refresh()
            values.setdefault(one.parameter.name, []).append(one.value.mean(axis=(1, 2)))
    return {name: np.stack(by_layer, axis=1) for name, by_layer in values.items()}
