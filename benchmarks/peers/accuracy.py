"""What PyTorch's and JAX's activations give for numbers in a file, value and derivative."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
from jax import nn

from .activations import FUNCTIONS as PYTORCHS
from .jax import ACTIVATIONS

JAXS = ACTIVATIONS | {
    "selu": nn.selu,
    "celu": nn.celu,
    "silu": nn.silu,
    "mish": nn.mish,
    "softplus": nn.softplus,
    "softsign": nn.soft_sign,
    "sigmoid": nn.sigmoid,
}


def by_pytorch(function: Callable[..., Any], z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    graph = torch.tensor(z, requires_grad=True)
    value = function(graph)
    value.sum().backward()
    return value.detach().numpy(), graph.grad.numpy()


def by_jax(function: Callable[..., Any], z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value, derivative = jax.vmap(jax.value_and_grad(function))(z)
    return np.asarray(value), np.asarray(derivative)


def main() -> None:
    z, target = np.load(sys.argv[1]), Path(sys.argv[2])
    found = {f"PyTorch {name}": by_pytorch(function, z) for name, function in PYTORCHS.items()}
    found |= {f"JAX {name}": by_jax(function, z) for name, function in JAXS.items()}
    np.savez(target, **{name: np.stack(both) for name, both in found.items()})


if __name__ == "__main__":
    main()
