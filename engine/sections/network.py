"""By which network it is learnt: its shape, its first numbers and their format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..initializers import INITIALIZERS
from ..precision import FORMATS
from ..rounding import REMEDIES, SCOPES, check_rounding
from ..settings import Refusal, check, labels_of, setting


def _all_equal(network: Any) -> bool:
    return not network.widths


def _width_is_chosen(network: Any) -> bool:
    return not network.widths and not network.parameter_budget


def _emulated(network: Any) -> bool:
    return FORMATS[network.precision].emulated


@dataclass(frozen=True)
class NetworkSettings:
    """A fully connected network and the numbers it starts with."""

    depth: int = setting(
        4, label="Hidden layers", help="Layers between input and output.",
        unit="layers", low=0, high=100, step=1, shown_for=_all_equal,
    )  # fmt: skip
    width: int = setting(
        8, label="Units per layer", help="Units in each hidden layer.",
        unit="units", low=1, high=1024, step=1, log=True, shown_for=_width_is_chosen,
    )  # fmt: skip
    widths: tuple[int, ...] = setting(
        (), label="Layer widths", help="Units of each hidden layer, as 64, 32; empty: all equal.",
        unit="units", low=1, high=1024,
    )  # fmt: skip
    parameter_budget: int = setting(
        0, label="Budget of parameters", help="Layers are as wide as so many weights and biases "
        "allow, so that networks of any depth have equally many; trained shapes are not counted.",
        unit="parameters", low=1, high=100_000_000, step=1, log=True, zero="off",
        shown_for=_all_equal, advanced=True,
    )  # fmt: skip
    residual: bool = setting(
        False, label="Residual connections", help="Hidden layers after the first add to their "
        "input's pre-activation instead of replacing it: z + W f(z) + b; all need equal widths.",
        advanced=True,
    )  # fmt: skip
    initializer: str = setting(
        "forward", label="Initialisation", help="How the first weights are scaled.",
        choices=labels_of(INITIALIZERS),
    )  # fmt: skip
    initial_bias: float = setting(
        0.0, label="First bias", help="What every bias starts from that is not built.",
        low=-1, high=1, step=0.01, advanced=True,
    )  # fmt: skip
    activation_bits: int = setting(
        0, label="Activation bits", help="Losses, accuracies and fits are those of networks whose "
        "hidden activations are rounded to so many bits; training itself is not rounded.",
        unit="bits", low=2, high=16, step=1, zero="not rounded", advanced=True,
    )  # fmt: skip
    precision: str = setting(
        "float32", label="Precision", help="The number format of the training.",
        choices=labels_of(FORMATS),
    )  # fmt: skip
    rounded: str = setting(
        "everything", label="Rounded", help="Which results the format holds: all of both passes, "
        "gradients, optimiser and weights; the weights' gradients; or the weights after an update.",
        choices=labels_of(SCOPES), shown_for=_emulated,
    )  # fmt: skip
    remedy: str = setting(
        "none", label="Remedy", help="What keeps updates that are too small for the format.",
        choices=labels_of(REMEDIES), shown_for=_emulated,
    )  # fmt: skip
    loss_scale: float = setting(
        1.0, label="Loss scale", help="What the loss is multiplied by, so that small gradients do "
        "not become 0; they are divided by it before the update.",
        low=1, high=2**24, log=True, shown_for=_emulated,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        check_rounding(self.precision, self.rounded, self.remedy, self.loss_scale)
        if len(self.widths) > 100:
            raise Refusal("widths", self.widths, "must list 100 layers at most")
        if self.parameter_budget and (self.widths or not self.depth):
            allowed = "must be 0 where no layer's width is left to choose"
            raise Refusal("parameter_budget", self.parameter_budget, allowed)
        if self.residual and len(set(self.hidden)) > 1:
            widths = ", ".join(map(str, self.widths))
            allowed = f"must be false where hidden layers differ in width, as {widths}"
            raise Refusal("residual", self.residual, allowed)

    @property
    def dtype(self) -> str:
        """The type of the arrays, which holds every value of the precision."""
        return FORMATS[self.precision].carrier

    @property
    def has_twin(self) -> bool:
        """Whether a twin in float64 is finer, and so can tell what rounding does."""
        return FORMATS[self.precision].significand < FORMATS["float64"].significand

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer, from the input on."""
        return self.widths or (self.width,) * self.depth
