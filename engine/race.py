"""A race: all lanes of an experiment advance in step, and what they show is recorded."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from .batches import Batches
from .experiment import Experiment, Intervention
from .fit import Fit
from .lanes import build_blocks
from .last_look import last_look
from .network import no_look
from .observer import Observer
from .photograph import fit_view, photograph
from .price import afford, price
from .recording import Event, Row
from .resolve import low_bits_of, resolve, sizes
from .seeds import first_rows, seed_data, stream

Records = tuple[Row | Event | Fit, ...]

# A slice of training between two looks at the outside takes about so much processor time, where
# somebody watches and where nobody does; by the clock on the wall, a busy machine would cut it to a
# few steps. Large networks train an epoch at a time, block after block, if a slice has room for it.
WATCHED, UNWATCHED = 0.015, 0.5

_BLAS = ThreadpoolController()


@dataclass(frozen=True)
class Snapshot:
    """A photograph of the race at one step, for display alone; its arrays are read-only.

    rows: what would be recorded now, where the race was told to look closely at its last step.
    """

    fit: Fit
    rows: tuple[Row, ...] = ()

    @property
    def step(self) -> int:
        return self.fit.step


class Race:
    """All contestants × seeds of an experiment, trained stacked and paired by construction.

    `experiment` has every automatic value resolved. `look` is called inside long steps, and may
    raise to abandon the race. Raises Refusal for an experiment that its data, its activations or
    the machine's memory do not allow.
    """

    def __init__(self, experiment: Experiment, look: Callable[[], None] = no_look) -> None:
        with np.errstate(all="ignore"):
            first = first_rows(experiment)
            layers, train = sizes(experiment, first), len(first.split.train)
            self.price = price(experiment, layers, train, len(first.drawn.targets))
            afford(self.price)
            self._data = data = seed_data(experiment, first, look)
            self.experiment = experiment = resolve(experiment, data)
            low_bits = low_bits_of(experiment, data)
            self._blocks = build_blocks(experiment, layers, train, look, low_bits)
        population = experiment.population
        shared = population.same_order and population.same_data
        orders = [
            stream(population.leading_seed if population.same_order else seed, "order")
            for seed in (population.seed_numbers[:1] if shared else population.seed_numbers)
        ]
        self._batches = Batches(data.train, orders, experiment.training.batch_size)
        self._observer = Observer(experiment, data, self._blocks)
        self._pending = sorted(experiment.interventions, key=lambda i: i.step)
        self._training = experiment.training
        self._slice = 1
        self._look = look
        self._started = False
        self._read_closely = False
        self.step = 0
        self.finished = False
        self.recording = self._observer.new_recording(fit_view(experiment, data))

    @property
    def epoch(self) -> float:
        """Passes over the training points so far, with fractions."""
        return self._batches.epoch

    @property
    def steps_an_epoch(self) -> int:
        return self._batches.steps_an_epoch

    def advance(self, steps: int) -> None:
        """Train so many steps further, fewer where the race ends first, into `recording`."""
        for records in self.run(steps):
            for record in records:
                self.recording.add(record)

    def run(
        self, steps: int | None = None, closely: bool = False, seconds: float = UNWATCHED
    ) -> Iterator[Records]:
        """Advance by `steps`, or to the end, handing out what is to be recorded every `seconds`.

        Each time, all lanes stand at `step`. `recording` is left alone: who runs the race this
        way keeps the records. `closely`: the last step asked for is read as if it were recorded,
        so that the next snapshot shows all of it.
        """
        target = self.step + steps if steps is not None else None
        limit = self.experiment.training.steps
        if not self._started:
            self._started = True
            yield self._first_records()
        while not self.finished and (target is None or self.step < target):
            changes = tuple(self._intervene())
            records: Records = (*changes, *self._slice_of_steps(target, closely, seconds))
            # Only a reading can find that nobody is left: the end must not depend on the slices.
            if (limit and self.step >= limit) or (
                self._due("evaluate_every") and self._observer.diverged.all()
            ):
                self.finished = True
                records += (*self.last_look(), Event(self.step, "finished"), self.snapshot().fit)
            yield records

    def intervene(self, field: str, value: float) -> None:
        """Change a live setting from the next step on. Raises Refusal for any other field."""
        intervention = Intervention(self.step, field, value)
        self.experiment.with_value(field, value)
        # The sort is stable: of two changes at one step, the later one is applied last.
        self._pending = sorted([*self._pending, intervention], key=lambda i: i.step)

    def snapshot(self) -> Snapshot:
        """What the networks answer now; to be taken where `run` hands out records."""
        view, population = self.recording.view, self.experiment.population
        with _one_thread(), np.errstate(all="ignore"):
            fit = photograph(self.step, view, self._data, self._blocks, population)
            rows = self._observer.glimpse(self.step, self.epoch) if self._read_closely else ()
            return Snapshot(fit, rows)

    def last_look(self) -> Records:
        """How the first seeds' fits bend now: recorded when the race ends."""
        with _one_thread(), np.errstate(all="ignore"):
            first = self._data.first
            points = first.read.inputs[first.split.train]
            return tuple(last_look(self.step, points, self._blocks, self._look))

    def time_steps(self, steps: int) -> list[float]:
        """Processor seconds that so many bare steps take each contestant; the race moves on.

        Nothing is observed, so this is for a race that nobody else watches.
        """
        before = [block.seconds for block in self._blocks]
        seconds = [0.0] * len(self.experiment.contestants)
        with _one_thread(), np.errstate(all="ignore"):
            self._train(steps)
        for block, start in zip(self._blocks, before, strict=True):
            seconds[block.contestant] += block.seconds - start
        return seconds

    def _intervene(self) -> Iterator[Event]:
        """Apply the interventions that are due before the next step."""
        while self._pending and self._pending[0].step <= self.step:
            due = self._pending.pop(0)
            _, name = due.field.split(".")
            changed: dict[str, Any] = {name: type(getattr(self._training, name))(due.value)}
            self._training = dataclasses.replace(self._training, **changed)
            self._batches.batch_size = self._training.batch_size
            for block in self._blocks:
                block.use(self._training)
            yield Event(self.step, "intervention", field=due.field, value=due.value)

    def _slice_of_steps(self, target: int | None, closely: bool, seconds: float) -> Records:
        """Train up to the next thing to observe, or for about so long, and observe."""
        begin = time.thread_time()
        steps = self._room(target)
        self.step += steps
        evaluated, recorded = self._due("evaluate_every"), self._due("record_every")
        with _one_thread(), np.errstate(all="ignore"):
            self._read_closely = closely and self.step == target
            self._train(steps, (evaluated, recorded or self._read_closely, self._due("twin_steps")))
            spent = time.thread_time() - begin
            records = tuple(self._observe(evaluated, recorded))
        # What was cut short for a reading says how fast steps are, not how many to make at once.
        self._slice = max(1, min(2 * self._slice, int(steps * seconds / max(spent, 1e-6))))
        return records

    def _train(self, steps: int, due: tuple[bool, ...] = ()) -> None:
        """Advance all blocks, an epoch at a time; the last step is watched for what is due."""
        while steps > 0:
            batches = self._batches.plan(steps)
            steps -= len(batches)
            for block in self._blocks:
                block.advance(self._batches.epoch_points, batches, *(due if steps == 0 else ()))

    def _room(self, target: int | None) -> int:
        """Steps that may be made at once."""
        population = self.experiment.population
        ends = [
            self.step - self.step % every + every
            for every in (population.evaluate_every, population.record_every)
        ]
        ends += [end for end in (self.experiment.training.steps, target) if end]
        ends += [i.step for i in self._pending if i.step > self.step]
        return min(self._slice, min(ends) - self.step)

    def _due(self, every: str) -> bool:
        last = self.step == self.experiment.training.steps
        return last or self.step % getattr(self.experiment.population, every) == 0

    def _first_records(self) -> Records:
        """The state before any update, with the gradients of the first batch."""
        with _one_thread(), np.errstate(all="ignore"):
            first = self._batches.peek()
            for block in self._blocks:
                block.look(first)
            return tuple(self._observe(evaluated=True, recorded=True))

    def _observe(self, evaluated: bool, recorded: bool) -> Iterator[Row | Event]:
        yield from self._observer.divergences()
        if evaluated:
            yield from self._observer.curves(self.step, self.epoch)
        if recorded:
            yield from self._observer.layers(self.step)


def _one_thread() -> AbstractContextManager[Any]:
    """Small matrices are slower on several threads, and their sums could depend on how many."""
    limited: AbstractContextManager[Any] = _BLAS.limit(limits=1, user_api="blas")
    return limited
