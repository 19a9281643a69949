"""What one race of a sweep came to, in the numbers that a sweep compares."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..outcomes import OUTCOMES, final_scores, scores, steps_to_criterion
from ..recording import Recording
from ..resolve import TRAIN_SUBSET
from ..track import Array


@dataclass(frozen=True)
class RaceResult:
    """A race in numbers, small enough to have those of a hundred thousand at hand.

    contestants: their names. rates: the learning rate of each. outcomes: for each outcome that the
    race has, its value of each lane, (C, S), the outcome's worst where one diverged or never
    arrived. counts: how many points an accuracy of "train" or "test" is of. converged, diverged:
    lanes of each contestant. primary: the primary comparisons, as in summary.json. headline: the
    verdict in one sentence. warnings: what may make the comparison unfair. seconds: what it all
    took, tuning included.
    """

    contestants: tuple[str, ...]
    rates: tuple[float, ...]
    outcomes: Mapping[str, Array]
    counts: Mapping[str, int]
    converged: tuple[int, ...]
    diverged: tuple[int, ...]
    primary: tuple[Mapping[str, Any], ...]
    headline: str
    warnings: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """All of it as plain tables and lists; the worst outcomes are None."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return values | {"outcomes": {key: _lanes(v) for key, v in self.outcomes.items()}}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> RaceResult:
        """Raises KeyError, TypeError or ValueError for what `to_json` has not made."""
        outcomes = {}
        for key, lanes in values["outcomes"].items():
            worst = OUTCOMES[key].worst
            rows = [[worst if value is None else value for value in lane] for lane in lanes]
            outcomes[key] = np.array(rows, np.float64)
        plain = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return cls(**plain | {"outcomes": outcomes})


def result(
    recording: Recording, summary: Mapping[str, Any], warnings: Sequence[str], seconds: float
) -> RaceResult:
    """The result of a finished race and its `summary`, which took so many seconds."""
    experiment, facts = recording.experiment, recording.facts
    outcomes = {score.key: final_scores(recording, score) for score in scores(recording)}
    rate = experiment.training.learning_rate
    return RaceResult(
        contestants=tuple(experiment.contestant_names),
        rates=tuple(
            rate if c.learning_rate is None else c.learning_rate for c in experiment.contestants
        ),
        outcomes=outcomes | {"steps": steps_to_criterion(recording)},
        counts={"test": facts.test_points, "train": min(facts.train_points, TRAIN_SUBSET)},
        converged=tuple(found["convergence"]["converged"] for found in summary["results"]),
        diverged=tuple(found["diverged"] for found in summary["results"]),
        primary=tuple(one for one in summary["comparisons"] if one["standing"] == "primary"),
        headline=str(summary["verdict"]["headline"]),
        warnings=tuple(warnings),
        seconds=seconds,
    )


def _lanes(values: Array) -> list[list[float | None]]:
    return [
        [value if np.isfinite(value) else None for value in lane]
        for lane in np.asarray(values, np.float64).tolist()
    ]
