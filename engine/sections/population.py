"""By which seeds it is learnt, what counts as converged, and what answers the questions."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import Refusal, check, setting
from ..statistics import MOST_LOOKS

MAX_CONTESTANTS = 12


@dataclass(frozen=True)
class PopulationSettings:
    """Which seeds race, what they share, and what counts as converged."""

    seeds: int = setting(
        16, label="Seeds", help="Networks of each contestant; equal seeds start from equal draws.",
        unit="seeds", low=1, high=256, step=1, log=True,
    )  # fmt: skip
    first_seed: int = setting(
        0, label="First seed", help="The seeds are this number and those after it.",
        low=0, high=2**31 - 1, step=1, advanced=True, names_only=True,
    )  # fmt: skip
    same_data: bool = setting(
        False, label="Same data for all seeds", help="Data and split of the first seed for all.",
        advanced=True,
    )  # fmt: skip
    same_order: bool = setting(
        False, label="Same order for all seeds", help="Batch order of the first seed for all.",
        advanced=True,
    )  # fmt: skip
    criterion: str = setting(
        "loss", label="Converged when", help="What must be reached, on validation data where there "
        "are some, else on test data.",
        choices=lambda: {
            "loss": "test loss ≤",
            "accuracy": "test accuracy ≥",
            "train_loss": "training loss ≤",
        },
    )  # fmt: skip
    threshold: float = setting(
        0.0, label="Threshold", help="The value to reach; 0: the task's own, from its baseline.",
        low=1e-12, high=1e6, log=True, zero="automatic",
    )  # fmt: skip
    hold: int = setting(
        3, label="Held for", help="How many evaluations must meet the criterion.",
        unit="in a row", low=1, high=1000, step=1, advanced=True,
    )  # fmt: skip
    reference: int = setting(
        0, label="Compared with", help="The number of the contestant that all others are compared "
        "with, seed by seed.",
        low=1, high=MAX_CONTESTANTS, step=1, zero="plain ReLU if it races, else the first",
        advanced=True, names_only=True,
    )  # fmt: skip
    quality: str = setting(
        "automatic", label="Quality is", help="The one outcome that answers who learns best; "
        "automatic: test accuracy where there are classes, else test loss.",
        choices=lambda: {
            "automatic": "automatic",
            "test_loss": "test loss",
            "test_accuracy": "test accuracy",
            "train_loss": "training loss",
        }, advanced=True,
    )  # fmt: skip
    early_stopping: str = setting(
        "none", label="Early stopping", help="Which network of a lane is judged: that of the last "
        "step, or that of the evaluation with the lowest validation loss. Training goes on.",
        choices=lambda: {"none": "none", "validation_loss": "at the lowest validation loss"},
        advanced=True,
    )  # fmt: skip
    speed: str = setting(
        "steps", label="Speed is", help="The one outcome that answers who converges first.",
        choices=lambda: {"steps": "steps to the criterion", "seconds": "time to the criterion"},
        advanced=True,
    )  # fmt: skip
    looks: int = setting(
        MOST_LOOKS, label="Planned looks", help="How often results may be looked at while seeds "
        "are added; all looks share one error rate, and any later look is exploratory.",
        unit="looks", low=1, high=MOST_LOOKS, step=1, advanced=True,
    )  # fmt: skip
    evaluate_every: int = setting(
        0, label="Evaluate every", help="Steps between two readings of the losses.",
        unit="steps", low=1, high=1_000_000, log=True, zero="automatic", advanced=True,
    )  # fmt: skip
    record_every: int = setting(
        0, label="Record every", help="Steps between two readings of gradients and units.",
        unit="steps", low=1, high=1_000_000, log=True, zero="automatic", advanced=True,
    )  # fmt: skip
    histogram_seed: int = setting(
        1, label="Seed looked at alone", help="Which of the seeds, counted from 1, has its "
        "histograms kept by themselves too; those of all seeds are kept together.",
        low=1, high=256, step=1, advanced=True, names_only=True,
    )  # fmt: skip
    twin_every: int = setting(
        0, label="Twin every", help="Records from one to the next at which a float64 twin repeats "
        "the step, to see what rounding does; float64 itself has none.",
        unit="records", low=1, high=1_000_000, log=True, zero="automatic", advanced=True,
    )  # fmt: skip
    memory: int = setting(
        256, label="Recording memory", help="What the recording may hold before it is thinned.",
        unit="MB", low=8, high=16_384, log=True, advanced=True,
    )  # fmt: skip

    # For seeds that join a race: that race's first one.
    joins: int | None = None

    def __post_init__(self) -> None:
        check(self)
        if self.joins is not None and self.joins < 0:
            raise Refusal("joins", self.joins, "must be at least 0")
        if self.histogram_seed > self.seeds:
            raise Refusal("histogram_seed", self.histogram_seed, f"must be 1 to {self.seeds}")

    @property
    def twin_steps(self) -> int:
        """Steps from one twin to the next, where there is one and all is resolved."""
        return self.record_every * max(self.twin_every, 1)

    @property
    def seed_numbers(self) -> range:
        return range(self.first_seed, self.first_seed + self.seeds)

    def quality_for(self, kind: str) -> str:
        """The curve that holds the primary outcome of quality, for a task of this kind."""
        if self.quality != "automatic":
            return self.quality
        return "test_loss" if kind == "regression" else "test_accuracy"

    @property
    def stops_early(self) -> bool:
        """Whether outcomes are read where early stopping stops, and not at the end."""
        return self.early_stopping != "none"

    @property
    def leading_seed(self) -> int:
        """The race's very first seed: its data are shown, and are those that all share if any."""
        return self.first_seed if self.joins is None else self.joins
