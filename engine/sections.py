"""The sections of an experiment: what is learnt, by which network, trained how, by which seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .initializers import INITIALIZERS
from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .precision import FORMATS
from .rounding import REMEDIES, SCOPES, check_rounding
from .schedules import SCHEDULES
from .settings import Refusal, check, setting
from .statistics import MOST_LOOKS
from .tables import column_names
from .tasks import TASKS

MAX_CONTESTANTS = 12


def _labels(records: Mapping[str, Any]) -> Callable[[], dict[str, str]]:
    return lambda: {key: record.label for key, record in records.items()}


def _used_by_task(name: str) -> Callable[[Any], bool]:
    return lambda task: name in TASKS[task.data].uses


def _used_by_optimizer(name: str) -> Callable[[Any], bool]:
    return lambda training: name in OPTIMIZERS[training.optimizer].hyperparameters


def _all_equal(network: Any) -> bool:
    return not network.widths


def _emulated(network: Any) -> bool:
    return FORMATS[network.precision].emulated


def _used_by_schedule(training: Any) -> bool:
    return "period" in SCHEDULES[training.schedule].uses


@dataclass(frozen=True)
class TaskSettings:
    """What is to be learnt, and how the data are split."""

    data: str = setting(
        "circle", label="Data", help="What the networks learn.", choices=_labels(TASKS)
    )
    samples: int = setting(
        500, label="Samples", help="Points drawn for each seed, before the split.",
        unit="points", low=10, high=100_000, step=10, log=True, shown_for=_used_by_task("samples"),
    )  # fmt: skip
    noise: float = setting(
        0.0, label="Noise", help="How far points or labels are shaken.",
        unit="%", low=0, high=50, step=1, shown_for=_used_by_task("noise"),
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
        if self.test_share + self.validation_share > 0.95:
            raise Refusal(
                "validation_share", self.validation_share,
                f"must leave 5 % for training beside test_share = {self.test_share:g}",
            )  # fmt: skip


@dataclass(frozen=True)
class NetworkSettings:
    """A fully connected network and the numbers it starts with."""

    depth: int = setting(
        4, label="Hidden layers", help="Layers between input and output.",
        unit="layers", low=0, high=100, step=1, shown_for=_all_equal,
    )  # fmt: skip
    width: int = setting(
        8, label="Units per layer", help="Units in each hidden layer.",
        unit="units", low=1, high=1024, step=1, log=True, shown_for=_all_equal,
    )  # fmt: skip
    widths: tuple[int, ...] = setting(
        (), label="Layer widths", help="Units of each hidden layer, as 64, 32; empty: all equal.",
        unit="units", low=1, high=1024,
    )  # fmt: skip
    initializer: str = setting(
        "forward", label="Initialisation", help="How the first weights are scaled.",
        choices=_labels(INITIALIZERS),
    )  # fmt: skip
    initial_bias: float = setting(
        0.0, label="First bias", help="What every bias starts from.",
        low=-1, high=1, step=0.01, advanced=True,
    )  # fmt: skip
    precision: str = setting(
        "float32", label="Precision", help="The number format of the training.",
        choices=_labels(FORMATS),
    )  # fmt: skip
    rounded: str = setting(
        "everything", label="Rounded", help="Which results the format holds: all of both passes, "
        "gradients, optimiser and weights; the weights' gradients; or the weights after an update.",
        choices=_labels(SCOPES), shown_for=_emulated,
    )  # fmt: skip
    remedy: str = setting(
        "none", label="Remedy", help="What keeps updates that are too small for the format.",
        choices=_labels(REMEDIES), shown_for=_emulated,
    )  # fmt: skip
    loss_scale: float = setting(
        1.0, label="Loss scale", help="What the loss is multiplied by, so that small gradients do "
        "not become 0; they are divided by it before the update.",
        low=1, high=2**24, log=True, shown_for=_emulated,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        check_rounding(self.precision, self.rounded, self.remedy, self.loss_scale)
        if len(self.widths) > 100:
            raise Refusal("widths", self.widths, "must list 100 layers at most")

    @property
    def dtype(self) -> str:
        """The type of the arrays, which holds every value of the precision."""
        return FORMATS[self.precision].carrier

    @property
    def has_twin(self) -> bool:
        """Whether a twin in float64 is finer, and so can tell what rounding does."""
        return FORMATS[self.precision].significand < FORMATS["float64"].significand

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer, from the input on."""
        return self.widths or (self.width,) * self.depth


