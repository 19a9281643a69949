"""What is to be learnt: the task's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..settings import Refusal, check, labels_of, setting
from ..tables import column_names
from ..tasks import TASKS


def _used_by_task(name: str) -> Callable[[Any], bool]:
    return lambda task: name in TASKS[task.data].uses


def _has_labels(task: Any) -> bool:
    return TASKS[task.data].kind != "regression"


@dataclass(frozen=True)
class TaskSettings:
    """What is to be learnt, and how the data are split."""

    data: str = setting(
        "circle", label="Data", help="What the networks learn.", choices=labels_of(TASKS)
    )
    samples: int = setting(
        500, label="Samples", help="Points drawn for each seed, before the split.",
        unit="points", low=10, high=100_000, step=10, log=True, shown_for=_used_by_task("samples"),
    )  # fmt: skip
    noise: float = setting(
        0.0, label="Noise", help="How far points or labels are shaken.",
        unit="%", low=0, high=50, step=1, shown_for=_used_by_task("noise"),
    )  # fmt: skip
    label_noise: float = setting(
        0.0, label="Wrong labels", help="Share of the training labels that name another class, the "
        "same for all contestants; test and validation labels stay right.",
        unit="%", low=0, high=100, step=1, shown_for=_has_labels, advanced=True,
    )  # fmt: skip
    formula: str = setting(
        "sin(3*x)", label="Formula", help="The curve y = f(x), for example sin(3*x) + abs(x).",
        shown_for=_used_by_task("formula"),
    )  # fmt: skip
    table: str = setting(
        "", label="Table", help="Your own data: a .csv, .tsv, .npz or .parquet file.",
        shown_for=_used_by_task("table"), files="Tables (*.csv *.tsv *.npz *.parquet)",
    )  # fmt: skip
    target: str = setting(
        "", label="Target column", help="The column to predict; empty: found by its name or place.",
        shown_for=_used_by_task("table"), offers=lambda task: column_names(task.table),
    )  # fmt: skip
    sha256: str = ""
    test_share: float = setting(
        0.5, label="Test share", help="Share of the points kept for testing only.",
        low=0.05, high=0.9, step=0.05,
    )  # fmt: skip
    validation_share: float = setting(
        0.0, label="Validation share", help="Share kept for the criterion and for tuning; 0: none.",
        low=0, high=0.5, step=0.05, advanced=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        TASKS[self.data].check(self)
        if self.label_noise and not _has_labels(self):
            allowed = f"must be 0: {TASKS[self.data].label} has values, not labels"
            raise Refusal("label_noise", self.label_noise, allowed)
        if self.test_share + self.validation_share > 0.95:
            raise Refusal(
                "validation_share", self.validation_share,
                f"must leave 5 % for training beside test_share = {self.test_share:g}",
            )  # fmt: skip

    @property
    def title(self) -> str:
        """What the data are called: as the task, or as the file of a table."""
        task = TASKS[self.data]
        return (Path(self.table).stem if "table" in task.uses else "") or task.label
