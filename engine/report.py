"""What a finished race leaves behind besides images: its curves as CSV, its results as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .experiment import Experiment
from .experiment_file import as_tables
from .files import whole_file
from .recording import Recording
from .track import Array

FORMAT = 1
REFERENCE = "relu"  # what the others are compared with, where it races


def contestant_names(experiment: Experiment) -> list[str]:
    """The contestants' names; one that comes again carries its number, as "ReLU (2)"."""
    seen: Counter[str] = Counter()
    names = []
    for contestant in experiment.contestants:
        seen[contestant.name] += 1
        again = seen[contestant.name]
        names.append(contestant.name if again == 1 else f"{contestant.name} ({again})")
    return names


def write_curves(recording: Recording, path: Path) -> None:
    """One CSV row a lane and recorded row, lane after lane; what does not exist is left empty.

    A thinned row covers `first_step` to `step` and gives the values at `step`. `seconds` is the
    contestant's training time over all its seeds. Raises OSError.
    """
    curves = recording.curves
    channels = ["seconds", "epoch", *(n for n in curves.names if n not in ("seconds", "epoch"))]
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["contestant", "seed", "step", "first_step", *channels])
        first_steps, last_steps = curves.steps.T.tolist()
        for c, name in enumerate(contestant_names(recording.experiment)):
            for s, seed in enumerate(recording.experiment.population.seed_numbers):
                columns = [_of_lane(curves.values(channel), c, s) for channel in channels]
                for step, first_step, *values in zip(
                    last_steps, first_steps, *columns, strict=True
                ):
                    writer.writerow([name, seed, step, first_step, *map(_cell, values)])
        text.flush()
        text.detach()


def _of_lane(values: Array, contestant: int, seed: int) -> list[float]:
    """One lane's column of a channel that is kept a lane, a contestant or once for all."""
    lane = values[(slice(None), contestant, seed)[: values.ndim]]
    return [float(value) for value in lane]


def _cell(value: float) -> float | str:
    return "" if math.isnan(value) else value


def write_summary(recording: Recording, path: Path, costs: Sequence[float] | None = None) -> None:
    """`summary` as strict JSON. Raises OSError."""
    text = json.dumps(summary(recording, costs), indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write(text.encode() + b"\n")


def summary(recording: Recording, costs: Sequence[float] | None = None) -> dict[str, Any]:
    """The race in numbers, ready for JSON: what is unknown or not finite is None.

    `costs` are seconds a step and lane, (C,), measured apart. A diverged lane ranks worst
    everywhere and is never dropped, so a median it reaches into is None.
    """
    experiment, facts = recording.experiment, recording.facts
    names = contestant_names(experiment)
    results: list[dict[str, Any]] = []
    for c, contestant in enumerate(experiment.contestants):
        results.append(
            {
                "contestant": names[c],
                "activation": contestant.activation,
                **{channel: _ends(recording, channel, c) for channel in _scores(recording)},
                "convergence": _convergence(recording, c),
                "diverged": sum(
                    e.kind == "diverged" and e.contestant == c for e in recording.events
                ),
                "dead_share_at_the_end": _dead_share(recording, c),
                "seconds": recording.seconds[c],
                "seconds_per_step": None if costs is None else costs[c],
            }
        )
    report: dict[str, Any] = _plain(
        {
            "format": FORMAT,
            "experiment": as_tables(recording.replay_experiment()),
            "facts": facts.to_json(),
            "last_step": recording.last_step,
            "finished": any(event.kind == "finished" for event in recording.events),
            "results": results,
            "comparisons": _comparisons(recording, names),
        }
    )
    return report


def _scores(recording: Recording) -> list[str]:
    return [name for name in recording.curves.names if name.endswith(("_loss", "_accuracy"))]


def _ends(recording: Recording, channel: str, contestant: int) -> dict[str, Any]:
    """Median and quartiles over the seeds of the last and of the best value of a score."""
    rises = channel.endswith("_accuracy")
    worst, part = (-np.inf, "max") if rises else (np.inf, "min")
    best_of = np.fmax if rises else np.fmin
    best = best_of.reduce(recording.curves.values(channel, part)[:, contestant])
    final = recording.curves.values(channel)[-1, contestant]
    return {
        "final": _spread(np.where(np.isnan(final), worst, final)),
        "best": _spread(np.where(np.isnan(best), worst, best)),
    }


def _spread(values: Array) -> dict[str, float]:
    keys = ("lower_quartile", "median", "upper_quartile")
    return dict(zip(keys, (quantile(values, share) for share in (0.25, 0.5, 0.75)), strict=True))


def quantile(values: Array, share: float) -> float:
    """The linearly interpolated quantile, infinite as soon as it leans on an infinite value."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    if not np.isfinite(low) or not np.isfinite(high):
        return float(low if place == math.floor(place) or not np.isfinite(low) else high)
    return float(low + (high - low) * (place - math.floor(place)))


def _convergence(recording: Recording, contestant: int) -> dict[str, Any]:
    """Steps to the criterion: a lane that never holds it is censored, and counts as later."""
    steps = steps_to_criterion(recording)[contestant]
    reached = int(np.isfinite(steps).sum())
    return {
        "criterion": recording.facts.criterion,
        "threshold": recording.facts.threshold,
        "seeds": len(steps),
        "converged": reached,
        "share": reached / len(steps),
        "censored": len(steps) - reached,
        "censored_at_step": recording.last_step,
        "median_steps": quantile(steps, 0.5),
    }


def steps_to_criterion(recording: Recording) -> Array:
    """Step from which each lane first held the criterion, (C, S); infinite if it never did."""
    shape = (len(recording.experiment.contestants), recording.experiment.population.seeds)
    steps, met = np.full(shape, np.inf), np.full(shape, np.inf)
    for event in recording.events:
        lane = (event.contestant, event.seed)
        if event.kind == "met":
            met[lane] = event.step
        elif event.kind == "held" and np.isinf(steps[lane]):
            steps[lane] = met[lane]
    return steps


def _dead_share(recording: Recording, contestant: int) -> float | None:
    """Share of all hidden units of all its seeds that were dead when last looked at."""
    units = np.array(recording.facts.layer_units[:-1], float)
    if not len(units) or not len(recording.layers) or "dead_share" not in recording.layers.names:
        return None
    shares = recording.layers.values("dead_share")[-1, contestant, :, : len(units)]
    return float(np.mean(shares @ units / units.sum()))


def _comparisons(recording: Recording, names: list[str]) -> list[dict[str, Any]]:
    """Each contestant against plain ReLU (else the first), seed by seed, on the last test loss.

    The ratio is reference over contestant: positive logarithms say that the contestant is better.
    """
    contestants = recording.experiment.contestants
    reference = next((c for c, own in enumerate(contestants) if own.activation == REFERENCE), 0)
    final = recording.curves.values("test_loss")[-1]
    final = np.where(np.isnan(final), np.inf, final)
    comparisons = []
    for c, name in enumerate(names):
        if c == reference:
            continue
        own, others = final[c], final[reference]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.log10(others) - np.log10(own)
        ratios[own == others] = 0.0  # two zeros, or two that diverged
        comparisons.append(
            {
                "contestant": name,
                "reference": names[reference],
                "outcome": "test_loss at the last step",
                "pairs": len(ratios),
                "median_log10_ratio": quantile(ratios, 0.5),
                "wins": int((ratios > 0).sum()),
                "ties": int((ratios == 0).sum()),
                "losses": int((ratios < 0).sum()),
            }
        )
    return comparisons


def _plain(value: Any) -> Any:
    """Plain lists, tables and numbers that strict JSON can hold."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