@dataclass(frozen=True)
class TrainingSettings:
    """How the weights are changed."""

    optimizer: str = setting(
        "adam", label="Optimiser", help="The rule that turns gradients into updates.",
        choices=_labels(OPTIMIZERS),
    )  # fmt: skip
    learning_rate: float = setting(
        0.003, label="Learning rate", help="Size of an update; may change while a race runs.",
        low=1e-7, high=100, log=True, live=True,
    )  # fmt: skip
    batch_size: int = setting(
        32, label="Batch size", help="Points a step learns from; may change while a race runs.",
        unit="points", low=1, high=100_000, step=1, log=True, live=True, zero="the full set",
    )  # fmt: skip
    weight_decay: float = setting(
        0.0, label="Weight decay", help="Pull of the weights towards 0, as the optimiser defines it"
        "; may change while a race runs.", low=0, high=1, step=1e-6, log=True, live=True,
    )  # fmt: skip
    decay_applies_to: str = setting(
        "weights", label="Decay acts on", help="What weight decay, L1 and L2 pull towards 0.",
        choices=lambda: {
            "weights": "weights",
            "biases": "weights and biases",
            "parameters": "weights and trained shapes",
            "all": "everything trained",
        }, advanced=True,
    )  # fmt: skip
    l1: float = setting(
        0.0, label="L1", help="Weight of the sum of |w|.",
        low=0, high=1, step=1e-6, log=True, advanced=True,
    )  # fmt: skip
    l2: float = setting(
        0.0, label="L2", help="Weight of half the sum of w².",
        low=0, high=1, step=1e-6, log=True, advanced=True,
    )  # fmt: skip
    loss: str = setting(
        "automatic", label="Loss", help="What training makes small; automatic: the task's own.",
        choices=lambda: {"automatic": "automatic"} | _labels(LOSSES)(), advanced=True,
    )  # fmt: skip
    steps: int = setting(
        2000, label="Steps", help="Updates until the race ends.",
        unit="steps", low=1, high=10_000_000, step=100, log=True, zero="no limit",
    )  # fmt: skip
    schedule: str = setting(
        "constant", label="Schedule", help="How the learning rate moves over the race.",
        choices=_labels(SCHEDULES), advanced=True,
    )  # fmt: skip
    warmup: int = setting(
        0, label="Warm-up", help="Steps over which the learning rate rises from 0.",
        unit="steps", low=0, high=1_000_000, step=1, log=True, advanced=True,
    )  # fmt: skip
    period: int = setting(
        1000, label="Schedule period", help="Steps between two drops of the step schedule.",
        unit="steps", low=1, high=10_000_000, log=True, shown_for=_used_by_schedule, advanced=True,
    )  # fmt: skip
    gamma: float = setting(
        0.5, label="Schedule factor", help="What the rate is multiplied by at each drop.",
        low=0, high=1, shown_for=_used_by_schedule, advanced=True,
    )  # fmt: skip
    clip_norm: float = setting(
        0.0, label="Clip gradients at", help="Largest norm of a network's whole gradient.",
        low=0, high=1e6, step=1e-3, log=True, zero="off", advanced=True,
    )  # fmt: skip
    momentum: float = setting(
        0.9, label="Momentum", help="Share of the last update kept in the next.",
        low=0, high=0.9999, shown_for=_used_by_optimizer("momentum"), advanced=True,
    )  # fmt: skip
    beta1: float = setting(
        0.9, label="Beta 1", help="Memory of the mean gradient.",
        low=0, high=0.99999, shown_for=_used_by_optimizer("beta1"), advanced=True,
    )  # fmt: skip
    beta2: float = setting(
        0.999, label="Beta 2", help="Memory of the mean squared gradient.",
        low=0, high=0.999999, shown_for=_used_by_optimizer("beta2"), advanced=True,
    )  # fmt: skip
    alpha: float = setting(
        0.99, label="Alpha", help="Memory of the mean squared gradient.",
        low=0, high=0.999999, shown_for=_used_by_optimizer("alpha"), advanced=True,
    )  # fmt: skip
    epsilon: float = setting(
        1e-8, label="Epsilon", help="What keeps the division by a small mean square finite.",
        low=1e-30, high=1, log=True, shown_for=_used_by_optimizer("epsilon"), advanced=True,
    )  # fmt: skip

    def batch(self, points: int) -> int:
        """Points of a full batch, of so many to train on."""
        return min(self.batch_size or points, points)

    def __post_init__(self) -> None:
        check(self)
        if not self.steps and "total" in SCHEDULES[self.schedule].uses:
            raise Refusal("schedule", self.schedule, "needs a limit of steps to run towards")


@dataclass(frozen=True)
class PopulationSettings:
    """Which seeds race, what they share, and what counts as converged."""

    seeds: int = setting(
        16, label="Seeds", help="Networks of each contestant; equal seeds start from equal draws.",
        unit="seeds", low=1, high=256, step=1, log=True,
    )  # fmt: skip
    first_seed: int = setting(
        0, label="First seed", help="The seeds are this number and those after it.",
        low=0, high=2**31 - 1, step=1, advanced=True,
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
        advanced=True,
    )  # fmt: skip
    quality: str = setting(
        "automatic", label="Quality is", help="The one outcome that answers who learns best; "
        "automatic: test accuracy where there are classes, else test loss.",
        choices=lambda: {
            "automatic": "automatic",
            "test_loss": "test loss at the end",
            "test_accuracy": "test accuracy at the end",
            "train_loss": "training loss at the end",
        }, advanced=True,
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
        low=1, high=256, step=1, advanced=True,
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
        """The curve whose end is the primary outcome of quality, for a task of this kind."""
        if self.quality != "automatic":
            return self.quality
        return "test_loss" if kind == "regression" else "test_accuracy"

    @property
    def leading_seed(self) -> int:
        """The race's very first seed: its data are shown, and are those that all share if any."""
        return self.first_seed if self.joins is None else self.joins
