"""How weights start: initialisers, and the gains that match them to an activation.

All contestants of a seed are given the same standard-normal draws; an initialiser gives them its
shape (normal, uniform, orthogonal) and its scale. A layer is `(fan_out, fan_in + 1)`, its last
column the biases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .constructions import Site, squares
from .settings import Refusal

Array = NDArray[Any]


@dataclass(frozen=True)
class Moments:
    """E f(z)² and E f′(z)² for z ~ N(0, 1)."""

    value: float
    derivative: float


# The normal density beyond 12 is below 1e-31.
_REACH = 12.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_AGREED = 1e-13
_MOST_PANELS = 2**14


def moments(
    f: Callable[[Array], Array], df: Callable[[Array], Array], kinks: Sequence[float] = ()
) -> Moments:
    """The second moments of an activation and its derivative, accurate to 1e-10.

    `f` and `df` are bound to their parameters and take float64 arrays. Gauss–Legendre quadrature on
    panels that break at 0 and at the kinks and are halved until two rounds agree.
    """
    inside = {float(kink) for kink in kinks if abs(kink) < _REACH}
    edges = np.array(sorted({*np.arange(-_REACH, _REACH + 1.0).tolist(), *inside}))
    last = _integrate(f, df, edges)
    while edges.size < _MOST_PANELS:
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[1:] + edges[:-1])]))
        this = _integrate(f, df, edges)
        if np.all(np.abs(this - last) <= _AGREED * np.abs(this)):
            break
        last = this
    return Moments(float(this[0]), float(this[1]))


def _integrate(f: Callable[[Array], Array], df: Callable[[Array], Array], edges: Array) -> Array:
    half = 0.5 * np.diff(edges)[:, None]
    z = edges[:-1, None] + half * (1.0 + _NODES)
    mass = half * _WEIGHTS * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return np.array([np.sum(mass * f(z) ** 2), np.sum(mass * df(z) ** 2)])


def forward_gain(of: Moments) -> float:
    """1/√E f²: keeps the second moment of the pre-activations (He et al. 2015)."""
    return _one_over_root(of.value, "the activation is 0")


def backward_gain(of: Moments) -> float:
    """1/√E f′²: keeps the second moment of the gradients (He et al. 2015)."""
    return _one_over_root(of.derivative, "the activation is flat")


def _one_over_root(moment: float, reason: str) -> float:
    if not moment > 0.0:
        raise Refusal("gain", moment, f"{reason} wherever inputs fall: no gain can match it")
    return 1.0 / math.sqrt(moment)


# A variance that quadrature cannot tell from 0, as ReLU leaves for its biases.
_NOTHING = 1e-9


def critical_bias(of: Moments, gain: float) -> float:
    """The biases' standard deviation σ_b with gain²·E f² + σ_b² = 1, the variance's fixed point.

    With the backward gain neither signals nor gradients grow or fade (Poole et al. 2016, Schoenholz
    et al. 2017). Raises `Refusal` where the activation alone already carries a variance above 1.
    """
    spare = 1.0 - gain * gain * of.value
    if spare < -_NOTHING:
        raise Refusal(
            "initializer",
            "critical",
            f"this activation makes the variance grow {1.0 - spare:.3g} times a layer even without "
            "biases, so it has no fixed point; choose forward or backward",
        )
    return math.sqrt(spare) if spare > _NOTHING else 0.0


@dataclass(frozen=True)
class Place:
    """Where in a network weights stand.

    `moments` are of the activation whose outputs are the layer's inputs. The `first` layer's inputs
    are data: a matched gain is 1 there, and `moments` is not looked at.
    The results of so many `branches` are added up along a residual network, this layer's among
    them.
    """

    fan_in: int
    fan_out: int
    first: bool = False
    last: bool = False
    moments: Moments | None = None
    branches: int = 1

    @property
    def part(self) -> float:
        """What a branch starts with of its scale, so that the sum of all adds a variance of 1.

        1/√branches keeps signal and gradient bounded at any depth (Hayou et al. 2021, Stable
        ResNet); 1 where nothing is added up.
        """
        return 1.0 / math.sqrt(self.branches)


@dataclass(frozen=True)
class Scale:
    """Standard deviations of a layer's weights and biases."""

    weight_std: float
    bias_std: float = 0.0


@dataclass(frozen=True)
class Initializer:
    """One way of starting: weights = shape(draws)·spread(place)·gain, biases = draws·bias_std.

    `spread` is the weights' standard deviation at gain 1. `gain` is a function of the moments for
    initialisers matched to the activation, else a number; None where no gain can be chosen.
    `bias_std` is a function of the moments and the gain. `initial_bias` is what biases start from
    before any draw; None leaves it to the experiment. `construct` gives all layers' weights in
    place of what draws would; then nothing else of the record is asked.
    """

    key: str
    label: str
    help: str
    source: str
    spread: Callable[[Place], float]
    gain: Callable[[Moments], float] | float | None
    shape: Callable[[Array], Array]
    bias_std: Callable[[Moments, float], float] | None = None
    initial_bias: float | None = None
    construct: Callable[[Site], list[Array]] | None = None

    @property
    def matched(self) -> bool:
        """Whether the gain follows from the activation."""
        return callable(self.gain)

    def scale(self, place: Place, gain_override: float | None = None) -> Scale:
        """The layer's scale; `gain_override` replaces the gain, but not a matched one's first 1.

        Raises `Refusal` where the activation allows no such scale.
        """
        spread = self.spread(place)
        if self.gain is None:
            if gain_override is not None:
                raise Refusal("gain", gain_override, f"{self.label} takes no gain")
            return Scale(spread)
        if not callable(self.gain):
            return Scale(spread * (self.gain if gain_override is None else gain_override))
        if place.first or place.moments is None:
            return Scale(spread)
        gain = self.gain(place.moments) if gain_override is None else gain_override
        bias = self.bias_std(place.moments, gain) if self.bias_std is not None else 0.0
        return Scale(spread * gain, bias)


