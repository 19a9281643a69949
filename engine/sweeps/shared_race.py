"""One race shared out among workers: each races some of its seeds, and all that becomes one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING

from ..experiment import Experiment
from ..joining import race_to_join, shares, together
from ..race import Race
from ..recording import Recording
from .cluster import PACE, landed
from .task import wanted

if TYPE_CHECKING:
    from distributed import Client, Future

TOPIC = "steps of a shared race"


class SharedRace:
    """The seeds of a race that has not begun, in as many shares as there will be workers.

    `recording` is empty until `run` is through. Raises Refusal (`workers`) for a number out of
    range.
    """

    def __init__(self, race: Race, workers: int) -> None:
        self.experiment, self.recording = race.experiment, race.recording
        self.shares = shares(race.experiment, workers)

    def run(self, client: Client, steps: int) -> Iterator[int]:
        """Race so many steps, saying every moment how many all lanes have made.

        Who stops asking has stopped it. A share whose worker is lost is raced once more. Raises
        what a share's race does, and ChildProcessError where that worker is lost too.
        """
        made = [0] * len(self.shares)

        def hear(event: tuple[float, tuple[int, int]]) -> None:
            _, (number, step) = event
            made[number] = step

        client.subscribe_topic(TOPIC, hear)
        racing = {
            client.submit(race_share, share, number, steps, pure=False): number
            for number, share in enumerate(self.shares)
        }
        raced: dict[int, Recording] = {}
        try:
            while racing:
                for future in landed(client, racing):
                    number = racing.pop(future)
                    raced[number] = _taken(future)
                    made[number] = steps  # it may have ended before, and then holds nobody up
                yield min(made)
        finally:
            client.cancel(list(racing))
        joined = reduce(together, (raced[number] for number in sorted(raced)))
        joined.notes = self.recording.notes
        self.recording = joined


def race_share(share: Experiment, number: int, steps: int) -> Recording:
    """What a worker does: the race of a share, telling now and then how far it is."""
    from distributed import get_worker

    look, told = wanted(timeout=0), 0.0
    race = race_to_join(share, look)
    for records in race.run(steps):
        for record in records:
            race.recording.add(record)
        look()
        if time.monotonic() - told >= PACE:
            told = time.monotonic()
            get_worker().log_event(TOPIC, (number, race.step))
    return race.recording


def _taken(future: Future) -> Recording:
    """What a share came to. Raises as `run`."""
    from distributed import KilledWorker

    try:
        recording: Recording = future.result()
    except KilledWorker:
        raise ChildProcessError("workers were lost twice over the same seeds") from None
    return recording
