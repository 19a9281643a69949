"""One step of training: loss, gradients, penalties, clipping, decay, update."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from .contestant import Contestant
from .losses import LOSSES
from .network import Network, Workspace, Workspaces
from .optimizers import OPTIMIZERS, clip_by_norm, decay, penalise
from .price import LONGEST_PASS
from .schedules import SCHEDULES
from .sections import TrainingSettings
from .seeds import Part

Array = NDArray[np.floating]
# What one core does in some 10 ms where matrices are large, in float32, which leaves room for
# several lanes.
MULTIPLY_ADDS_A_CALL = 2**29

Watch = Callable[[Network, Workspace], None]


class Trainer:
    """Trains the lanes of one network; `steps` counts the updates made.

    `update` is what the optimiser took from the parameters at the last of them, decay included.
    `diverged` `(lanes,)` is the step after which a lane's loss was no longer finite, -1 where it
    still is. A diverged lane's parameters are NaN: it goes no further and disturbs no other.
    """

    def __init__(
        self,
        network: Network,
        contestant: Contestant,
        training: TrainingSettings,
        loss: str,
        workspaces: Workspaces | None = None,
    ) -> None:
        self.network = network
        self.rounding = network.rounding
        self.rounding.store.start(network.parameters)
        self.workspaces = workspaces or Workspaces()
        self.loss = LOSSES[loss]
        self.steps = 0
        self.diverged = np.full(network.lanes, -1)
        self._own_rate = contestant.learning_rate
        optimizer = OPTIMIZERS[training.optimizer]
        self._state = [np.zeros_like(network.parameters) for _ in range(optimizer.slots)]
        self.update = np.empty_like(network.parameters)
        self._mask = _decay_mask(network, training.decay_applies_to)
        self._longest = longest_pass(network)
        self.use(training)

    def use(self, training: TrainingSettings) -> None:
        """Train with these settings from the next step on; only live ones may differ."""
        self.training = training
        self._optimizer = OPTIMIZERS[training.optimizer]
        self._schedule = SCHEDULES[training.schedule]
        self._hyper = {
            name: value
            for name, value in asdict(training).items()
            if name in self._optimizer.hyperparameters
        }
        self._units = self._optimizer.units(self._hyper)
        buffers = self.network.gradients, self._state
        self._step = self._optimizer.stepper(*buffers, self._hyper, self.update)

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, its schedule included."""
        training = self.training
        base = training.learning_rate if self._own_rate is None else self._own_rate
        return base * self._schedule.factor(
            self.steps, training.steps, training.warmup, training.period, training.gamma
        )

    def gradients(self, batch: Part) -> Workspace:
        """Forward and backward over one batch; leaves its gradient in the network.

        A batch too large for one short pass is taken in parts, and their gradients are added.
        Returns the workspace of the pass, or of the last part's.
        """
        if batch.size <= self._longest:
            workspace = self._pass(batch, 1.0)
        else:
            workspace = self._pass_in_parts(batch)
        self.rounding.gradients(self.network.gradients, workspace.delta)
        return workspace

    def _pass_in_parts(self, batch: Part) -> Workspace:
        total = np.zeros_like(self.network.gradients)
        for start in range(0, batch.size, self._longest):
            part = batch.columns(slice(start, min(start + self._longest, batch.size)))
            workspace = self._pass(part, part.size / batch.size)
            total += self.network.gradients
        self.network.gradients[...] = total
        return workspace

    def _pass(self, batch: Part, share: float) -> Workspace:
        """The gradient of `share` of the batch's mean loss."""
        workspace = self.workspaces.of(self.network, batch.size)
        outputs = self.network.forward(batch.inputs, workspace, training=True)
        workspace.targets[...] = batch.targets
        flat = workspace.flat_outputs
        # A cheap alarm: an output that is not finite, or whose square is not, shows in the sum.
        if not math.isfinite(flat.dot(flat)):
            self._find_diverged(outputs, batch.targets)
        workspace.gradient_of(self.loss)()
        delta = workspace.delta[-1]
        factor = share * self.rounding.loss_scale
        if factor != 1:
            delta *= factor
        self.rounding.passed(delta)
        self.network.backward(workspace)
        return workspace

    def step(self, batch: Part, *watches: Watch) -> None:
        """One update from one batch. `watches` see the loss's gradients as they were."""
        network, training = self.network, self.training
        workspace = self.gradients(batch)
        network.look()
        for watch in watches:
            watch(network, workspace)
            network.look()
        parameters, gradients, update = network.parameters, network.gradients, self.update
        rate, optimizer = self.learning_rate, self._optimizer
        if training.l1 or training.l2:
            penalise(parameters, gradients, self._mask, training.l1, training.l2, update)
        if training.clip_norm:
            clip_by_norm(gradients, training.clip_norm)
        if training.weight_decay and not optimizer.decoupled:
            decay(parameters, gradients, self._mask, training.weight_decay, update)
        self.steps += 1
        self._step(self.steps, rate)
        if training.weight_decay and optimizer.decoupled:
            decay(parameters, update, self._mask, rate * training.weight_decay, gradients)
        self.rounding.store.subtract(parameters, update)
        network.project()
        self.rounding.state(self._state, self._units)

    def _find_diverged(self, outputs: Array, targets: Array) -> None:
        """Freeze the lanes whose loss is not finite, with the number of updates that led there."""
        self.freeze(~np.isfinite(self.loss.value(outputs, targets)))

    def freeze(self, lanes: NDArray[np.bool_]) -> None:
        """Take lanes out of the race: their parameters become NaN, and the step is noted."""
        new = lanes & (self.diverged < 0)
        self.diverged[new] = self.steps
        self.network.parameters[new] = np.nan


def longest_pass(network: Network) -> int:
    """Points that one pass takes at most, so that no array call lasts over about 50 ms.

    By the largest layer and the precision alone, never by the lanes: it decides in which order
    gradients add up. float64 takes twice the time.
    """
    largest = max(layer.units * layer.weights.shape[2] for layer in network.layers)
    slower = network.parameters.itemsize // 4
    return int(np.clip(MULTIPLY_ADDS_A_CALL // (slower * largest), 64, LONGEST_PASS))


def _decay_mask(network: Network, applies_to: str) -> Array:
    """Which parameters decay acts on: weights, and what else the setting includes."""
    weights, biases = network.weight_mask, network.bias_mask
    masks: dict[str, Callable[[], Array]] = {
        "weights": lambda: weights,
        "biases": lambda: weights + biases,
        "parameters": lambda: 1 - biases,
        "all": lambda: np.ones_like(weights),
    }
    return masks[applies_to]()
