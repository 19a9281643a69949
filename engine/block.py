"""A block of a race: one contestant's lanes for some of the seeds, trained and read together."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .collapse import COLLAPSE_INPUTS, collapse
from .low_bits import Grid, LowBits, grids
from .measures import GradientReading, UnitReading
from .network import Network
from .ready import Call, replay
from .sections import TrainingSettings
from .seeds import Part
from .training import Trainer
from .twin import Twin
from .workspace import Workspace

Array = NDArray[np.floating]

# Calls of planned steps that are kept, at most 2 MB of them; to plan a step anew takes 7 µs.
MOST_PLANNED = 2**15

# Readings go through the points in runs of this many, whatever lanes lie in the block, so that a
# loss is summed in the same order in every company.
RUN = 128


class Block:
    """Contestant number `contestant` with the seeds of `seeds`.

    `seconds` is the processor time of its training steps alone. `noise` is what its twin found at
    the last watched step, empty where it took no part. `low_bits` says how activations are rounded
    where the lanes are judged; None: not at all.
    """

    def __init__(
        self,
        contestant: int,
        seeds: slice,
        trainer: Trainer,
        twin: Twin | None = None,
        low_bits: LowBits | None = None,
    ) -> None:
        self.contestant = contestant
        self.seeds = seeds
        self.trainer = trainer
        self.seconds = 0.0
        self.gradients = GradientReading(trainer.network)
        self.noise: dict[str, Array] = {}
        self._twin = twin
        self._low_bits = low_bits
        self._planned: dict[int, list[Call]] = {}  # by the batch's first column

    @property
    def network(self) -> Network:
        return self.trainer.network

    def advance(
        self,
        epoch: Part,
        batches: Sequence[slice],
        evaluated: bool = False,
        recorded: bool = False,
        twinned: bool = False,
    ) -> None:
        """A step for each of these columns of the epoch, with an eye on the last one's gradients.

        Of a step that will be `evaluated` their norm is read, of one to be `recorded` all of them;
        one that is `twinned` as well is repeated by the twin.
        """
        watched = evaluated or recorded
        begin = time.thread_time()
        for columns in batches[: -1 if watched else None]:
            replay(self._planned.get(columns.start) or self._plan(epoch, columns))
        self.seconds += time.thread_time() - begin
        if watched:
            part = epoch.of(self.seeds).columns(batches[-1])
            self.seconds += self._watched_step(part, recorded, twinned)

    def use(self, training: TrainingSettings) -> None:
        """Train with these settings from the next step on; only live ones may differ."""
        self._planned.clear()
        self.trainer.use(training)

    def _plan(self, epoch: Part, columns: slice) -> list[Call]:
        """The calls of a step; an epoch's points are shuffled where they lie, so they stay."""
        calls = self.trainer.plan(epoch.of(self.seeds).columns(columns))
        if len(self._planned) * len(calls) < MOST_PLANNED:
            self._planned[columns.start] = calls
        return calls

    def _watched_step(self, batch: Part, recorded: bool, twinned: bool) -> float:
        """One step and the readings of it; returns the seconds of the step alone."""
        gradients = self.gradients
        noise = self._twin.begin(self.trainer, batch) if self._twin and twinned else None
        watches = [gradients.watch if recorded else gradients.watch_norm]
        watches += [noise.watch] if noise else []
        begin = time.thread_time()
        self.trainer.step(batch, *watches)
        seconds = time.thread_time() - begin - gradients.seconds - (noise.seconds if noise else 0)
        if recorded:
            gradients.finish(self.network)
        if noise:
            noise.finish(self.network)
        self.noise = noise.values if noise else {}
        return seconds

    def look(self, batch: Part) -> None:
        """Read the gradients of a batch without an update, as before the first step."""
        part = batch.of(self.seeds)
        noise = self._twin.begin(self.trainer, part) if self._twin else None
        workspace = self.trainer.gradients(part)
        self.network.look()
        self.gradients.watch(self.network, workspace)
        self.gradients.rest(self.network)
        self.network.look()
        if noise:
            noise.watch(self.network, workspace)
            self.noise = noise.values
            self.network.look()

    def read_units(self, probe: Part) -> UnitReading:
        part = probe.of(self.seeds)
        return UnitReading(self.network, self._forward(part.inputs))

    def read_collapse(self, probe: Part) -> dict[str, Array]:
        part = probe.of(self.seeds).columns(slice(0, COLLAPSE_INPUTS))
        workspace = self._forward(part.inputs)
        return collapse(workspace.values[1:])

    def evaluate(self, points: Part) -> tuple[Array, Array]:
        """Mean loss and share of right classes (of no meaning for values), each `(lanes,)`."""
        part = points.of(self.seeds)
        loss = np.zeros(self.network.lanes)
        right = np.zeros(self.network.lanes)
        levels = self._levels()
        for run in _runs(part.size):
            some = part.columns(run)
            outputs = self._forward(some.inputs, levels).outputs
            loss += self.trainer.loss.value(outputs, some.targets).astype(np.float64) * some.size
            right += (classes(outputs) == classes(some.targets, 0.5)).sum(axis=1)
        return loss / part.size, right / part.size

    def predict(self, inputs: Array) -> Array:
        """Outputs `(lanes, outputs, n)` for inputs `(lanes or 1, fan_in + 1, n)`."""
        levels = self._levels()
        answers = [
            self._forward(inputs[:, :, run], levels).outputs.copy()
            for run in _runs(inputs.shape[2])
        ]
        return np.concatenate(answers, axis=2)

    def _levels(self) -> Sequence[Grid]:
        """What activations are rounded to, found on the unrounded networks as they are now."""
        if self._low_bits is None:
            return ()
        workspace = self._forward(self._low_bits.points.of(self.seeds).inputs)
        return grids(workspace.values[1:], self._low_bits.bits)

    def _forward(self, inputs: Array, levels: Sequence[Grid] = ()) -> Workspace:
        workspace = self.trainer.workspaces.of(self.network, inputs.shape[2])
        self.network.forward(inputs, workspace, levels=levels)
        return workspace


def _runs(points: int) -> list[slice]:
    return [slice(start, min(start + RUN, points)) for start in range(0, points, RUN)]


def classes(values: Array, middle: float = 0.0) -> NDArray[np.intp]:
    """The class of each point, `(lanes, n)`, from outputs or targets `(lanes, units, n)`.

    One unit means class 1 above `middle`: 0 for logits, ½ for targets.
    """
    if values.shape[1] == 1:
        return (values[:, 0] > middle).astype(np.intp)
    # The first of the largest: argmax of the values themselves takes several times as long.
    largest = values == values.max(axis=1, keepdims=True)
    return np.asarray(largest.argmax(axis=1))