def initialize(
    initializer: Initializer,
    draws: Array,
    place: Place,
    gain_override: float | None = None,
    initial_bias: float = 0.0,
) -> Array:
    """A layer's weights and biases `(fan_out, fan_in + 1)` from normal draws of that shape.

    `initial_bias` gives way to the initialiser's own. Raises `Refusal` as `Initializer.scale` does.
    """
    scale = initializer.scale(place, gain_override)
    start = initial_bias if initializer.initial_bias is None else initializer.initial_bias
    weights = np.empty_like(draws)
    shaped = initializer.shape(draws[:, :-1])
    np.multiply(shaped, scale.weight_std * place.part, out=weights[:, :-1])
    weights[:, -1] = draws[:, -1] * (scale.bias_std * place.part) + start
    return weights


def normal(draws: Array) -> Array:
    """The draws as they are."""
    return draws


def uniform(draws: Array) -> Array:
    """The draws' quantiles, spread evenly over ±√3: variance 1."""
    from scipy.special import ndtr

    quantiles: Array = ndtr(draws)
    return (quantiles - 0.5) * math.sqrt(12.0)


def orthogonal(draws: Array) -> Array:
    """Rows (or, in a tall layer, columns) at right angles and of equal length, mean square entry 1.

    The Q of the draws' QR decomposition, its signs fixed so that every rotation is equally likely
    (Saxe, McClelland & Ganguli 2014). The entries' variance is that of the normal draws, so that a
    tall layer keeps its units' second moment; PyTorch's keeps the length of the vector instead.
    """
    wide = draws.shape[0] < draws.shape[1]
    q, r = np.linalg.qr(draws.T if wide else draws)
    q *= np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return (q.T if wide else q) * math.sqrt(max(draws.shape))


def _over_fan_in(place: Place) -> float:
    return 1.0 / math.sqrt(place.fan_in)


def _over_both_fans(place: Place) -> float:
    return math.sqrt(2.0 / (place.fan_in + place.fan_out))


def _playground_spread(place: Place) -> float:
    return 1.0 / math.sqrt(12.0)


def _nothing_drawn(place: Place) -> float:
    return 0.0


INITIALIZERS: dict[str, Initializer] = {
    initializer.key: initializer
    for initializer in (
        Initializer(
            key="forward",
            label="Matched, forward",
            help="keeps the signal's size from layer to layer, for each activation its own gain",
            source="He, Zhang, Ren & Sun, Delving Deep into Rectifiers, 2015",
            spread=_over_fan_in,
            gain=forward_gain,
            shape=normal,
        ),
        Initializer(
            key="backward",
            label="Matched, backward",
            help="keeps the gradient's size from layer to layer, for each activation its own gain",
            source="He, Zhang, Ren & Sun, Delving Deep into Rectifiers, 2015",
            spread=_over_fan_in,
            gain=backward_gain,
            shape=normal,
        ),
        Initializer(
            key="critical",
            label="Critical",
            help="keeps both sizes, with the help of random biases; not every activation allows it",
            source="Schoenholz, Gilmer et al., Deep Information Propagation, 2017",
            spread=_over_fan_in,
            gain=backward_gain,
            shape=normal,
            bias_std=critical_bias,
        ),
        Initializer(
            key="he",
            label="He",
            help="ReLU's gain √2 for every activation and layer",
            source="He, Zhang, Ren & Sun, Delving Deep into Rectifiers, 2015",
            spread=_over_fan_in,
            gain=math.sqrt(2.0),
            shape=normal,
        ),
        Initializer(
            key="xavier",
            label="Xavier",
            help="variance 2/(fan_in + fan_out), whatever the activation",
            source="Glorot & Bengio, Understanding the Difficulty of Training Deep Networks, 2010",
            spread=_over_both_fans,
            gain=1.0,
            shape=normal,
        ),
        Initializer(
            key="lecun",
            label="LeCun",
            help="variance 1/fan_in, whatever the activation; SELU's own",
            source="LeCun, Bottou, Orr & Müller, Efficient BackProp, 1998",
            spread=_over_fan_in,
            gain=1.0,
            shape=normal,
        ),
        Initializer(
            key="orthogonal",
            label="Orthogonal",
            help="weight vectors at right angles, with the forward gain of each activation",
            source="Saxe, McClelland & Ganguli, Exact Solutions to Nonlinear Dynamics, 2014",
            spread=_over_fan_in,
            gain=forward_gain,
            shape=orthogonal,
        ),
        Initializer(
            key="playground",
            label="Playground",
            help="uniform between −½ and ½ whatever the size of the layer, biases 0.1",
            source="Smilkov & Carter, TensorFlow Playground, 2016",
            spread=_playground_spread,
            gain=None,
            shape=uniform,
            initial_bias=0.1,
        ),
        Initializer(
            key="squares",
            label="x² by construction",
            help="weights with which ReLU computes x², four times as exactly with each layer",
            source="Yarotsky, Error Bounds for Approximations with Deep ReLU Networks, 2017",
            spread=_nothing_drawn,
            gain=None,
            shape=normal,
            initial_bias=0.0,
            construct=squares,
        ),
    )
}
