"""Automatic values become numbers, by fixed rules that look at sizes and data alone."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from .budget import within_budget
from .cadence import Sizes
from .convergence import Criterion
from .experiment import Experiment
from .losses import LOSSES
from .low_bits import LowBits
from .seeds import Part, Rows, SeedData
from .settings import Refusal
from .tables import read_table
from .tasks import DEFAULT_LOSSES, TASKS

# Points of the training set on which the training loss is read.
TRAIN_SUBSET = 256


def resolve(experiment: Experiment, data: SeedData) -> Experiment:
    """The experiment with every automatic value filled in.

    Refuses a loss that does not fit, and a budget as `within_budget` does.
    """
    experiment = within_budget(experiment, data.first.features, data.first.outputs)
    loss = experiment.training.loss
    if loss == "automatic":
        loss = DEFAULT_LOSSES[data.first.kind]
    if data.first.kind not in LOSSES[loss].kinds:
        raise Refusal("training.loss", loss, f"must fit {data.first.kind} data")
    training = dataclasses.replace(experiment.training, loss=loss)
    experiment = dataclasses.replace(experiment, training=training)
    if "table" in TASKS[experiment.task.data].uses:
        task = experiment.task
        task = dataclasses.replace(task, sha256=read_table(task.table, task.target).sha256)
        experiment = dataclasses.replace(experiment, task=task)
    population = experiment.population
    quality = population.quality_for(data.first.kind)
    for name, chosen in (("criterion", population.criterion), ("quality", quality)):
        if chosen.endswith("accuracy") and data.first.kind == "regression":
            raise Refusal(f"population.{name}", chosen, "must be a loss: values have no accuracy")
    often = cadence_sizes(experiment, data).every(experiment.training.steps)
    record_every = population.record_every or often["record"]
    population = dataclasses.replace(
        population,
        quality=quality,
        threshold=population.threshold or _threshold(experiment, data),
        evaluate_every=population.evaluate_every or often["evaluation"],
        record_every=record_every,
        twin_every=population.twin_every or _records(experiment, often["twin"], record_every),
    )
    return dataclasses.replace(experiment, population=population)


def probe_size(experiment: Experiment, points: int) -> int:
    """Points on which units are looked at, of so many: a few batches' worth, 128 to 512."""
    return min(int(np.clip(4 * experiment.training.batch(points), 128, 512)), points)


def sizes(experiment: Experiment, first: Rows) -> tuple[int, ...]:
    """Units from input to output. Raises Refusal as `within_budget`."""
    experiment = within_budget(experiment, first.features, first.outputs)
    return (first.features, *experiment.network.hidden, first.outputs)


def cadence_sizes(experiment: Experiment, data: SeedData) -> Sizes:
    """The sizes by which automatic readings are priced, never the number of lanes."""
    probe = probe_size(experiment, data.train.size)
    # Levels for few bits are found anew for each of the parts that are evaluated.
    levels = 3 * probe if experiment.network.activation_bits else 0
    held_out = data.test.size + data.validation.size
    return Sizes(
        layers=sizes(experiment, data.first),
        batch=experiment.training.batch(data.train.size),
        evaluated=min(data.train.size, TRAIN_SUBSET) + held_out + levels,
        probed=probe,
    )


def criterion(experiment: Experiment, data: SeedData) -> Criterion:
    """The criterion of a resolved experiment, on validation data where there are some."""
    population = experiment.population
    held_out = "validation" if data.validation.size else "test"
    channel = {
        "loss": f"{held_out}_loss",
        "accuracy": f"{held_out}_accuracy",
        "train_loss": "train_loss",
    }[population.criterion]
    above = population.criterion == "accuracy"
    return Criterion(channel, population.threshold, population.hold, above)


def low_bits_of(experiment: Experiment, data: SeedData) -> LowBits | None:
    """How activations are rounded where lanes are judged, by their ranges on the probe."""
    bits = experiment.network.activation_bits
    probe = data.train.columns(slice(0, probe_size(experiment, data.train.size)))
    return LowBits(bits, probe) if bits else None


def baseline(loss: str, part: Part) -> np.ndarray:
    """What the best constant answer scores on each seed's points, (seeds or 1,)."""
    return np.asarray(LOSSES[loss].trivial(part.targets), np.float64)


def _threshold(experiment: Experiment, data: SeedData) -> float:
    """The task's share of the first seed's baseline, so that more seeds do not move it."""
    share = TASKS[experiment.task.data].criterion_share
    held_out = data.validation if data.validation.size else data.test
    if experiment.population.criterion == "accuracy":
        commonest = float(held_out.targets[0].mean(axis=1).max())
        if len(held_out.targets[0]) == 1:
            commonest = max(commonest, 1 - commonest)
        return _round(1 - share * (1 - commonest))
    part = data.train if experiment.population.criterion == "train_loss" else held_out
    return _round(share * float(baseline(experiment.training.loss, part.columns(slice(None)))[0]))


def _round(value: float) -> float:
    """Three digits: a threshold that people can read and type."""
    return float(f"{value:.3g}")


def _records(experiment: Experiment, steps: int, record_every: int) -> int:
    """Records between two looks at the twin, at least so many steps; 0 where there is none."""
    return math.ceil(steps / record_every) if experiment.network.has_twin else 0
