"""The loop that everyone writes first: batch-major NumPy, a layer at a time, a lane at a time."""

from __future__ import annotations

import numpy as np

from ..problem import Array, Problem
from .contest import Batches, enter

# fmt: off
ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: z > 0),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z, a: np.where(z > 0, 1, 0.01)),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(z)), lambda z, a: np.where(z > 0, 1, a + 1)),
    "tanh": (np.tanh, lambda z, a: 1 - a * a),
}
GRADIENTS = {
    "squared_tanh": lambda o, t: (np.tanh(o) - (2 * t - 1)) * (1 - np.tanh(o) ** 2),
    "binary_cross_entropy": lambda o, t: 1 / (1 + np.exp(-o)) - t,
    "cross_entropy": lambda o, t: np.exp(o) / np.exp(o).sum(axis=1, keepdims=True) - t,
}
# fmt: on


class Lane:
    """One network, its weights (fan_in, fan_out) and its biases."""

    def __init__(self, problem: Problem, lane: int) -> None:
        self.about = problem.settings
        self.weights = [w[lane, :, :-1].T.copy() for w in problem.start]
        self.biases = [w[lane, :, -1].copy() for w in problem.start]
        parameters = self.weights + self.biases
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
        self.steps = 0

    def step(self, x: Array, target: Array) -> None:
        value, derivative = ACTIVATIONS[self.about["activation"]]
        reads, pre = [x], [x @ self.weights[0] + self.biases[0]]
        for weights, biases in zip(self.weights[1:], self.biases[1:], strict=True):
            reads.append(value(pre[-1]))
            pre.append(reads[-1] @ weights + biases)
        delta = GRADIENTS[self.about["loss"]](pre[-1], target) / len(x)
        of_weights, of_biases = [], []
        for layer in range(len(self.weights) - 1, -1, -1):
            of_weights.insert(0, reads[layer].T @ delta)
            of_biases.insert(0, delta.sum(axis=0))
            if layer:
                delta = delta @ self.weights[layer].T
                delta = delta * derivative(pre[layer - 1], reads[layer])
        self.update(of_weights + of_biases)

    def update(self, gradients: list[Array]) -> None:
        rate, adam = self.about["learning_rate"], self.about["optimizer"] == "adam"
        self.steps += 1
        parameters = self.weights + self.biases
        for p, g, (m, v) in zip(parameters, gradients, self.moments, strict=True):
            if not adam:
                p -= rate * g
                continue
            m[...] = 0.9 * m + 0.1 * g
            v[...] = 0.999 * v + 0.001 * g * g
            first, second = m / (1 - 0.9**self.steps), v / (1 - 0.999**self.steps)
            p -= rate * first / (np.sqrt(second) + 1e-8)


class Loop:
    """Lanes, one step of each after the other."""

    def __init__(self, problem: Problem) -> None:
        if problem.settings["activation"] not in ACTIVATIONS:
            raise NotImplementedError(f"NumPy has no {problem.settings['activation']}")
        self._lanes = [Lane(problem, lane) for lane in range(problem.lanes)]
        self._batches = Batches(problem)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            place = self._batches.take(1).start
            for number, lane in enumerate(self._lanes):
                lane.step(self._batches.inputs[place, number], self._batches.targets[place, number])

    def weights(self) -> list[Array]:
        def joined(layer: int, lane: Lane) -> Array:
            return np.vstack([lane.weights[layer], lane.biases[layer]]).T

        layers = range(len(self._lanes[0].weights))
        return [np.stack([joined(layer, lane) for lane in self._lanes]) for layer in layers]


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        enter(Loop, lambda problem: problem.steps_an_epoch)
