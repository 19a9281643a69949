"""Where a race's number format ends: gradients become 0, and updates are lost on their weights."""

from __future__ import annotations

from dataclasses import dataclass

from .optimizers import OPTIMIZERS
from .precision import FORMATS, Format
from .rounding import REMEDIES, SCOPES
from .sections import NetworkSettings, TrainingSettings


@dataclass(frozen=True)
class GradientLimits:
    """Sizes of a gradient at which its format ends; the loss scale is taken out of them.

    Under `smallest_normal` it has fewer and fewer digits, `smallest_subnormal` is the least that is
    not 0, and up to `underflow` it becomes 0.
    """

    smallest_normal: float
    smallest_subnormal: float
    underflow: float

    def word(self, size: float) -> str:
        """What becomes of a gradient of this size; empty where it keeps all its digits."""
        if size <= self.underflow:
            return "becomes 0"
        return "subnormal" if size < self.smallest_normal else ""


def gradient_limits(network: NetworkSettings) -> GradientLimits:
    """Those of the format that holds the weights' gradients."""
    held = _format(network, SCOPES[network.rounded].gradients)
    sizes = (held.smallest_normal, held.smallest_subnormal, held.underflow)
    return GradientLimits(*(size / network.loss_scale for size in sizes))


def lost_update(network: NetworkSettings) -> float | None:
    """The largest update that a weight of 1 loses in either direction, ε/4, where it is a tie.

    A weight of another power of two loses so many times more or less. None where a remedy keeps
    what would be lost.
    """
    if REMEDIES[network.remedy] is not REMEDIES["none"]:
        return None
    return _format(network, SCOPES[network.rounded].weights).epsilon / 4


def update_follows_gradient(training: TrainingSettings) -> bool:
    """Whether an update is the learning rate times the gradient: the optimiser remembers nothing.

    Penalties, decay and clipping aside.
    """
    return OPTIMIZERS[training.optimizer].slots == 0


def _format(network: NetworkSettings, narrow: bool) -> Format:
    """The precision asked for, or the format that carries what it does not hold."""
    asked = FORMATS[network.precision]
    return asked if narrow else FORMATS[asked.carrier]
