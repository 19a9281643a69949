"""What a race can show before it runs: whether so many seeds can call any difference at all."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from .experiment import Experiment
from .outcomes import OUTCOMES
from .statistics import levels, smallest_difference, smallest_p
from .tasks import TASKS
from .wording import counted

ALPHA = 0.05
# The spread of paired log₁₀ ratios that is usual for small networks: .15 to .2 were measured.
USUAL_SPREAD = 0.2


@dataclass(frozen=True)
class Prospect:
    """What `seeds` pairs can show in each of `comparisons`, at the hardest threshold of Holm's.

    `needed` seeds are the fewest of which the clearest result passes it. `of_loss`: whether quality
    is surely a loss, and so compared by a ratio as steps are.
    """

    seeds: int
    comparisons: int
    look: int
    planned_looks: int
    threshold: float
    needed: int
    of_loss: bool

    @property
    def can_reject(self) -> bool:
        """Whether any difference can be called."""
        return self.comparisons > 0 and self.needed <= self.seeds

    @property
    def smallest_ratio(self) -> float:
        """The ratio of steps, or losses, that is shown in four of five races, at the usual spread.

        Infinite where nothing can be shown.
        """
        shift = smallest_difference(self.seeds, USUAL_SPREAD, self.threshold)
        return float(10**shift)

    @property
    def text(self) -> str:
        """One sentence for people, of what to expect or what to change."""
        if not self.comparisons:
            return "One contestant alone is compared with nothing."
        seeds = counted(self.seeds, "seed")
        if not self.can_reject:
            many = f"{self.comparisons} comparisons need at least {self.needed}"
            if self.planned_looks > 1:
                many += f" at look {min(self.look, self.planned_looks)} of {self.planned_looks}"
            return f"{seeds} cannot show any difference: {many}."
        about = "loss or steps" if self.of_loss else "steps"
        return f"{seeds} can show a factor of {self.smallest_ratio:.2f} in {about}."


def prospect(experiment: Experiment, look: int = 1) -> Prospect:
    """What the experiment can show at its `look`-th look; by numbers alone, without its data."""
    comparisons = family_size(experiment)
    threshold = look_alpha(experiment, look) / max(comparisons, 1)
    quality = experiment.population.quality_for(TASKS[experiment.task.data].kind)
    return Prospect(
        seeds=experiment.population.seeds,
        comparisons=comparisons,
        look=look,
        planned_looks=experiment.population.looks,
        threshold=threshold,
        needed=next(n for n in itertools.count(1) if smallest_p(n) < threshold),
        of_loss=not OUTCOMES[quality].share,
    )


def family_size(experiment: Experiment) -> int:
    """Primary comparisons: on quality and on speed, of every contestant with the reference."""
    return 2 * (len(experiment.contestants) - 1)


def look_alpha(experiment: Experiment, look: int) -> float:
    """The share of `ALPHA` that a look may spend, 1 being the first; past the plan the last's."""
    planned = experiment.population.looks
    return levels(planned, ALPHA)[min(look, planned) - 1]
