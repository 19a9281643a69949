"""PyTorch: eager modules one lane after the other, and populations as stacked tensors.

`fused` and `foreach` are eager modules with an optimiser of that name; `bmm` is all lanes in one
batched product a layer, `vmap` one lane's gradient mapped over the lanes, both with the fused
optimiser on stacked parameters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..problem import Array, Problem
from .contest import Batches, Population, enter

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


def _squared_tanh(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((torch.tanh(outputs) - (2 * targets - 1)) ** 2).sum() / 2


def _binary_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(outputs, targets, reduction="sum")


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten(), reduction="sum")


# Sums over all points (…, batch, units); classes are numbers (…, batch).
LOSSES = {
    "squared_tanh": _squared_tanh,
    "binary_cross_entropy": _binary_cross_entropy,
    "cross_entropy": _cross_entropy,
}


class Epochs:
    """The batches as tensors, classes as numbers."""

    def __init__(self, problem: Problem) -> None:
        self._batches = Batches(problem)
        self._classes = problem.settings["loss"] == "cross_entropy"
        self._read()

    def step(self) -> tuple[Tensor, Tensor]:
        """Inputs (lanes, batch, features) and targets of the next step."""
        place = self._batches.take(1).start
        if place == 0:
            self._read()
        return self._inputs[place], self._targets[place]

    def _read(self) -> None:
        self._inputs = torch.from_numpy(self._batches.inputs)
        targets = torch.from_numpy(self._batches.targets)
        self._targets = targets.argmax(dim=-1) if self._classes else targets


class Lanes:
    """Networks of `nn.Linear`, one step of each after the other."""

    def __init__(self, problem: Problem, form: str) -> None:
        settings = problem.settings
        self._batch, self._loss = settings["batch_size"], LOSSES[settings["loss"]]
        self._activation = ACTIVATIONS[settings["activation"]]
        self._epochs = Epochs(problem)
        self._lanes = [
            [_linear(weights[lane]) for weights in problem.start] for lane in range(problem.lanes)
        ]
        self._optimizers = [
            OPTIMIZERS[settings["optimizer"]](
                [parameter for layer in lane for parameter in layer.parameters()],
                lr=settings["learning_rate"],
                **{form: True},
            )
            for lane in self._lanes
        ]

    def train(self, steps: int) -> None:
        for _ in range(steps):
            inputs, targets = self._epochs.step()
            for place, (lane, optimizer) in enumerate(
                zip(self._lanes, self._optimizers, strict=True)
            ):
                optimizer.zero_grad()
                outputs = self._forward(lane, inputs[place])
                (self._loss(outputs, targets[place]) / self._batch).backward()
                optimizer.step()

    def weights(self) -> list[Array]:
        with torch.no_grad():
            return [
                torch.stack([torch.cat([x.weight, x.bias[:, None]], dim=1) for x in layer]).numpy()
                for layer in zip(*self._lanes, strict=True)
            ]

    def _forward(self, lane: list[nn.Linear], inputs: Tensor) -> Tensor:
        for layer in lane[:-1]:
            inputs = self._activation(layer(inputs))
        return lane[-1](inputs)


def _linear(weights: Array) -> nn.Linear:
    values = torch.from_numpy(weights)
    fan_out, fan_in = weights.shape[0], weights.shape[1] - 1
    layer = nn.Linear(fan_in, fan_out, dtype=values.dtype)
    with torch.no_grad():
        layer.weight.copy_(values[:, :-1])
        layer.bias.copy_(values[:, -1])
    return layer


class Stacked:
    """All lanes in one tensor a layer: weights (lanes, fan_in, fan_out), biases (lanes, 1, …)."""

    def __init__(self, problem: Problem, form: str) -> None:
        settings = problem.settings
        self._batch, self._loss = settings["batch_size"], LOSSES[settings["loss"]]
        self._activation = ACTIVATIONS[settings["activation"]]
        self._epochs = Epochs(problem)
        self._layers = [_stacked(weights) for weights in problem.start]
        self._parameters = [parameter for layer in self._layers for parameter in layer]
        self._optimizer = OPTIMIZERS[settings["optimizer"]](
            self._parameters, lr=settings["learning_rate"], fused=True
        )
        self._backward = {"bmm": self._backward_of_all, "vmap": self._backward_of_each}[form]
        self._gradient = torch.func.vmap(torch.func.grad(self._lane_loss))

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self._backward(*self._epochs.step())
            self._optimizer.step()

    def weights(self) -> list[Array]:
        with torch.no_grad():
            return [torch.cat(layer, dim=1).transpose(1, 2).numpy() for layer in self._layers]

    def _backward_of_all(self, inputs: Tensor, targets: Tensor) -> None:
        self._optimizer.zero_grad()
        for weight, bias in self._layers[:-1]:
            inputs = self._activation(torch.baddbmm(bias, inputs, weight))
        weight, bias = self._layers[-1]
        outputs = torch.baddbmm(bias, inputs, weight)
        (self._loss(outputs, targets) / self._batch).backward()

    def _backward_of_each(self, inputs: Tensor, targets: Tensor) -> None:
        gradients = self._gradient(self._layers, inputs, targets)
        for layer, slopes in zip(self._layers, gradients, strict=True):
            for parameter, slope in zip(layer, slopes, strict=True):
                parameter.grad = slope

    def _lane_loss(
        self, layers: list[tuple[Tensor, Tensor]], inputs: Tensor, targets: Tensor
    ) -> Tensor:
        for weight, bias in layers[:-1]:
            inputs = self._activation(torch.addmm(bias, inputs, weight))
        weight, bias = layers[-1]
        return self._loss(torch.addmm(bias, inputs, weight), targets) / self._batch


def _stacked(weights: Array) -> tuple[nn.Parameter, nn.Parameter]:
    turned = torch.from_numpy(weights).transpose(1, 2)
    return nn.Parameter(turned[:, :-1].clone()), nn.Parameter(turned[:, -1:].clone())


FORMS: dict[str, Callable[[Problem, str], Population]] = {
    "fused": Lanes,
    "foreach": Lanes,
    "bmm": Stacked,
    "vmap": Stacked,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    form = sys.argv[3]
    enter(partial(FORMS[form], form=form), lambda problem: problem.steps_an_epoch)
