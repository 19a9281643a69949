"""PyTorch's activations as a timed system: ns per number of each value and backward pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ..elementwise import NUMBERS, Pair, serve_elementwise

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "mish": functional.mish,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardtanh": functional.hardtanh,
    "hardswish": functional.hardswish,
    "relu6": functional.relu6,
}


def _pair(function: Callable[[Tensor], Tensor], z: Tensor) -> Pair:
    graph = z.clone().requires_grad_()
    value, signal = function(graph), torch.ones_like(z)
    return partial(function, z), partial(
        torch.autograd.grad, value, graph, signal, retain_graph=True
    )


def main() -> None:
    torch.set_num_threads(1)
    z = torch.randn(NUMBERS, generator=torch.Generator().manual_seed(0))
    serve_elementwise({name: _pair(function, z) for name, function in FUNCTIONS.items()})


if __name__ == "__main__":
    main()
