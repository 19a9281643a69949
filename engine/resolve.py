"""Automatic values become numbers, by fixed rules that look at sizes and data alone."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from .budget import within_budget
from .convergence import Criterion
from .experiment import Experiment
from .files import sha256_of
from .losses import LOSSES
from .low_bits import LowBits
from .seeds import Part, Rows, SeedData
from .settings import Refusal
from .tasks import DEFAULT_LOSSES, TASKS

# How much of the training time each kind of automatic reading may take, and how many of it a race
# has at least. Both kinds together stay well under a twentieth, the dearest activations included.
READING_SHARE = 0.01
LEAST_READINGS = 50

# Rough costs of one lane, in seconds, that only have to be right against each other: a
# multiplication with what comes along with it, and the array calls of a layer, for a step, for an
# evaluation and for a record.
MULTIPLICATION = 4e-10
STEP_CALLS = 12e-6
EVALUATION_CALLS = 60e-6
RECORD_CALLS = 120e-6
TRAIN_SUBSET = 256

# The float64 twin costs about so many steps in float32, and fewer in what is emulated. It may take
# a smaller share of the time than the other readings; a short race has at least so many of it, as
# far as they keep within a tenth.
TWIN_STEPS = 3.5
TWIN_SHARE = 0.02
LEAST_TWINS = 10
LARGEST_TWIN_SHARE = 0.1


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
        task = dataclasses.replace(task, sha256=sha256_of(Path(task.table)))
        experiment = dataclasses.replace(experiment, task=task)
    population = experiment.population
    quality = population.quality_for(data.first.kind)
    for name, chosen in (("criterion", population.criterion), ("quality", quality)):
        if chosen.endswith("accuracy") and data.first.kind == "regression":
            raise Refusal(f"population.{name}", chosen, "must be a loss: values have no accuracy")
    layers = sizes(experiment, data.first)
    probe = probe_size(experiment, data.train.size)
    # Levels for few bits are found anew for each of the parts that are evaluated.
    levels = 3 * probe if experiment.network.activation_bits else 0
    evaluation = _seconds(layers, _evaluated(data) + levels, EVALUATION_CALLS)
    record = _seconds(layers, 2 * probe, RECORD_CALLS)
    record_every = population.record_every or _every(experiment, data, record)
    population = dataclasses.replace(
        population,
        quality=quality,
        threshold=population.threshold or _threshold(experiment, data),
        evaluate_every=population.evaluate_every or _every(experiment, data, evaluation),
        record_every=record_every,
        twin_every=population.twin_every or _twin_every(experiment, record_every),
    )
    return dataclasses.replace(experiment, population=population)


def probe_size(experiment: Experiment, points: int) -> int:
    """Points on which units are looked at, of so many: a few batches' worth, 128 to 512."""
    return min(int(np.clip(4 * experiment.training.batch(points), 128, 512)), points)


def sizes(experiment: Experiment, first: Rows) -> tuple[int, ...]:
    """Units from input to output. Raises Refusal as `within_budget`."""
    experiment = within_budget(experiment, first.features, first.outputs)
    return (first.features, *experiment.network.hidden, first.outputs)


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


def _evaluated(data: SeedData) -> int:
    return min(data.train.size, TRAIN_SUBSET) + data.test.size + data.validation.size


def _every(experiment: Experiment, data: SeedData, reading: float) -> int:
    """Steps between readings of that cost: few enough to stay cheap, enough for a curve."""
    training, layers = experiment.training, sizes(experiment, data.first)
    # A step goes through its batch three times: forward, and back to weights and to activations.
    step = _seconds(layers, 3 * training.batch(data.train.size), STEP_CALLS)
    cheap = math.ceil(reading / step / READING_SHARE)
    return min(cheap, max(1, training.steps // LEAST_READINGS)) if training.steps else cheap


def _twin_every(experiment: Experiment, record_every: int) -> int:
    """Records between two looks at the twin; 0 where there is none."""
    if not experiment.network.has_twin:
        return 0
    steps = TWIN_STEPS / TWIN_SHARE
    if experiment.training.steps:
        least = experiment.training.steps / LEAST_TWINS
        steps = min(steps, max(least, TWIN_STEPS / LARGEST_TWIN_SHARE))
    return max(1, math.ceil(steps / record_every))


def _seconds(layers: Sequence[int], points: int, calls: float) -> float:
    """Rough cost of one pass of so many points, by the sizes of one lane alone."""
    return sum(
        points * fan_out * (fan_in + 20) * MULTIPLICATION + calls
        for fan_in, fan_out in pairwise(layers)
    )
