"""One step of training: loss, gradients, penalties, clipping, decay, update."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .contestant import Contestant
from .losses import LOSSES
from .network import Network
from .optimizers import OPTIMIZERS, Step, clip_by_norm, decay, penalise
from .price import LONGEST_PASS
from .ready import Call, replay
from .schedules import SCHEDULES
from .sections import TrainingSettings
from .seeds import Part
from .workspace import Workspace, Workspaces

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
        self._rate = 0.0  # of the last step
        self.diverged = np.full(network.lanes, -1)
        self._own_rate = contestant.learning_rate
        optimizer = OPTIMIZERS[training.optimizer]
        self._state = [np.zeros_like(network.parameters) for _ in range(optimizer.slots)]
        self.update = np.empty_like(network.parameters)
        self._mask = _decay_mask(network, training.decay_applies_to)
        self._longest = longest_pass(network)
        self.use(training)

    def use(self, training: TrainingSettings) -> None:
        """Train with these settings from the next step on; only live ones may differ.

        What was planned before is of no more use.
        """
        base = training.learning_rate if self._own_rate is None else self._own_rate
        factor = SCHEDULES[training.schedule].ready(
            training.steps, training.warmup, training.period, training.gamma
        )
        self._rate_at: Callable[[int], float] = lambda step: base * factor(step)
        self._update = list(self._plan_update(training))

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, its schedule included."""
        return self._rate_at(self.steps)

    def plan(self, batch: Part) -> list[Call]:
        """The calls of one update from whatever then stands in this batch's arrays."""
        return [*self._plan_gradients(batch), *self.network.looks, *self._update]

    def step(self, batch: Part, *watches: Watch) -> None:
        """One update from one batch. `watches` see the loss's gradients as they were."""
        workspace = self.gradients(batch)
        self.network.look()
        for watch in watches:
            watch(self.network, workspace)
            self.network.look()
        replay(self._update)

    def gradients(self, batch: Part) -> Workspace:
        """Forward and backward over one batch; leaves its gradient in the network.

        A batch too large for one short pass is taken in parts, and their gradients are added.
        Returns the workspace of the pass, or of the last part's.
        """
        replay(self._plan_gradients(batch))
        return self._workspace(batch.size % self._longest or self._longest)

    def _workspace(self, points: int) -> Workspace:
        return self.workspaces.of(self.network, points)

    def _plan_gradients(self, batch: Part) -> list[Call]:
        if batch.size > self._longest:
            return [partial(self._gradients_in_parts, batch)]
        workspace = self._workspace(batch.size)
        rounded = self.rounding.after_passes(self.network.gradients, workspace.delta)
        return [*self._plan_passes(batch, workspace, 1.0), *rounded]

    def _gradients_in_parts(self, batch: Part) -> None:
        total = np.zeros_like(self.network.gradients)
        for start in range(0, batch.size, self._longest):
            part = batch.columns(slice(start, min(start + self._longest, batch.size)))
            workspace = self._workspace(part.size)
            replay(self._plan_passes(part, workspace, part.size / batch.size))
            total += self.network.gradients
        self.network.gradients[...] = total
        replay(self.rounding.after_passes(self.network.gradients, workspace.delta))

    def _plan_passes(self, batch: Part, workspace: Workspace, share: float) -> list[Call]:
        """The gradient of `share` of the batch's mean loss."""
        network = self.network
        return [
            *network.plan_forward(batch.inputs, workspace, training=True),
            self._alarm(workspace, batch.targets),
            *self.loss.code(batch.targets, workspace.coded),
            *self._plan_delta(workspace, share * self.rounding.loss_scale),
            *network.plan_backward(workspace),
        ]

    def _plan_delta(self, workspace: Workspace, factor: float) -> list[Call]:
        """`factor` times the loss's gradient by the outputs."""
        delta, calls = workspace.delta[-1], list(workspace.gradient_of(self.loss))
        if factor != 1:
            calls.append(partial(np.multiply, delta, factor, delta))
        return [*calls, *self.rounding.passed(delta)]

    def _alarm(self, workspace: Workspace, targets: Array) -> Call:
        """A cheap one: an output that is not finite, or whose square is not, shows in the sum."""
        square, flat = workspace.flat_outputs.dot, workspace.flat_outputs

        def alarm() -> None:
            if not math.isfinite(square(flat)):
                self._find_diverged(workspace.outputs, targets)

        return alarm

    def _plan_update(self, training: TrainingSettings) -> Iterator[Call]:
        """From the loss's gradients to new parameters."""
        network, update, mask = self.network, self.update, self._mask
        parameters, gradients = network.parameters, network.gradients
        optimizer, decaying = OPTIMIZERS[training.optimizer], training.weight_decay
        settings = asdict(training)
        hyper = {name: settings[name] for name in optimizer.hyperparameters}
        step = optimizer.stepper(gradients, self._state, hyper, update)
        if training.l1 or training.l2:
            penalties = training.l1, training.l2
            yield partial(penalise, parameters, gradients, mask, *penalties, update)
        if training.clip_norm:
            yield partial(clip_by_norm, gradients, training.clip_norm)
        if decaying and not optimizer.decoupled:
            yield partial(decay, parameters, gradients, mask, decaying, update)
        yield partial(self._begin, step)
        yield from step.calls
        if decaying and optimizer.decoupled:
            yield partial(self._decay_apart, decaying)
        yield self.rounding.store.taking(parameters, update)
        yield from network.projections
        yield from self.rounding.after_step(self._state, optimizer.units(hyper))

    def _begin(self, step: Step) -> None:
        self._rate = self.learning_rate
        self.steps += 1
        step.begin(self.steps, self._rate)

    def _decay_apart(self, strength: float) -> None:
        """Decoupled decay; the gradients have been used by then."""
        network, strength = self.network, self._rate * strength
        decay(network.parameters, self.update, self._mask, strength, network.gradients)

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
