"""The races of a sweep, sent to workers until each one is done or has failed for good."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..experiment import Experiment
from ..price import price
from ..resolve import sizes
from ..sections import TaskSettings
from ..seeds import Rows, draw_rows
from ..settings import Refusal
from ..tune import Tuning
from .cluster import landed
from .folder import SweepFolder
from .job import Message
from .result import RaceResult
from .sweep import GridRace, Sweep
from .sweep_report import write_report
from .task import Overtime, task

if TYPE_CHECKING:
    from distributed import Client, Future

ATTEMPTS = 2
# So many races for each of the workers' threads are on their way, that none waits for the next.
IN_FLIGHT = 2
GONE = "the cluster is gone; the races done are kept"
# Seconds that a race takes besides its steps, to be judged and its cost measured; and what reading
# it makes of the steps of a short one.
APART, READ = 0.5, 2.0


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come: races done, failed for good, and all; the share of the work.

    `seconds_left` is infinite until a race has been finished.
    """

    done: int
    failed: int
    races: int
    share: float
    seconds_left: float


class Execution:
    """Races what `folder` does not have of a sweep, on the workers of a cluster.

    `run` does it; who stops asking has stopped it, and what is done is kept. An exception, a
    timeout or a lost worker costs only its own race, which is tried `ATTEMPTS` times. `raced` are
    the results of the races done here, `failures` the reasons of those given up, both by key.
    Raises Refusal where the data of a race do, or where the folder's report is damaged.
    """

    def __init__(self, sweep: Sweep, folder: SweepFolder) -> None:
        self._sweep, self._folder = sweep, folder
        self.raced: dict[str, RaceResult] = {}
        self.failures: dict[str, str] = {}
        # Why races failed before; known until they are tried again.
        self._failed_before = {race.key: reason for race, reason in folder.failed(sweep)}
        races = {race.key: race for race in sweep.races()}
        missing = {key: race for key, race in races.items() if not folder.has(race)}
        self._work = {key: _expected_seconds(race) for key, race in races.items()}
        self._work_all = math.fsum(self._work.values())
        # The longest first, so that at the end no worker is left alone with one.
        self._waiting = deque(sorted(missing, key=lambda key: -self._work[key]))
        # Each was running on workers that were lost, and so is under suspicion: it races alone.
        self._suspects: deque[str] = deque()
        self._races = races
        self._in_flight: dict[Future, str] = {}
        self._attempts: Counter[tuple[str, bool]] = Counter()
        self._left = set(missing)
        self._work_left = self._work_missing = math.fsum(self._work[key] for key in missing)
        self._started = time.monotonic()
        self._end = math.inf  # when all will be done, by the pace of what has been raced here

    @property
    def finished(self) -> bool:
        """Whether nothing is left to race."""
        return not self._left

    @property
    def seconds_on_one_core(self) -> float:
        """A first guess of what all that is left would take."""
        return self._work_left

    def run(self, client: Client) -> Iterator[Progress]:
        """Race until nothing is left, saying every moment how far it is.

        Raises OSError where the folder takes nothing more, or the cluster is gone.
        """
        self._folder.begin(self._sweep)
        self._started = time.monotonic()
        try:
            while self._left:
                self._send(client)
                for future in self._landed(client):
                    self._take(future)
                yield self.progress
        finally:
            client.cancel(list(self._in_flight))
            # Who is interrupted when a result has just been written has it all the same.
            self._left -= {key for key in self._left if self._folder.has(self._races[key])}

    def write_report(self) -> None:
        """The tables of all that is done so far, and what failed. Raises OSError."""
        before = {k: reason for k, reason in self._failed_before.items() if k in self._left}
        write_report(self._sweep, self._folder, before | self.failures)

    @property
    def progress(self) -> Progress:
        """How far it is now; shares are of the work, of which deep networks have more."""
        seconds = self._end - time.monotonic() if self._left else 0.0
        return Progress(
            done=len(self._races) - len(self._left) - len(self.failures),
            failed=len(self.failures),
            races=len(self._races),
            share=1 - self._work_left / self._work_all,
            seconds_left=max(0.0, seconds),
        )

    def _send(self, client: Client) -> None:
        """Keep all workers busy; once nothing else is on its way, race a suspect."""
        room = IN_FLIGHT * max(1, sum(client.nthreads().values()))
        while self._waiting and len(self._in_flight) < room:
            self._submit(client, self._waiting.popleft())
        if self._suspects and not self._in_flight:
            self._submit(client, self._suspects.popleft())

    def _submit(self, client: Client, key: str) -> None:
        race, home = self._races[key], self._folder.recording(self._races[key])
        future = client.submit(
            task, race.experiment, race.tuned, self._sweep.timeout, home, pure=False
        )
        self._in_flight[future] = key

    def _landed(self, client: Client) -> list[Future]:
        """What has come to an end, if anything is on its way. Raises OSError as `run`."""
        from distributed import CancelledError

        try:
            return landed(client, self._in_flight) if self._in_flight else []
        except CancelledError:
            raise ConnectionError(GONE) from None

    def _take(self, future: Future) -> None:
        """Keep what a race came to, or try it again, or give it up."""
        from distributed import CancelledError

        key = self._in_flight.pop(future)
        try:
            message: Message = future.result()
        except CancelledError:
            raise ConnectionError(GONE) from None
        except Exception as error:  # noqa: BLE001 - whatever a race raises, or its loss, is its own
            self._try_again(key, error)
            return
        self._folder.keep(self._races[key], message)
        self.raced[key] = message.result
        self._over(key)

    def _try_again(self, key: str, error: Exception) -> None:
        """Race it once more, or give it up; what is refused would be refused again."""
        from distributed import KilledWorker

        lost = isinstance(error, KilledWorker)
        self._attempts[key, lost] += 1
        if self._attempts[key, lost] < ATTEMPTS and not isinstance(error, Refusal):
            (self._suspects if lost else self._waiting).append(key)
        else:
            self.failures[key] = _reason(error, lost)
            self._over(key)

    def _over(self, key: str) -> None:
        """Nothing more is to be done for that race; so much the better is the end foreseen."""
        self._left.remove(key)
        # Sums of floats end beside 0, not at it.
        self._work_left = self._work_left - self._work[key] if self._left else 0.0
        now, raced = time.monotonic(), self._work_missing - self._work_left
        self._end = now + (now - self._started) * self._work_left / raced


def _reason(error: BaseException, lost: bool) -> str:
    """Why a race failed, on one line."""
    if lost:
        return "every worker that ran it was lost, though it ran alone"
    text = " ".join(str(error).split())
    own = isinstance(error, (Refusal, Overtime))
    return text if own else f"{type(error).__name__}: {text}"


def _expected_seconds(race: GridRace) -> float:
    """A first guess of what a race takes, right against others of its kind at least."""
    experiment = race.experiment
    rows = _rows(experiment.task, experiment.population.leading_seed)
    train, points = len(rows.split.train), len(rows.drawn.targets)
    raced = [experiment]
    if race.tuned:
        tuning = Tuning(experiment)
        raced += [tuning.trial(rate) for rate in tuning.rates]
    steps = (price(e, sizes(e, rows), train, points).seconds_per_step for e in raced)
    return APART + READ * experiment.training.steps * math.fsum(steps)


@lru_cache(maxsize=2)
def _rows(task: TaskSettings, seed: int) -> Rows:
    """The first seed's rows; successive races of a grid mostly share them."""
    return draw_rows(Experiment(task=task), seed)
