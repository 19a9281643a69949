"""What can be undone: a list of experiments, each with the race that was run for it, if any."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.experiment import Experiment
from engine.sections import TrainingSettings
from engine.settings import settings_of

from .stage import Stage

KEPT = 3  # replaced races that can be returned to
LONGEST = 200
MERGED_WITHIN = 1.0  # seconds in which changes of one live setting are one step of undo


@dataclass(eq=False)
class Entry:
    """An experiment that was open, what made it (for people), and its race.

    Entries that differ in live settings share a race: the one it was run with last shows it.
    """

    experiment: Experiment
    made_by: str = ""
    stage: Stage | None = None

    @property
    def shown(self) -> Stage | None:
        """Its race, unless that stands at other settings."""
        return self.stage if self.stage and self.stage.experiment == self.experiment else None


class History:
    """The experiments that were open, and which of them is now."""

    def __init__(self, experiment: Experiment) -> None:
        self._entries = [Entry(experiment)]
        self._place = 0
        self._last_live_change = ("", 0.0)

    @property
    def now(self) -> Entry:
        return self._entries[self._place]

    @property
    def before(self) -> Entry | None:
        return self._entries[self._place - 1] if self._place else None

    @property
    def after(self) -> Entry | None:
        later = self._entries[self._place + 1 : self._place + 2]
        return later[0] if later else None

    def put_aside(self) -> bool:
        """Pause the race that is open; say whether it would have gone on by itself."""
        stage = self.now.shown
        if stage is None:
            return False
        goes_on = stage.pause()
        if stage.recording is None:
            self.now.stage = None  # nothing was seen of it yet
        return goes_on

    def push(self, entry: Entry) -> None:
        """Open `entry`; what had been undone is gone."""
        self._entries[self._place + 1 :] = [entry]
        del self._entries[:-LONGEST]
        self._go_to(len(self._entries) - 1)

    def push_live(self, entry: Entry, path: str) -> None:
        """Open `entry`, where the live setting at `path` is another; if it is dragged, once."""
        (last_path, last_time), now = self._last_live_change, time.monotonic()
        if path == last_path and now - last_time < MERGED_WITHIN:
            self.now.experiment = entry.experiment
        else:
            self.push(entry)
        self._last_live_change = (path, now)

    def take_back(self) -> None:
        """Go back for good: what was open last is gone."""
        self.go_back()
        del self._entries[self._place + 1 :]

    def go_back(self) -> None:
        self._go_to(self._place - 1)

    def go_forward(self) -> None:
        self._go_to(self._place + 1)

    def _go_to(self, place: int) -> None:
        self._place = place
        self._last_live_change = ("", 0.0)

    @property
    def stages(self) -> list[Stage]:
        """All races that can be returned to, each once."""
        return list(dict.fromkeys(e.shown for e in self._entries if e.shown is not None))

    def forget_races(self, kept: int = KEPT) -> None:
        """Let go of all races but the one open now and the `kept` others that ran longest.

        A race that seeds are to join is part of theirs.
        """
        now = self.now.shown
        part_of_now = (now, now.earlier if now else None)
        others = [stage for stage in self.stages if stage not in part_of_now]
        others.sort(key=lambda stage: stage.elapsed, reverse=True)
        held = [*part_of_now, *others[:kept], *(stage.earlier for stage in others[:kept])]
        for entry in self._entries:
            if entry.stage not in held:
                entry.stage = None


def changed_live(old: Experiment, new: Experiment) -> list[str]:
    """The live settings in which two experiments differ."""
    live = [f"training.{name}" for name, s in settings_of(TrainingSettings).items() if s.live]
    return [path for path in live if old.value(path) != new.value(path)]
