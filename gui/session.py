"""The session: the experiment that is open, its race, and the way there and back again."""

from __future__ import annotations

import dataclasses
import math
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.race import Snapshot
from engine.recording import Recording
from engine.settings import Refusal
from engine.verdict import Verdict
from engine.wording import counted

from .beat import Beat
from .crew import Crew
from .documents import Paper, in_words, paper
from .history import Entry, History, changed_live
from .judge import Judge
from .pace import Pace
from .stage import Stage

GOING = ("preparing", "running")


class Session(QObject):
    """What panels ask and plots draw. Panels say `change(path, value)` and store nothing.

    state: "idle" (no race yet), "preparing", "running", "paused", "finished" or "failed".
    `race_started` says that another recording is to be shown, or none,
    `recording_grew` that there is something new, `picture_due` that it is time to draw,
    `verdict_changed` that a verdict is there, or holds no more.
    `loaded` says that something else is opened, whatever is on its way.
    `closing` asks all who have threads of their own to end them, and says until when to wait.
    `refused` names a setting, "contestants", "more seeds", "file", "tuning", "verdict" or "race".
    """

    experiment_changed = Signal(object)
    race_started = Signal()
    recording_grew = Signal()
    picture_due = Signal()
    verdict_changed = Signal()
    state_changed = Signal(str)
    refused = Signal(str, str)
    noted = Signal(str)
    history_changed = Signal()
    loaded = Signal()
    closing = Signal(float)

    def __init__(self, experiment: Experiment | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History(experiment or Experiment())
        self._crew = Crew()
        self._state = "idle"
        self._shown: Recording | None = None
        self._pace = Pace()
        self._beat = Beat(self)
        self._beat.due.connect(self._show_news)
        self._judge = Judge(self)
        self._judge.ruled.connect(self._show_verdict)
        self._judge.failed.connect(self.say_failed)
        self._shown_verdict: Verdict | None = None

    # What is open.

    @property
    def experiment(self) -> Experiment:
        return self._history.now.experiment

    @property
    def recording(self) -> Recording | None:
        return self._stage.recording if self._stage else None

    @property
    def snapshot(self) -> Snapshot | None:
        return self._stage.snapshot if self._stage else None

    @property
    def verdict(self) -> Verdict | None:
        """On the race that is open, once it rests and has been judged."""
        return self._stage.verdict if self._stage else None

    @property
    def judging(self) -> bool:
        """Whether a verdict is on its way."""
        return self._judge.at_work

    @property
    def state(self) -> str:
        return self._state

    @property
    def steps_done(self) -> int:
        return self._stage.steps_done if self._stage else 0

    @property
    def epoch(self) -> float:
        """Passes over the training points that the steps done are, with fractions."""
        return self._stage.epoch if self._stage else 0.0

    @property
    def limit(self) -> int:
        """The step at which the race is over; 0: there is none."""
        return self._stage.limit if self._stage else self.experiment.training.steps

    @property
    def joining(self) -> int:
        """How many seeds race to join the finished race that is on show."""
        return self._stage.joining if self._stage else 0

    @property
    def elapsed(self) -> float:
        """Seconds that the race has run, pauses apart."""
        return self._stage.elapsed if self._stage else 0.0

    @property
    def steps_per_second(self) -> float:
        return self._pace.steps_per_second if self._state == "running" else 0.0

    @property
    def painting(self) -> float:
        """Seconds that painting the last picture took."""
        return self._beat.painting

    @property
    def silence(self) -> float:
        """Seconds since a race that runs last gave a sign of life: long where steps are huge."""
        return self._stage.silence if self._stage and self._state in GOING else 0.0

    @property
    def _stage(self) -> Stage | None:
        return self._history.now.shown

    # What panels say.

    def change(self, path: str, value: Any) -> None:
        """Give a setting a new value: within the race if it is live, else by a new race."""
        try:
            experiment = self.experiment.with_value(path, value)
        except Refusal as refusal:
            self.refused.emit(path, str(refusal))
            return
        if experiment == self.experiment:
            return
        title = experiment.task.title
        if title != self.experiment.task.title:  # name and claim were about other data
            experiment = dataclasses.replace(experiment, name=title, claim="")
        about, stage = Experiment.setting(path), self._stage
        if about.live and stage and stage.takes_live_changes:
            stage.intervene(path, experiment.value(path))
            self._history.push_live(Entry(experiment, about.label, stage), path)
            self._say_what_is_open()
        else:
            self._replace(Entry(experiment, about.label))

    def set_contestants(self, contestants: tuple[Contestant, ...], by: str = "Contestants") -> None:
        try:
            experiment = dataclasses.replace(self.experiment, contestants=contestants)
        except Refusal as refusal:
            self.refused.emit("contestants", str(refusal))
            return
        if experiment != self.experiment:
            self._replace(Entry(experiment, by))

    def new_seeds(self) -> None:
        """Seeds that this experiment has not seen yet."""
        population = self.experiment.population
        self.change("population.first_seed", population.first_seed + population.seeds)

    def add_seeds(self, seeds: int) -> None:
        """Race so many further seeds, which join the finished race that is open at their end.

        Until then that is what is shown; undo returns to it.
        """
        try:
            stage = self._crew.stage_more(self._stage, seeds)
        except Refusal as refusal:
            self.refused.emit("more seeds", str(refusal))
            return
        self._replace(Entry(stage.experiment, counted(seeds, "more seed"), stage))
        self._go(math.inf)

    def load(self, experiment: Experiment, recording: Recording | None = None) -> None:
        """Open an experiment, with what was recorded of it; no race is started."""
        self.loaded.emit()
        if experiment == self.experiment and self._stage is None and recording is None:
            return
        self.pause()
        stage = Stage(experiment, recording=recording) if recording else None
        self._replace(Entry(experiment, experiment.name or "Experiment", stage))

    def paper(self, path: Path) -> Paper:
        """What is to be saved at `path`, as it stands now. Raises Refusal and MemoryError."""
        self._show_news()  # what the race has done by now is to be in the file
        pending = self._stage.pending if self._stage else ()
        over = self._state == "finished"
        return paper(path, self.experiment, self.recording, pending, over)

    # Undo and redo.

    @property
    def can_undo(self) -> bool:
        return self._history.before is not None

    @property
    def can_redo(self) -> bool:
        return self._history.after is not None

    @property
    def undo_text(self) -> str:
        """What undo takes back, for people."""
        return self._history.now.made_by if self._history.before else ""

    @property
    def redo_text(self) -> str:
        """What redo does again, for people."""
        return self._history.after.made_by if self._history.after else ""

    def undo(self) -> None:
        if self._history.before:
            self._move_to(self._history.before, self._history.go_back)

    def redo(self) -> None:
        if self._history.after:
            self._move_to(self._history.after, self._history.go_forward)

    # Running.

    @property
    def speed(self) -> float | None:
        """Steps a second that are aimed at; None: as fast as it goes."""
        return self._crew.speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._crew.speed = speed
        self._pace.clear()

    def run(self) -> None:
        """Start the race or let it go on. Races replaced before are let go of now."""
        if self._stage and self._stage.worker and self._stage.worker.runs_freely:
            return
        self._history.forget_races(0)
        if self._state == "finished":
            self._replace(Entry(self.experiment, "Run again"))
        self._crew.keep(self._history.stages)
        self._go(math.inf)

    def step(self, n: int = 1) -> None:
        """Take exactly `n` steps, then pause."""
        if self._state != "finished":
            self._go(n)

    def pause(self) -> None:
        """Stop after the step under way; the state says when."""
        if self._stage:
            self._stage.pause()

    def reset(self) -> None:
        """Back to before the first step, same seeds; undo returns to the race."""
        if self._stage:
            self._stage.pause()
            self._replace(Entry(self.experiment, "Reset"))

    def ask_for_snapshot(self) -> None:
        """Have a photograph made, to be drawn with the next picture."""
        if self._stage and self._stage.worker:
            self._stage.worker.ask_for_snapshot()

    def close(self) -> None:
        """End every race and all else that has a thread; wait for all together a few seconds."""
        self._beat.stop()
        until = self._crew.dismiss()
        self._judge.close(until)
        self.closing.emit(until)
        self._crew.close(until)

    # How one experiment takes the place of another.

    def _replace(self, entry: Entry) -> None:
        """Open `entry` in place of what is open, and run it if that was running."""
        goes_on = self._history.put_aside()
        self._history.push(entry)
        self._arrive(goes_on)

    def _move_to(self, entry: Entry, move: Callable[[], None]) -> None:
        """Undo or redo: change live settings back within the race, or open what was open then.

        A race that is over can be changed no more, so its earlier settings are opened without it.
        """
        stage = self._stage
        if stage and stage is entry.stage and stage.takes_live_changes:
            for path in changed_live(self.experiment, entry.experiment):
                stage.intervene(path, entry.experiment.value(path))
            move()
            self._say_what_is_open()
            return
        goes_on = self._history.put_aside()
        move()
        self._arrive(goes_on)

    def _arrive(self, goes_on: bool) -> None:
        self._history.forget_races()
        self._crew.keep(self._history.stages)
        self._say_what_is_open()
        if goes_on and (self._stage is None or self._stage.can_go_on):
            self._go(math.inf)
        else:
            self._show_news()

    def _say_what_is_open(self) -> None:
        self.experiment_changed.emit(self.experiment)
        self.history_changed.emit()

    # The race and its news.

    def _go(self, steps: float) -> None:
        stage = self._stage
        if stage is None or stage.worker is None or stage.state == "failed":
            self._history.now.stage = stage = self._crew.stage(self.experiment)
            self._enter("preparing")  # one that fails at once has failed anew
        self._pace.clear()
        self._judge.attend(None, "idle")  # a verdict under way is not on where it goes to
        stage.go(steps)
        self._show_news()

    def _show_news(self) -> None:
        """Take in what the race has put into its inbox, and say so once."""
        stage = self._stage
        self._beat.begin(stage.worker if stage else None)
        state = stage.state if stage else "idle"  # before the inbox: what led to it is in there
        # A race that has just been built is taken in with the next picture, when it runs.
        grew = stage.take_in() if stage and state != "preparing" else False
        if stage and stage.earlier and stage.error:
            self._take_back(stage.error)
            return
        started = self.recording is not self._shown and not (stage and stage.is_on_its_way)
        if started:
            self._shown = self.recording
            self.race_started.emit()
            grew = self.recording is not None
        self._pace.note(self.steps_done)
        if grew:
            self.recording_grew.emit()
        self.picture_due.emit()
        self._enter(state)
        self._judge.attend(stage, state)
        self._show_verdict()
        # Plots are built once, and a race that is being built is not to be waited for any longer.
        self._beat.end(again=state in GOING, soon=started or state == "preparing")

    def _take_back(self, error: Exception) -> None:
        """Seeds that cannot race or join leave the race that they were to join as it was."""
        self._history.take_back()
        self._arrive(goes_on=False)
        self.say_failed(error, "more seeds")

    def _show_verdict(self) -> None:
        if self.verdict is not self._shown_verdict:
            self._shown_verdict = self.verdict
            self.verdict_changed.emit()

    def _enter(self, state: str) -> None:
        if state == self._state:
            return
        self._state = state
        if state == "failed" and self._stage and self._stage.error:
            self.say_failed(self._stage.error)
        self.state_changed.emit(state)

    def say_failed(self, error: Exception, about: str = "race", path: Path | None = None) -> None:
        """Tell people; what nobody expected is told in full on standard error.

        `path` is the file that something was to be done with.
        """
        of_a_file = isinstance(error, OSError) and path is not None
        if not isinstance(error, (Refusal, MemoryError)) and not of_a_file:
            traceback.print_exception(error)
        field = error.field if isinstance(error, Refusal) and about == "race" else about
        self.refused.emit(field, in_words(error, path))
