"""The worker: one race and, while it prepares or runs, the thread that drives it."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from engine.fit import Fit
from engine.race import WATCHED, Race, Snapshot
from engine.recording import Event, Row

from .allowance import Allowance

# The window empties the inbox thirty times a second; a race that fills it faster waits.
INBOX_LIMIT = 1000
# Under a chosen speed, steps are taken in helpings at least this far apart, in seconds.
HELPING = 0.005
# Up to so many steps a second, and at the last step asked for, each is read to be shown whole.
SLOW = 10
# Where rows are recorded more seldom, in seconds, steps between them are read to be shown whole.
RARE = 0.25
# The window waits this long at most for the race to come to rest at the gate, in seconds.
GATE_WAIT = 0.005
# A painting window that never opens the gate again must not hold the race for good, in seconds.
GATE_PATIENCE = 0.25

# Makes a race, which calls the function that it is handed many times a step.
Build = Callable[[Callable[[], None]], Race]

# Building a race takes memory: workers do it one at a time, however fast the settings change. The
# judge's race and the tuner's are built beside theirs.
_building = threading.Lock()


class _Left(Exception):
    """Nobody waits for this race any more."""


class Worker:
    """Drives the race that `build(look)` makes, by the steps it is granted, `most` of them at most.

    The window never waits for it: it grants steps, and reads `inbox`, `state`, `snapshot` and
    `race` when it pleases. `state` changes after the records that led to it are in the inbox, so
    that who reads first the state and then the inbox misses nothing.
    """

    def __init__(self, build: Build, most: float = math.inf) -> None:
        self.inbox: deque[Row | Event | Fit] = deque()
        self.state = "preparing"
        self.race: Race | None = None
        self.snapshot: Snapshot | None = None
        self.error: Exception | None = None
        self.steps_done = 0
        self.epoch = 0.0
        self.elapsed = 0.0
        self.last_sign = time.perf_counter()
        self._build = build
        self._most = most
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._goal = 0.0
        self._speed: float | None = None
        self._wishes: deque[tuple[str, float]] = deque()
        self._left = False
        self._wake = threading.Event()
        self._gate = threading.Event()
        self._gate.set()
        self._at_rest = threading.Event()
        self._owed = 0.0
        self._owed_since = 0.0
        self._asked = False
        self._photographed = -1
        self._allowance = Allowance()
        self._last_row = 0.0

    # What the window says. None of these wait for the race.

    def go(self, steps: float = math.inf) -> None:
        """Take `steps` steps from here, without a number until paused or finished."""
        with self._lock:
            if self.state in ("finished", "failed") or self._left:
                return
            self._goal = self.steps_done + steps
            self._owed, self._owed_since = 1.0, time.perf_counter()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="race", daemon=True)
                self.state = "preparing" if self.race is None else "running"
                self._thread.start()
        self._wake.set()

    def pause(self) -> None:
        """Stop after the step under way."""
        with self._lock:
            self._goal = 0
        self._wake.set()

    def leave(self) -> None:
        """Give the race up, in the middle of a step if need be."""
        self._left = True
        self.pause()
        self._gate.set()

    def join(self, patience: float) -> bool:
        """Wait for the thread to end, `patience` seconds at most; say whether it has."""
        thread = self._thread
        if thread is not None:
            thread.join(patience)
        return thread is None or not thread.is_alive()

    @property
    def runs_freely(self) -> bool:
        """Whether it goes on until it is told otherwise."""
        return self._goal == math.inf and self.state in ("preparing", "running")

    def intervene(self, field: str, value: float) -> None:
        """Change a live setting from the next step on."""
        self._wishes.append((field, value))

    def set_speed(self, speed: float | None) -> None:
        """Steps a second; None: as fast as it goes."""
        with self._lock:
            self._speed = speed
            self._owed, self._owed_since = 1.0, time.perf_counter()
        self._wake.set()

    def ask_for_snapshot(self) -> None:
        """Make a photograph as soon as the steps allow it."""
        self._asked = True

    def take_snapshot(self) -> Snapshot | None:
        """The newest photograph, if there is a new one."""
        snapshot, self.snapshot = self.snapshot, None
        return snapshot

    def close_gate(self) -> None:
        """Hold the race while the window paints: the two would fight for the interpreter.

        A race comes to rest within a call or two, and is waited for unless its calls are long.
        """
        self._gate.clear()
        if self.state == "running":
            self._at_rest.wait(GATE_WAIT)

    def open_gate(self) -> None:
        self._gate.set()

    # What the thread does.

    def _work(self) -> None:
        try:
            race = self.race or self._prepare()
            began = time.perf_counter() - self.elapsed
            while self._goes_on(race):
                self._stretch(race, began)
        except _Left:
            pass
        except Exception as error:  # noqa: BLE001 - handed on: the window shows it
            self.error = error
            self.state = "failed"

    def _prepare(self) -> Race:
        with _building:
            self._look()
            race = self._build(self._look)
        self._photograph(race)
        self._allowance = Allowance()  # nothing has been trained that it could hold up
        self.last_sign = time.perf_counter()
        self.race = race
        return race

    def _goes_on(self, race: Race) -> bool:
        """Whether there is a step to take; if not, the thread ends and the state says why."""
        while True:
            with self._lock:
                self._wake.clear()
                over = race.finished or race.step >= self._most
                if self._goal > race.step and not over:
                    self.state = "running"
                    return True
                if self._photographed == race.step:
                    self.state = "finished" if over else "paused"
                    self._thread = None
                    return False
            self._photograph(race)

    def _stretch(self, race: Race, began: float) -> None:
        """Take the steps that are due, until they are taken or the window says something."""
        due = self._due()
        if due == 0:
            return
        self._heed_wishes(race)
        closely = self._looks_closely(race, due)
        if closely and due == math.inf:
            due = 1
        for records in race.run(None if due == math.inf else int(due), closely, WATCHED):
            self.inbox.extend(records)
            if any(isinstance(record, Row) for record in records):
                self._last_row = time.perf_counter()
            self.last_sign = time.perf_counter()
            self.elapsed = self.last_sign - began
            self.epoch = race.epoch
            self.steps_done = race.step
            if (self._asked or closely) and self._may_photograph(race):
                if due == math.inf and self._rows_are_rare(race):
                    return  # the next stretch looks closely
                self._photograph(race)
            while len(self.inbox) > INBOX_LIMIT and not self._rest(HELPING):
                pass
            self._look()
            # At its end, the race has one more thing to say.
            if self._wake.is_set() and race.step != race.experiment.training.steps:
                return
            self._heed_wishes(race)

    def _looks_closely(self, race: Race, due: float) -> bool:
        """Whether the last of the steps due is read for display, as if it were recorded."""
        if due == math.inf:
            return self._asked and self._rows_are_rare(race)
        return due >= self._goal - race.step or (self._speed or math.inf) <= SLOW

    def _rows_are_rare(self, race: Race) -> bool:
        """Whether plots would stand still if they showed what is recorded alone."""
        return time.perf_counter() - self._last_row > RARE and self._may_photograph(race)

    def _may_photograph(self, race: Race) -> bool:
        limit = race.experiment.training.steps
        return self._allowance.permits(race.step, time.perf_counter(), limit)

    def _due(self) -> float:
        """How many steps to take now; waits a moment where the chosen speed asks for none yet."""
        with self._lock:
            wanted = max(min(self._goal, self._most) - self.steps_done, 0)
            speed = self._speed
            if speed is None:
                return wanted
            now = time.perf_counter()
            # A race slower than the chosen speed owes nothing for the time it could not make good.
            most = max(1.0, speed / 10)
            self._owed = min(self._owed + (now - self._owed_since) * speed, most)
            self._owed_since = now
            due = min(math.floor(self._owed), wanted)
            self._owed -= due
        if due == 0:
            self._rest(max((1 - self._owed) / speed, HELPING))
        return due

    def _rest(self, seconds: float) -> bool:
        """Wait so long; say whether the window has said something meanwhile."""
        self._at_rest.set()
        woken = self._wake.wait(seconds)
        self._at_rest.clear()
        self.last_sign = time.perf_counter()
        return woken

    def _heed_wishes(self, race: Race) -> None:
        while self._wishes:
            race.intervene(*self._wishes.popleft())

    def _photograph(self, race: Race) -> None:
        # Its own time: the window's, for which it may have to wait, is no price of it.
        began = time.thread_time()
        self._asked = False
        # The window may take it away at once.
        snapshot = self.snapshot = race.snapshot()
        self._photographed = race.step
        taken, now = time.thread_time() - began, time.perf_counter()
        if snapshot.rows:
            self._last_row = now
        self._allowance.note(race.step, now, taken)

    def _look(self) -> None:
        """Called by the race many times a step: the place to leave, and to wait for the window."""
        if self._left:
            raise _Left
        if not self._gate.is_set():
            self._at_rest.set()
            if not self._gate.wait(GATE_PATIENCE):
                self._gate.set()
            self._at_rest.clear()
