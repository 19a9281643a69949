"""The activations, each one record: key, value, derivatives, parameters, kinks and flat tails.

A new activation is a record in the file of its family and its name in the tuple below; the form,
the plots and the tests find it through `ACTIVATIONS`.
"""

from __future__ import annotations

from .bounded import HARDSWISH, HARDTANH, RELU6, SIGMOID, SOFTSIGN, TANH
from .exponential import CELU, ELU, SELU, SOFTPLUS
from .gated import MISH, SILU, SWISH
from .gelu import GELU
from .record import Activation, Choice, Parameter
from .rectified import (
    IDENTITY,
    LEAKY_RELU,
    PRELU,
    RELU,
    RRELU,
    SQUARED_RELU,
    TWO_SLOPE_RELU,
)

ACTIVATIONS: dict[str, Activation] = {
    activation.key: activation
    for activation in (
        IDENTITY,
        RELU,
        LEAKY_RELU,
        PRELU,
        RRELU,
        RELU6,
        ELU,
        CELU,
        SELU,
        GELU,
        SILU,
        SWISH,
        MISH,
        SOFTPLUS,
        HARDTANH,
        HARDSWISH,
        TANH,
        SIGMOID,
        SOFTSIGN,
        SQUARED_RELU,
        TWO_SLOPE_RELU,
    )
}

__all__ = ["ACTIVATIONS", "Activation", "Choice", "Parameter"]
