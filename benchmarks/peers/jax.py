"""JAX: a compiled step, called once a step or scanned over epochs; populations by `vmap`.

`scan` and `step` train one lane after the other, `vmap scan` and `vmap step` all at once. A scan
goes over as many epochs as are cheap to hand over in one call.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any

# One thread, as everyone has.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax, nn

from .. import problem as problems
from ..problem import Problem
from .contest import Batches, enter

# Numbers of all lanes' inputs that one call of a scan is given, at least one epoch.
MOST_NUMBERS = 2**17

ACTIVATIONS = {
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
    "elu": nn.elu,
    "gelu": partial(nn.gelu, approximate=False),
    "tanh": jnp.tanh,
}

# Means over (batch, units).
LOSSES = {
    "squared_tanh": lambda outputs, targets: (
        ((jnp.tanh(outputs) - (2 * targets - 1)) ** 2).sum() / 2 / len(outputs)
    ),
    "binary_cross_entropy": lambda outputs, targets: (
        (nn.softplus(outputs) - outputs * targets).sum() / len(outputs)
    ),
    "cross_entropy": lambda outputs, targets: (
        -(targets * nn.log_softmax(outputs)).sum() / len(outputs)
    ),
}

Layers = list[tuple[Array, Array]]  # weights (fan_in, fan_out) and biases (fan_out,)
State = tuple[Layers, tuple[Layers, ...], Array]  # layers, the optimiser's moments, updates made


def _sgd(slopes: Layers, moments: tuple[Layers, ...], t: Array, rate: float) -> Any:
    return jax.tree.map(lambda g: rate * g, slopes), moments


def _adam(slopes: Layers, moments: tuple[Layers, ...], t: Array, rate: float) -> Any:
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], slopes)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], slopes)
    slow, fast = 1 - 0.9**t, 1 - 0.999**t
    steps = jax.tree.map(lambda m, v: rate / slow * m / (jnp.sqrt(v / fast) + 1e-8), first, second)
    return steps, (first, second)


OPTIMIZERS = {"sgd": (_sgd, 0), "adam": (_adam, 2)}


def _update(settings: dict[str, Any], state: State, batch: tuple[Array, Array]) -> State:
    """One step of one lane."""
    layers, moments, done = state
    activation, loss = ACTIVATIONS[settings["activation"]], LOSSES[settings["loss"]]

    def mean_loss(layers: Layers) -> Array:
        signal = batch[0]
        for weights, biases in layers[:-1]:
            signal = activation(signal @ weights + biases)
        weights, biases = layers[-1]
        return loss(signal @ weights + biases, batch[1])

    slopes = jax.grad(mean_loss)(layers)
    rule, _ = OPTIMIZERS[settings["optimizer"]]
    steps, moments = rule(slopes, moments, done + 1, settings["learning_rate"])
    return jax.tree.map(jnp.subtract, layers, steps), moments, done + 1


class Lanes:
    """States of lanes, each its own or all in one stack, and what advances one."""

    def __init__(self, problem: Problem, form: str) -> None:
        jax.config.update("jax_enable_x64", problem.inputs.dtype == np.float64)
        self._scanned = form.endswith("scan")
        self._batches = Batches(problem, epochs(problem) if self._scanned else 1)
        update = partial(_update, problem.settings)
        lanes: list[Any] = list(range(problem.lanes))
        if form.startswith("vmap"):
            update, lanes = jax.vmap(update, ((0, 0, None), 0), (0, 0, None)), [slice(None)]
        self._lanes = lanes
        self._states = [_start(problem, lane) for lane in lanes]
        run = partial(_scan, update) if self._scanned else update
        self._run = jax.jit(run, donate_argnums=0)

    def train(self, steps: int) -> None:
        batches = self._batches
        while steps > 0:
            taken = batches.take(steps if self._scanned else 1)
            steps -= taken.stop - taken.start
            place = taken if self._scanned else taken.start
            inputs, targets = batches.inputs[place], batches.targets[place]
            for number, lane in enumerate(self._lanes):
                index = (slice(None), lane) if self._scanned else lane
                batch = inputs[index], targets[index]
                self._states[number] = self._run(self._states[number], batch)
        jax.block_until_ready(self._states)

    def weights(self) -> list[problems.Array]:
        by_state = [[_joined(*layer) for layer in layers] for layers, _, _ in self._states]
        return [np.concatenate(layer) for layer in zip(*by_state, strict=True)]


def epochs(problem: Problem) -> int:
    """Epochs that a scan goes over at once."""
    return max(1, MOST_NUMBERS // problem.inputs.size)


def _scan(update: Any, state: State, batches: tuple[Array, Array]) -> State:
    """All steps of the batches (steps, …)."""
    return lax.scan(lambda state, batch: (update(state, batch), None), state, batches)[0]


def _start(problem: Problem, lane: int | slice) -> State:
    turned = [weights[lane].swapaxes(-1, -2) for weights in problem.start]
    layers = [(jnp.array(w[..., :-1, :]), jnp.array(w[..., -1, :])) for w in turned]
    _, moments = OPTIMIZERS[problem.settings["optimizer"]]
    zeros = tuple(jax.tree.map(jnp.zeros_like, layers) for _ in range(moments))
    return layers, zeros, jnp.zeros((), jnp.int32)


def _joined(weights: Array, biases: Array) -> problems.Array:
    """One state's layer as (lanes, fan_out, fan_in + 1)."""
    turned = np.concatenate([weights, biases[..., None, :]], axis=-2).swapaxes(-1, -2)
    return turned.reshape(-1, *turned.shape[-2:])


if __name__ == "__main__":
    form = sys.argv[3]
    enter(
        partial(Lanes, form=form),
        lambda problem: problem.steps_an_epoch * (epochs(problem) if form.endswith("scan") else 1),
    )
