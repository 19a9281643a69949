"""The learning rate that suits each contestant, looked for on other seeds and validation data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .experiment import Experiment
from .network import no_look
from .outcomes import Outcome, final_scores, outcomes
from .race import Race
from .recording import Recording
from .settings import Refusal
from .statistics import median
from .tasks import TASKS
from .track import Array

SEEDS = 8
# The grid, in powers of ten around the experiment's own rate: half a decade apart, a factor of 32
# either way.
DECADES = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
# Of a training part without validation data, this share is set apart for tuning.
SET_APART = 0.2
# Seeds are below 2³¹ and a race has few of them, so that half of all away they never meet.
_FAR_AWAY = 2**30


@dataclass(frozen=True)
class Progress:
    """How far tuning has come: at `step` of `steps` with the rate at `place` of `rates`."""

    rate: float
    place: int
    rates: int
    step: int
    steps: int

    @property
    def share(self) -> float:
        """Of the whole work, 0 to 1."""
        return (self.place + self.step / self.steps) / self.rates


class Tuning:
    """Tries each rate of a grid on all contestants of `experiment`, and keeps each one's best.

    `run` does the work, a few milliseconds at a time; who stops asking has stopped it. Then
    `tuned` is the experiment with a rate for each contestant. `scores` and `losses` are medians
    over the seeds, (C, rates), NaN until known. Raises Refusal without a limit of steps or a rate
    to start from, and what `Race` refuses when `run` is first asked.
    """

    def __init__(self, experiment: Experiment) -> None:
        if not experiment.training.steps:
            raise Refusal("training.steps", 0, "is no limit: tuning needs to know where to stop")
        rate = experiment.training.learning_rate
        if not rate:
            raise Refusal("training.learning_rate", rate, "must be above 0 to look around it")
        self.experiment = experiment
        self.rates = _grid(experiment)
        self.scores = np.full((len(experiment.contestants), len(self.rates)), np.nan)
        self.losses = self.scores.copy()
        self._loss = self._outcome = outcomes(experiment)["validation_loss"]

    def run(self, look: Callable[[], None] = no_look) -> Iterator[Progress]:
        """Race every rate in turn; `look` is called inside long steps, as in `Race`."""
        steps = self.experiment.training.steps
        for place, rate in enumerate(self.rates):
            race = Race(self.trial(rate), look)
            for records in race.run():
                for record in records:
                    race.recording.add(record)
                yield Progress(rate, place, len(self.rates), race.step, steps)
            self._outcome = validated(race.recording)
            self.scores[:, place] = _medians(race.recording, self._outcome)
            self.losses[:, place] = _medians(race.recording, self._loss)

    def trial(self, rate: float) -> Experiment:
        """The experiment in which all contestants train at `rate`, on the seeds for tuning."""
        population, steps = self.experiment.population, self.experiment.training.steps
        seldom = max(1, min(steps // 10, 1_000_000))
        rates = [rate] * len(self.experiment.contestants)
        return dataclasses.replace(
            _with_rates(self.experiment, rates),
            task=dataclasses.replace(
                self.experiment.task, validation_share=_validation_share(self.experiment)
            ),
            population=dataclasses.replace(
                population,
                seeds=SEEDS,
                first_seed=(population.first_seed + _FAR_AWAY) % (2 * _FAR_AWAY),
                # Where all share their data, tuning spares the same test points.
                joins=population.leading_seed,
                histogram_seed=1,
                # Unless a lane may stop early only the end counts; on the way it is seen whether
                # anybody is left.
                evaluate_every=population.evaluate_every if population.stops_early else seldom,
                record_every=min(steps, 1_000_000),
            ),
        )

    @property
    def best(self) -> list[int]:
        """Place of each contestant's best rate: by score, then loss, then nearest the middle."""
        falling = -self.scores if self._outcome.share else self.scores
        far = np.abs(np.log(np.array(self.rates) / self.experiment.training.learning_rate))
        return [
            int(np.lexsort((far, losses, scores))[0])
            for losses, scores in zip(self.losses, falling, strict=True)
        ]

    @property
    def tuned(self) -> Experiment:
        """The experiment with each contestant's best rate. To be asked once `run` is through."""
        return _with_rates(self.experiment, [self.rates[place] for place in self.best])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whose rate may not be the best: it lies at the grid's edge, or none is any good."""
        edges = []
        for contestant, place, scores in zip(
            self.experiment.contestants, self.best, self.scores, strict=True
        ):
            if not np.isfinite(scores[place]):
                edges.append(f"{contestant.name}: half of its lanes or more diverge at every rate")
            elif place in (0, len(self.rates) - 1):
                edges.append(
                    f"{contestant.name}: its best rate, {self.rates[place]:g}, lies at the edge of "
                    f"the grid from {self.rates[0]:g} to {self.rates[-1]:g}; a better one may lie "
                    "beyond"
                )
        return tuple(edges)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the result, warnings first."""
        how = f"tuned on {SEEDS} other seeds by the median {self._outcome.label}"
        if not self.experiment.task.validation_share:
            how += f"; {SET_APART:.0%} of the training points were set apart for it"
        return (*self.warnings, how, *self._overlap())

    def _overlap(self) -> tuple[str, ...]:
        """That tuning has seen test points: where other seeds are other splits of the same data."""
        task, population = self.experiment.task, self.experiment.population
        if TASKS[task.data].generated or population.same_data:
            return ()
        return (
            "the data set is fixed and each seed splits it anew: points of tuning may be test "
            "points of the race; the same data for all seeds would spare them",
        )


def validated(recording: Recording) -> Outcome:
    """The primary outcome of quality, on validation data whatever its own are."""
    key = recording.experiment.population.quality_for(recording.facts.kind)
    _, score = key.split("_")
    return outcomes(recording.experiment)[f"validation_{score}"]


def _grid(experiment: Experiment) -> list[float]:
    """The rates to try, ascending, of three digits, as far as a rate may go."""
    about = experiment.setting("training.learning_rate")
    own = experiment.training.learning_rate
    rates = [own if not decade else float(f"{own * 10**decade:.3g}") for decade in DECADES]
    return [rate for rate in rates if about.low <= rate <= about.high]


def _validation_share(experiment: Experiment) -> float:
    task = experiment.task
    return task.validation_share or SET_APART * (1 - task.test_share)


def _with_rates(experiment: Experiment, rates: list[float]) -> Experiment:
    """With a rate for each contestant but those that are not trained at all."""
    contestants = tuple(
        contestant
        if contestant.learning_rate == 0
        else dataclasses.replace(contestant, learning_rate=rate)
        for contestant, rate in zip(experiment.contestants, rates, strict=True)
    )
    return dataclasses.replace(experiment, contestants=contestants)


def _medians(recording: Recording, outcome: Outcome) -> Array:
    """Each contestant's median over the seeds, (C,); a diverged lane ranks worst."""
    return np.array([median(lanes).estimate for lanes in final_scores(recording, outcome)])
