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

from .cost import Cost
from .experiment import Experiment
from .experiment_file import as_tables
from .files import whole_file
from .recording import Event, Recording
from .track import Array

FORMAT = 1
REFERENCE = 0  # the contestant that the others are compared with: the first


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


def write_summary(
    recording: Recording, path: Path, costs: Sequence[Cost] = (), notes: Sequence[str] = ()
) -> None:
    """`summary` as strict JSON. Raises OSError."""
    found = summary(recording, costs, notes)
    text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write(text.encode() + b"\n")


def summary(
    recording: Recording, costs: Sequence[Cost] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """The race in numbers, ready for JSON: what is unknown or not finite is None.

    `costs` are the contestants' costs of a step, empty where none could be measured; `notes` are
    what is to be said of the whole. A diverged lane ranks worst everywhere and is never dropped, so
    a median it reaches into is None.
    """
    experiment, facts = recording.experiment, recording.facts
    names = contestant_names(experiment)
    diverged = diverged_lanes(recording)
    results: list[dict[str, Any]] = []
    for c, contestant in enumerate(experiment.contestants):
        convergence = _convergence(recording, c)
        cost = _share_of_a_lane(costs[c]) if costs else None
        results.append(
            {
                "contestant": names[c],
                "activation": contestant.activation,
                **{
                    channel: _ends(recording, channel, c, diverged[c])
                    for channel in _scores(recording)
                },
                "convergence": convergence,
                "diverged": diverged[c].sum(),
                "dead_share_at_the_end": _dead_share(recording, c),
                "fit_along_a_line": _fit_along_a_line(recording, c),
                "seconds": recording.seconds[c],
                "seconds_per_step": cost,
                "seconds_to_criterion": _times(convergence["median_steps"], cost),
            }
        )
    report: dict[str, Any] = _plain(
        {
            "format": FORMAT,
            "experiment": as_tables(recording.replay_experiment()),
            "facts": facts.to_json(),
            "last_step": recording.last_step,
            "finished": any(event.kind == "finished" for event in recording.events),
            "notes": notes,
            "results": results,
            "reference": names[REFERENCE],
            "comparisons": _comparisons(recording, names),
        }
    )
    return report


def _scores(recording: Recording) -> list[str]:
    return [name for name in recording.curves.names if name.endswith(("_loss", "_accuracy"))]


def diverged_lanes(recording: Recording) -> Array:
    """Which lanes are out, (C, S)."""
    lanes = _every_lane(recording, False)
    for event in recording.events:
        if event.kind == "diverged":
            lanes[event.contestant, event.seed] = True
    return lanes


def _every_lane(recording: Recording, value: bool | float) -> Array:
    """The value for each lane, (C, S)."""
    experiment = recording.experiment
    return np.full((len(experiment.contestants), experiment.population.seeds), value)


def _ends(recording: Recording, channel: str, contestant: int, diverged: Array) -> dict[str, Any]:
    """Median and quartiles over the seeds of the last and of the best value of a score.

    `diverged` lanes, (S,), keep none of the good values that they once had.
    """
    rises = channel.endswith("_accuracy")
    worst, part = (-np.inf, "max") if rises else (np.inf, "min")
    best_of = np.fmax if rises else np.fmin
    best = best_of.reduce(recording.curves.values(channel, part)[:, contestant])
    final = recording.curves.values(channel)[-1, contestant]
    return {
        "final": _spread(np.where(diverged | np.isnan(final), worst, final)),
        "best": _spread(np.where(diverged | np.isnan(best), worst, best)),
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
    """Step from which each lane first held the criterion, (C, S).

    Infinite if it never did, or diverged, be it later.
    """
    steps, met = _every_lane(recording, np.inf), _every_lane(recording, np.inf)
    for event in recording.events:
        lane = (event.contestant, event.seed)
        if event.kind == "met":
            met[lane] = event.step
        elif event.kind == "held" and np.isinf(steps[lane]):
            steps[lane] = met[lane]
    steps[diverged_lanes(recording)] = np.inf
    return steps


def _share_of_a_lane(cost: Cost) -> dict[str, Any]:
    """Seconds that a step costs one lane, with its interval, at so many lanes together."""
    median, low, high = (s / cost.lanes for s in (cost.seconds, cost.low, cost.high))
    return {"median": median, "low": low, "high": high, "lanes": cost.lanes}


def _times(steps: float, cost: dict[str, Any] | None) -> dict[str, float] | None:
    """What so many steps cost one lane; the interval is the cost's own, seeds add nothing to it."""
    if cost is None or not math.isfinite(steps):
        return None
    return {key: steps * cost[key] for key in ("median", "low", "high")}


def _dead_share(recording: Recording, contestant: int) -> float | None:
    """Share of all hidden units of all its seeds that were dead when last looked at."""
    units = np.array(recording.facts.layer_units[:-1], float)
    if not len(units) or not len(recording.layers) or "dead_share" not in recording.layers.names:
        return None
    shares = recording.layers.values("dead_share")[-1, contestant, :, : len(units)]
    return float(np.mean(shares @ units / units.sum()))


def _fit_along_a_line(recording: Recording, contestant: int) -> dict[str, Any] | None:
    """Straight pieces and change of slope at the end, over the seeds that were looked at.

    A curved activation has no pieces. `rescaled_difference` is the largest, where there is one.
    """
    found: dict[str, dict[int, Event]] = {"pieces": {}, "rescaled": {}}
    for event in recording.events:
        if event.kind in found and event.contestant == contestant:
            found[event.kind][event.seed] = event
    bends, rescaled = found["pieces"].values(), found["rescaled"].values()
    if not bends:
        return None
    pieces = np.array([event.count for event in bends])
    return {
        "seeds": len(pieces),
        "pieces": _spread(pieces) if pieces.all() else None,
        "change_of_slope": _spread(np.array([event.value for event in bends])),
        "rescaled_difference": max((event.value for event in rescaled), default=None),
    }


def _comparisons(recording: Recording, names: list[str]) -> list[dict[str, Any]]:
    """Each contestant against the reference, seed by seed, on the last test loss.

    The ratio is reference over contestant: positive logarithms say that the contestant is better.
    """
    final = recording.curves.values("test_loss")[-1]
    final = np.where(diverged_lanes(recording) | np.isnan(final), np.inf, final)
    comparisons = []
    for c, name in enumerate(names):
        if c == REFERENCE:
            continue
        own, others = final[c], final[REFERENCE]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.log10(others) - np.log10(own)
        ratios[own == others] = 0.0  # two zeros, or two that diverged
        comparisons.append(
            {
                "contestant": name,
                "reference": names[REFERENCE],
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
