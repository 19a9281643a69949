"""scikit-learn's MLPClassifier, an epoch a call of `partial_fit`, where it computes the same.

Its classifiers are trained by cross-entropy alone; its Adam adds ε before the bias correction, not
after, and so does not end where everyone else's does.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from ..problem import Array, Problem
from .contest import Batches, enter


class Classifier:
    """One network."""

    def __init__(self, problem: Problem) -> None:
        settings = problem.settings
        if settings["loss"] not in ("cross_entropy", "binary_cross_entropy"):
            raise NotImplementedError(f"no loss {settings['loss']}")
        if settings["optimizer"] != "sgd":
            raise NotImplementedError("another Adam")
        self._batches = Batches(problem)
        self._network = MLPClassifier(
            hidden_layer_sizes=[weights.shape[1] for weights in problem.start[:-1]],
            activation=settings["activation"],
            solver=settings["optimizer"],
            alpha=0,
            batch_size=settings["batch_size"],
            learning_rate_init=settings["learning_rate"],
            shuffle=False,
            momentum=0,
            nesterovs_momentum=False,
        )
        outputs = problem.targets.shape[2]
        inputs, labels = self._points(slice(0, 1))
        # A first fit lays out what is then set to where everyone starts.
        self._network.partial_fit(inputs, labels, classes=np.arange(max(outputs, 2)))
        self._network.coefs_ = [w[0, :, :-1].T.copy() for w in problem.start]
        self._network.intercepts_ = [w[0, :, -1].copy() for w in problem.start]
        del self._network._optimizer

    def train(self, steps: int) -> None:
        while steps > 0:
            taken = self._batches.take(steps)
            steps -= taken.stop - taken.start
            self._network.partial_fit(*self._points(taken))

    def weights(self) -> list[Array]:
        layers = zip(self._network.coefs_, self._network.intercepts_, strict=True)
        return [np.vstack(layer).T[None] for layer in layers]

    def _points(self, steps: slice) -> tuple[Array, Array]:
        """The points of so many batches, and their classes."""
        inputs, targets = self._batches.inputs[steps, 0], self._batches.targets[steps, 0]
        inputs, targets = (x.reshape(-1, x.shape[-1]) for x in (inputs, targets))
        labels = targets[:, 0] if targets.shape[1] == 1 else targets.argmax(axis=1)
        return inputs, labels.astype(int)


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    enter(Classifier, lambda problem: problem.steps_an_epoch)
