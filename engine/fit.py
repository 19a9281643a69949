"""What the networks have learnt, as people look at it: a curve, a map, hits and misses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block, classes
from .experiment import Experiment
from .seeds import Rows, SeedData
from .tasks import TASKS

Array = NDArray[Any]

MAX_SEEDS = 16
CURVE_POINTS = 241
PLANE_POINTS = 41


@dataclass(frozen=True)
class FitView:
    """Where a race's networks are looked at; fixed for the race.

    kind: "curve" (one input), "plane" (two inputs: a square grid, row by row from the lowest
    second input), "confusion" (classes), or "scatter" (any other regression: the first seed's
    test points). points: (n, features) and truth: (n,) or None, as the networks read them.
    `extent` is the lowest and highest input shown. `train_…` and `test_…` are the first seed's.
    """

    kind: str
    points: Array
    truth: Array | None
    train_inputs: Array
    train_targets: Array
    test_inputs: Array
    test_targets: Array
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    extent: tuple[float, float]

    @property
    def columns(self) -> Array:
        """The points as a network reads them, (1, features + 1, n)."""
        ones = np.ones((len(self.points), 1))
        return np.concatenate([self.points, ones], axis=1).T[None]


@dataclass(frozen=True)
class Fit:
    """What the networks answer, read-only, for the first `MAX_SEEDS` seeds at most.

    outputs: (contestants, seeds, n), values or the probability of class 1; a scatter has the
    first seed alone. counts: (contestants, seeds, classes, classes), rows true, columns predicted.
    """

    outputs: Array | None = None
    counts: NDArray[np.int64] | None = None


def fit_view(experiment: Experiment, data: SeedData) -> FitView:
    """How this race's fit is best looked at."""
    read, cut = data.first.read, data.first.split
    kind = _kind(data.first)
    extent = TASKS[experiment.task.data].domain or _extent(read.inputs)
    points, truth = np.empty((0, data.first.features)), None
    if kind == "curve":
        points = np.linspace(*extent, CURVE_POINTS)[:, None]
        target = TASKS[experiment.task.data].target
        truth = None if target is None else target(experiment.task, points[:, 0])
    elif kind == "plane":
        axis = np.linspace(*extent, PLANE_POINTS)
        second, first = np.meshgrid(axis, axis, indexing="ij")
        points = np.stack([first.ravel(), second.ravel()], axis=1)
    elif kind == "scatter":
        points, truth = read.inputs[cut.test], read.targets[cut.test, 0]
    return FitView(
        kind=kind,
        points=points,
        truth=truth,
        train_inputs=read.inputs[cut.train],
        train_targets=read.targets[cut.train],
        test_inputs=read.inputs[cut.test],
        test_targets=read.targets[cut.test],
        feature_names=read.feature_names,
        class_names=read.class_names,
        extent=extent,
    )


def _kind(first: Rows) -> str:
    if first.features == 1 and first.outputs == 1:
        return "curve"
    if first.features == 2 and first.outputs == 1:
        return "plane"
    return "scatter" if first.kind == "regression" else "confusion"


def _extent(inputs: Array) -> tuple[float, float]:
    return float(inputs.min()), float(inputs.max())


def photograph(view: FitView, data: SeedData, blocks: Sequence[Block], seeds: int) -> Fit:
    """What the networks of `blocks` answer now, for the first of the race's `seeds`."""
    if view.kind == "confusion":
        return Fit(
            counts=_gather(blocks, min(seeds, MAX_SEEDS), lambda block: _counts(block, data))
        )
    shown = 1 if view.kind == "scatter" else min(seeds, MAX_SEEDS)
    columns = view.columns.astype(data.train.inputs.dtype)
    return Fit(outputs=_gather(blocks, shown, lambda block: _answers(block, columns)))


def _gather(blocks: Sequence[Block], seeds: int, read: Callable[[Block], Array]) -> Array:
    """What `read` finds in the blocks `(lanes, …)`, as (contestants, seeds, …), read-only."""
    rows: dict[int, list[Array]] = {}
    for block in blocks:
        if block.seeds.start < seeds:
            rows.setdefault(block.contestant, []).append(read(block))
    gathered = np.stack([np.concatenate(rows[place])[:seeds] for place in sorted(rows)])
    gathered.flags.writeable = False
    return gathered


def _answers(block: Block, columns: Array) -> Array:
    return block.trainer.loss.response(block.predict(columns))[:, 0]


def _counts(block: Block, data: SeedData) -> Array:
    test = data.test.of(block.seeds)
    return confusion(block.predict(test.inputs), test.targets)


def confusion(outputs: Array, targets: Array) -> NDArray[np.int64]:
    """Counts (lanes, classes, classes) of true against predicted class.

    Both are (lanes, units, n): one unit, class 1 above 0, or one a class.
    """
    number = max(2, outputs.shape[1])
    pairs = classes(targets, 0.5) * number + classes(outputs)
    counts = [np.bincount(lane, minlength=number * number) for lane in pairs]
    return np.stack(counts).reshape(len(outputs), number, number)
