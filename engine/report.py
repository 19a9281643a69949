"""What a finished race leaves behind besides images: its curves as CSV, its results as JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .arrival import Arrival
from .comparison_table import in_numbers
from .cost import Cost
from .deaths import changes
from .experiment_file import as_tables
from .files import whole_file, write_json
from .findings.bending import bends
from .findings.saturation import health
from .obstacles import LayerNoise, layer_noise
from .outcomes import Outcome, diverged_lanes, final_scores, scores
from .prospect import Prospect, prospect
from .recording import Recording
from .stopping import STOPPED
from .track import Array
from .verdict import verdict

FORMAT = 2


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
        for c, name in enumerate(recording.experiment.contestant_names):
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
    write_json(path, summary(recording, costs, notes))


def summary(
    recording: Recording, costs: Sequence[Cost] = (), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """The race in numbers, ready for JSON: what is unknown or not finite is None.

    `costs` are the contestants' costs of a step, empty where none could be measured; `notes` are
    what is to be said of the whole. docs/summary.md explains the keys.
    """
    experiment, facts = recording.experiment, recording.facts
    names = experiment.contestant_names
    said = verdict(recording, costs)
    report: dict[str, Any] = plain(
        {
            "format": FORMAT,
            "experiment": as_tables(recording.replay_experiment()),
            "facts": facts.to_json(),
            "last_step": recording.last_step,
            "finished": any(event.kind == "finished" for event in recording.events),
            "looks": recording.looks,
            "notes": [*recording.notes, *notes],
            "results": [
                {"contestant": name, **_result(recording, c, arrival, costs[c] if costs else None)}
                for c, (name, arrival) in enumerate(zip(names, said.arrivals, strict=True))
            ],
            "reference": names[experiment.reference],
            "verdict": {
                "headline": said.headline,
                "findings": [asdict(finding) for finding in said.findings],
            },
            "prospect": _prospect(prospect(experiment, recording.looks)),
            "comparisons": [in_numbers(found, experiment) for found in said.comparisons],
        }
    )
    return report


def _result(
    recording: Recording, contestant: int, arrival: Arrival, cost: Cost | None
) -> dict[str, Any]:
    """One contestant. A diverged lane ranks worst, so a median it reaches into is None."""
    diverged, units = diverged_lanes(recording)[contestant], health(recording, contestant)
    return {
        "activation": recording.experiment.contestants[contestant].activation,
        **{score.key: _ends(recording, score, contestant, diverged) for score in scores(recording)},
        "convergence": _convergence(recording, arrival),
        "stopped_at_step": _stopped(recording, contestant, diverged),
        "diverged": diverged.sum(),
        "dead_share_at_the_end": units.dead_last if units else None,
        **{kind: changes(recording, kind)[contestant].sum() for kind in ("died", "revived")},
        "rounding": [
            _noise(layer) for layer in layer_noise(recording) if layer.contestant == contestant
        ],
        "fit_along_a_line": _fit_along_a_line(recording, contestant),
        "seconds": recording.seconds[contestant],
        "seconds_per_step": asdict(cost.of_a_lane) | {"lanes": cost.lanes} if cost else None,
        "seconds_to_criterion": asdict(arrival.in_seconds(cost).median) if cost else None,
    }


def _ends(recording: Recording, score: Outcome, contestant: int, diverged: Array) -> dict[str, Any]:
    """Median and quartiles over the seeds of the last and of the best value of a score.

    `diverged` lanes, (S,), keep none of the good values that they once had.
    """
    part, best_of = ("max", np.fmax) if score.share else ("min", np.fmin)
    best = best_of.reduce(recording.curves.values(score.key, part)[:, contestant])
    return {
        "final": _spread(final_scores(recording, score)[contestant]),
        "best": _spread(np.where(diverged | np.isnan(best), score.worst, best)),
    }


def _stopped(recording: Recording, contestant: int, diverged: Array) -> dict[str, float] | None:
    """Where early stopping stops, over the seeds; None without it. `diverged` ones never stop."""
    steps = f"{STOPPED}step"
    if steps not in recording.curves.names:
        return None
    return _spread(np.where(diverged, np.inf, recording.curves.values(steps)[-1, contestant]))


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


def _convergence(recording: Recording, arrival: Arrival) -> dict[str, Any]:
    """Steps to the criterion: a lane that never holds it is censored, and counts as later."""
    curve, facts = arrival.curve, recording.facts
    return {
        "criterion": facts.criterion,
        "threshold": facts.threshold,
        "seeds": curve.n,
        "converged": curve.arrived.sum(),
        "share": asdict(arrival.share),
        "censored": len(curve.censored),
        "censored_at_step": recording.last_step,
        "median_steps": asdict(arrival.median),
        "restricted_mean_steps": asdict(arrival.restricted_mean),
        "curve": {"steps": curve.times.tolist(), "remaining": curve.remaining.tolist()},
    }


def _noise(layer: LayerNoise) -> dict[str, Any]:
    """What rounding does to a layer; `obstacle` is that of at least half of the readings, or ""."""
    return {key: value for key, value in asdict(layer).items() if key != "contestant"} | {
        "obstacle": layer.obstacle
    }


def _fit_along_a_line(recording: Recording, contestant: int) -> dict[str, Any] | None:
    """Straight pieces and change of slope at the end, over the seeds that were looked at.

    A curved activation has no pieces. `rescaled_difference` is the largest, where there is one.
    """
    found = bends(recording, contestant)
    if found is None:
        return None
    return {
        "seeds": len(found.pieces),
        "pieces": _spread(found.pieces) if found.pieces.all() else None,
        "change_of_slope": _spread(found.changes),
        "rescaled_difference": found.rescaled,
    }


def _prospect(found: Prospect) -> dict[str, Any]:
    return {
        "can_reject": found.can_reject,
        "seeds": found.seeds,
        "seeds_needed": found.needed,
        "comparisons": found.comparisons,
        "threshold": found.threshold,
        "text": found.text,
    }


def plain(value: Any) -> Any:
    """Plain lists, tables and numbers that strict JSON can hold."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
