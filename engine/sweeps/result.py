"""What one race of a sweep came to: the message from who raced it, and what its folder keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cost import Cost
from ..outcomes import OUTCOMES, final_scores, scores, steps_to_criterion
from ..recording import Recording
from ..report import summary
from ..resolve import TRAIN_SUBSET
from ..track import Array


@dataclass(frozen=True)
class RaceResult:
    """A race in numbers, small enough to travel.

    contestants: their names. rates: the learning rate of each. outcomes: for each outcome that the
    race has, its value of each lane, (C, S), the outcome's worst where one diverged or never
    arrived. counts: how many points an accuracy of "train" or "test" is of. summary: as of any
    race. warnings: what may make the comparison unfair. seconds: what it all took, tuning included.
    """

    contestants: tuple[str, ...]
    rates: tuple[float, ...]
    outcomes: Mapping[str, Array]
    counts: Mapping[str, int]
    summary: Mapping[str, Any]
    warnings: tuple[str, ...]
    seconds: float

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        return str(self.summary["verdict"]["headline"])

    def to_json(self) -> dict[str, Any]:
        """All but the summary, which has a file of its own; the worst outcomes are None."""
        return {
            "contestants": self.contestants,
            "rates": self.rates,
            "outcomes": {key: _lanes(values) for key, values in self.outcomes.items()},
            "counts": dict(self.counts),
            "warnings": self.warnings,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any], summary: dict[str, Any]) -> RaceResult:
        """Raises KeyError, TypeError or ValueError for what `to_json` has not made."""
        outcomes = {}
        for key, lanes in values["outcomes"].items():
            worst = OUTCOMES[key].worst
            rows = [[worst if value is None else value for value in lane] for lane in lanes]
            outcomes[key] = np.array(rows, np.float64)
        return cls(
            contestants=tuple(values["contestants"]),
            rates=tuple(values["rates"]),
            outcomes=outcomes,
            counts=values["counts"],
            summary=summary,
            warnings=tuple(values["warnings"]),
            seconds=float(values["seconds"]),
        )


def result(
    recording: Recording,
    costs: Sequence[Cost],
    warnings: Sequence[str],
    notes: Sequence[str],
    seconds: float,
) -> RaceResult:
    """The result of a finished race; `warnings` and `notes` stand in its summary too."""
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
        summary=summary(recording, costs, [*warnings, *notes]),
        warnings=tuple(warnings),
        seconds=seconds,
    )


def _lanes(values: Array) -> list[list[float | None]]:
    return [
        [value if np.isfinite(value) else None for value in lane]
        for lane in np.asarray(values, np.float64).tolist()
    ]
