"""Photographs of a race's networks: how they are best looked at, and what they answer there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block, classes
from .experiment import Experiment
from .fit import MAX_DOTS, Fit, FitView
from .pieces import Segment, bend
from .sections import PopulationSettings
from .seeds import Rows, SeedData
from .tasks import TASKS

Array = NDArray[Any]

CURVE_POINTS = 241
PLANE_POINTS = 41
# Hidden units of a lane, beyond which finding its kinks would hold up a race that is looked at.
MOST_UNITS = 512


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
        some = cut.test[:MAX_DOTS]
        points, truth = read.inputs[some], read.targets[some, 0]
    dots = cut.train[: MAX_DOTS if kind in ("curve", "plane") else 0]
    return FitView(
        kind=kind,
        points=points,
        truth=truth,
        train_inputs=read.inputs[dots],
        train_targets=read.targets[dots],
        feature_names=read.feature_names,
        class_names=read.class_names,
        extent=extent,
        heights=_extent(read.targets),
    )


def _kind(first: Rows) -> str:
    if first.features == 1 and first.outputs == 1:
        return "curve"
    if first.features == 2 and first.outputs == 1:
        return "plane"
    return "scatter" if first.kind == "regression" else "confusion"


def _extent(values: Array) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def photograph(
    step: int,
    view: FitView,
    data: SeedData,
    blocks: Sequence[Block],
    population: PopulationSettings,
) -> Fit:
    """What the networks of `blocks` answer at this step, for the first of the race's seeds."""
    shown = view.seeds(population.seeds)
    if view.kind == "confusion":
        return Fit(step, counts=_gather(blocks, shown, lambda block: _counts(block, data)))
    columns = view.columns.astype(data.train.inputs.dtype)
    outputs = _gather(blocks, shown, lambda block: _answers(block, columns))
    kept = population.histogram_seed - 1
    return Fit(step, outputs, kinks=_kinks(view, blocks, kept) if view.kind == "curve" else None)


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


def _kinks(view: FitView, blocks: Sequence[Block], seed: int) -> Array | None:
    """Where one seed's curves have corners, as in `Fit`; None for networks of too many units."""
    if any(sum(layer.units for layer in block.network.hidden) > MOST_UNITS for block in blocks):
        return None
    segment = Segment(*view.points[[0, -1]].astype(np.float64))
    rows = [np.empty(0)] * (1 + max(block.contestant for block in blocks))
    for block in blocks:
        if block.seeds.start <= seed < block.seeds.stop:
            found = _bends(block, seed - block.seeds.start, segment)
            rows[block.contestant] = segment.inputs(found)[0, 0]
    kinks = np.full((len(rows), max(map(len, rows))), np.nan)
    for places, row in zip(kinks, rows, strict=True):
        places[: len(row)] = row
    kinks.flags.writeable = False
    return kinks


def _bends(block: Block, lane: int, segment: Segment) -> Array:
    """The places of a lane's kinks on the segment; none of one that is curved, or out."""
    running = block.trainer.diverged[lane] < 0
    if block.network.activation.curved or not running:
        return np.empty(0)
    kinks = bend(block.network, lane, segment).kinks
    assert kinks is not None, "an activation of straight lines has kinks to be looked for"
    return kinks


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
