"""PyTorch as a timed system: eager modules, one lane after the other, an epoch each.

Runs in the peers' environment; knows the problem's files and nothing of the engine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .problem import Problem
from .turns import serve

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


def _squared_tanh(outputs: Tensor, labels: Tensor) -> Tensor:
    return ((torch.tanh(outputs) - labels) ** 2).mean() / 2


# Each with what turns our targets into those that it is quickest with.
LOSSES: dict[str, tuple[Callable[..., Tensor], Callable[[Tensor], Tensor]]] = {
    "squared_tanh": (_squared_tanh, lambda targets: 2 * targets - 1),
    "binary_cross_entropy": (functional.binary_cross_entropy_with_logits, lambda targets: targets),
    "cross_entropy": (functional.cross_entropy, lambda targets: targets.argmax(dim=1)),
}


class Lane:
    """One network with its optimiser and its points; `form` is PyTorch's name for a fast one."""

    def __init__(self, problem: Problem, lane: int, form: str) -> None:
        settings = problem.settings
        self._loss, prepare = LOSSES[settings["loss"]]
        self._inputs = torch.from_numpy(problem.inputs[lane])
        self._targets = prepare(torch.from_numpy(problem.targets[lane]))
        self._batches, self._place = problem.batches, 0
        self._linear = [_linear(weights[lane]) for weights in problem.start]
        modules: list[nn.Module] = []
        for layer in self._linear:
            modules += [layer, ACTIVATIONS[settings["activation"]]()]
        self._network = nn.Sequential(*modules[:-1])
        self._optimizer = OPTIMIZERS[settings["optimizer"]](
            self._network.parameters(), lr=settings["learning_rate"], **{form: True}
        )

    def train(self, steps: int) -> None:
        for _ in range(steps):
            if self._place == len(self._batches):
                self._shuffle()
            batch = self._batches[self._place]
            self._place += 1
            self._optimizer.zero_grad()
            self._loss(self._network(self._inputs[batch]), self._targets[batch]).backward()
            self._optimizer.step()

    def weights(self) -> list[np.ndarray]:
        """Each layer's (fan_out, fan_in + 1), the last column the biases."""
        with torch.no_grad():
            return [torch.cat([x.weight, x.bias[:, None]], dim=1).numpy() for x in self._linear]

    def _shuffle(self) -> None:
        order = torch.randperm(len(self._inputs))
        self._inputs, self._targets = self._inputs[order], self._targets[order]
        self._place = 0


def _linear(weights: np.ndarray) -> nn.Linear:
    values = torch.from_numpy(weights)
    fan_out, fan_in = weights.shape[0], weights.shape[1] - 1
    layer = nn.Linear(fan_in, fan_out, dtype=values.dtype)
    with torch.no_grad():
        layer.weight.copy_(values[:, :-1])
        layer.bias.copy_(values[:, -1])
    return layer


def distance(problem: Problem, form: str) -> float:
    """How far all lanes end from ours."""
    lanes = [Lane(problem, lane, form) for lane in range(problem.lanes)]
    for lane in lanes:
        lane.train(problem.steps)
    layers = zip(*(lane.weights() for lane in lanes), strict=True)
    return problem.distance([np.stack(layer) for layer in layers])


def train_all(lanes: list[Lane], steps: int) -> None:
    for lane in lanes:
        lane.train(steps)


def main(folder: Path, form: str) -> None:
    torch.set_num_threads(1)
    float32 = Problem.load(folder / "float32.npz")
    found = {
        "float64": distance(Problem.load(folder / "float64.npz"), form),
        "float32": distance(float32, form),
    }
    lanes = [Lane(float32, lane, form) for lane in range(float32.lanes)]
    serve(partial(train_all, lanes), period=len(float32.batches), **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
