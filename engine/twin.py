"""The float64 twin: a step's passes repeated in float64, to see what rounding did to them."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .experiment import Experiment
from .network import Network
from .seeds import Part
from .spans import Spans, side_by_side
from .training import Trainer
from .workspace import Workspace, Workspaces

Array = NDArray[np.floating]

# What gradients are multiplied by before they are squared, so that none of 1e-200 becomes 0. Its
# type makes float32's gradients float64.
_LIFT = np.float64(2.0**200)


class Twin:
    """Networks in float64 with the shape of a trainer's, for trainers that work in turns."""

    def __init__(self, double: Trainer) -> None:
        self._double = double

    def begin(self, trainer: Trainer, batch: Part) -> NoiseReading:
        """Both passes in float64, with the trainer's weights and the batch of its next step."""
        network = self._double.network
        network.parameters[...] = trainer.network.parameters
        # The slopes that the step is going to draw, left in its own streams.
        network.noise = copy.deepcopy(trainer.network.noise)
        inputs, targets = (values.astype(np.float64) for values in (batch.inputs, batch.targets))
        self._double.gradients(Part(inputs, targets))
        network.look()
        reading = NoiseReading(trainer, network)
        network.look()
        return reading


class Twins:
    """The twins of a race: one for each contestant and number of lanes, none in float64."""

    def __init__(
        self, experiment: Experiment, sizes: tuple[int, ...], look: Callable[[], None]
    ) -> None:
        self._experiment = experiment
        self._sizes = sizes
        self._look = look
        self._workspaces = Workspaces()
        self._twins: dict[tuple[int, int], Twin] = {}

    def of(self, contestant: int, lanes: int) -> Twin | None:
        """The twin for so many lanes of a contestant."""
        if not self._experiment.network.has_twin:
            return None
        key = (contestant, lanes)
        if key not in self._twins:
            self._twins[key] = Twin(self._double(contestant, lanes))
        return self._twins[key]

    def _double(self, contestant: int, lanes: int) -> Trainer:
        about = self._experiment.contestants[contestant]
        residual = self._experiment.network.residual
        network = Network(about, self._sizes, lanes, "float64", look=self._look, residual=residual)
        # It never makes a step, and so needs no optimiser's state.
        training = dataclasses.replace(self._experiment.training, optimizer="sgd")
        return Trainer(network, about, training, training.loss, self._workspaces)


class NoiseReading:
    """One step beside its twin: how far its gradients are off, and what became of its update.

    `values` maps measures to `(lanes, layers)`, of the layer's weights without biases. With g the
    step's gradient and g₆₄ the twin's: ‖g − g₆₄‖/‖g₆₄‖, and of the entries with g₆₄ ≠ 0 the shares
    of wrong sign and of g = 0. With Δ the optimiser's update and δ what became of it in the
    weights: of the entries with g₆₄ ≠ 0 and Δ ≠ 0 the share with δ = 0, and of all ⟨δ, Δ⟩/‖Δ‖².
    NaN where there is nothing to divide by. `seconds` are those of `watch`.
    """

    def __init__(self, trainer: Trainer, double: Network) -> None:
        network = trainer.network
        self._update = trainer.update
        self._exact = side_by_side(double.weights_in(double.gradients)) * _LIFT
        self._before = _held(network)
        weights = double.weights_in(double.parameters)
        self._spans = Spans(double.lanes, [layer[0].size for layer in weights])
        shape = (double.lanes, len(weights))
        # Before the first step there is no update to look at.
        self.values: dict[str, Array] = {
            "lost_update_share": np.full(shape, np.nan),
            "update_efficiency": np.full(shape, np.nan),
        }

    def watch(self, network: Network, workspace: Workspace) -> None:
        """Compare the gradients; to be called between the backward pass and the update."""
        begin = time.thread_time()
        counted, added, exact = self._spans.counted, self._spans.added, self._exact
        own = side_by_side(network.weights_in(network.gradients)) * _LIFT
        error, present = own - exact, exact != 0
        self.values |= {
            "gradient_noise": np.sqrt(added(error * error) / added(exact * exact)),
            "wrong_sign_share": counted(own * exact < 0) / counted(present),
            "underflow_share": counted(present & (own == 0)) / counted(present),
        }
        self.seconds = time.thread_time() - begin

    def finish(self, network: Network) -> None:
        """Compare the weights with those before the update."""
        moved = np.subtract(_held(network), self._before, dtype=np.float64)
        update = -side_by_side(network.weights_in(self._update)).astype(np.float64)
        # The last breath of a dead unit's momentum is no signal that could be lost.
        tried = (update != 0) & (self._exact != 0)
        counted, added = self._spans.counted, self._spans.added
        self.values |= {
            "lost_update_share": counted(tried & (moved == 0)) / counted(tried),
            "update_efficiency": added(moved * update) / added(update * update),
        }


def _held(network: Network) -> Array:
    """The weights with all that is remembered of them, flat."""
    return side_by_side(network.weights_in(network.rounding.store.held(network.parameters)))
