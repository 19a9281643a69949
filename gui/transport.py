"""What drives the race: run, pause, step, reset, seeds, speed; and the line that reads it out."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QSpinBox,
    QToolButton,
    QWidget,
)

from engine.tune import Progress
from engine.wording import counted

from .actions import Actions, button
from .labels import FittingLabel
from .scout import Scout, expected
from .session import GOING, Session
from .tuner import Tuner

# Steps a second that can be chosen; None is as fast as it goes.
SPEEDS = (1, 3, 10, 30, 100, 300, 1000, 3000, None)
READ_OUT_EVERY = 200  # milliseconds
SLOW = 1.0  # seconds without a sign of life that are worth a word

# What a readout is to have room for.
_USUAL = "step 10,000 · epoch 100.0 · 1,000 steps/s · 10:00"

PAUSE = "Pause"
_RUN = {
    "idle": ("Run", "Train all contestants"),
    "paused": ("Run", "Let the race go on"),
    "finished": ("Again", "Start the race from its first step"),
    "failed": ("Run", "Try again"),
}


class Transport(QWidget):
    """The buttons of a race."""

    def __init__(self, session: Session, tuner: Tuner, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self._tuner = tuner
        self._actions = actions
        actions.add("run", "Run", "Train all contestants", self._run_or_pause, "Space", "play")
        actions.add("step", "Step", "Take steps, then pause", self._step, ".", "step")
        actions.add(
            "reset", "Reset", "Back to before the first step, same seeds", session.reset, "Ctrl+R",
            "reset",
        )  # fmt: skip
        actions.add(
            "seeds", "New seeds", "Other data, splits and first weights: seeds not seen yet",
            session.new_seeds, "Ctrl+Shift+R", "seeds",
        )  # fmt: skip
        self.steps = _steps_box()
        self.speed = _speed_box()
        self.speed.currentIndexChanged.connect(self._set_speed)
        seeds = button(actions, "seeds", words=False)
        seeds.addAction(actions["more_seeds"])
        seeds.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.run_button = button(actions, "run")
        self.run_button.setProperty("role", "accent")
        # No button moves as its words change.
        self.run_button.setMinimumWidth(self.fontMetrics().horizontalAdvance(PAUSE) + 62)
        for widget in (
            self.run_button,
            button(actions, "step"),
            self.steps,
            button(actions, "reset", words=False),
            seeds,
            self.speed,
        ):
            row.addWidget(widget)
        session.state_changed.connect(self.show_state)
        tuner.changed.connect(lambda: self.show_state(session.state))

    def show_state(self, state: str) -> None:
        """Say with the buttons what can be done now: no race begins while rates are tuned."""
        going, tuning = state in GOING, self._tuner.at_work
        text, tip = (PAUSE, "Stop after the step under way") if going else _RUN[state]
        if tuning and not going:
            tip = "Rates are being tuned: stop that to run the race"
        self._actions["run"].setEnabled(going or not tuning)
        self._actions["run"].setText(text)
        self._actions.explain("run", tip)
        colour = self.run_button.palette().highlightedText().color().name()
        self._actions.show_icon("run", "pause" if going else "play", colour)
        self._actions["step"].setEnabled(not (going or tuning) and state != "finished")
        self._actions["reset"].setEnabled(state != "idle")
        self._actions["more_seeds"].setEnabled(state == "finished")

    def _run_or_pause(self) -> None:
        if self._session.state in GOING:
            self._session.pause()
        else:
            self._session.run()

    def _step(self) -> None:
        self._session.step(self.steps.value())

    def _set_speed(self, place: int) -> None:
        self._session.speed = self.speed.itemData(place)


class Readout(QWidget):
    """Step, epoch, speed and time of the race in words, and how far it is on a thin line.

    While rates are tuned, how far that is.
    """

    def __init__(self, session: Session, tuner: Tuner, scout: Scout) -> None:
        super().__init__()
        self._session = session
        self._tuner = tuner
        self._scout = scout
        self.words = FittingLabel()
        self.words.setProperty("role", "caption")
        self.words.setAccessibleName("Progress of the race")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Share of the steps done")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words)
        self._timer = QTimer(self, interval=READ_OUT_EVERY)
        self._timer.timeout.connect(self.show_progress)
        session.state_changed.connect(self._follow)
        tuner.changed.connect(self._follow)
        session.race_started.connect(self.show_progress)
        session.experiment_changed.connect(self.show_progress)
        scout.changed.connect(self.show_progress)
        self.show_progress()

    @property
    def usual_width(self) -> int:
        """The room that the words of most races take."""
        return self.words.fontMetrics().horizontalAdvance(_USUAL)

    def _follow(self) -> None:
        if self._session.state in GOING or self._tuner.at_work:
            self._timer.start()
        else:
            self._timer.stop()
        self.show_progress()

    def show_progress(self) -> None:
        """Bring words and line up to date."""
        session, tuner = self._session, self._tuner
        if tuner.at_work:
            self.progress.setValue(round(1000 * tuner.progress.share) if tuner.progress else 0)
            self.progress.setToolTip("of all learning rates to try")
            self.words.say(_ways_of_tuning(tuner.progress))
            return
        limit, done = session.limit, session.steps_done
        self.progress.setValue(round(1000 * done / limit) if limit else 0)
        self.progress.setToolTip(f"{done:,} of {limit:,} steps" if limit else "no step limit")
        self.words.say(self._ways())

    def _ways(self) -> list[str]:
        """What there is to say, from the longest way to the shortest."""
        session, state = self._session, self._session.state
        contestants = len(session.experiment.contestants)
        seeds = session.experiment.population.seeds
        size = f"{counted(contestants, 'contestant')} × {counted(seeds, 'seed')}"
        if session.joining:
            return self._ways_of_joining()
        if state == "idle":
            needs = expected(session.experiment, self._scout.found)
            if needs is None:
                return [f"ready · {size}", "ready"]
            pace = f"about {_duration(needs.seconds_per_step)} a step"
            memory = f"up to {needs.memory / 1e6:,.0f} MB"
            return [
                f"ready · {size} · {memory} · {pace}",
                f"ready · {memory} · {pace}",
                f"ready · {pace}",
                "ready",
            ]
        if state in ("preparing", "failed"):
            return [f"{state} · {size}", state]
        if session.silence > SLOW:
            return [f"step {session.steps_done + 1:,} has taken {session.silence:.0f} s so far"]
        step, of_all, going = self._how_far()
        epoch = f"epoch {session.epoch:.1f}"
        clock = _clock(session.elapsed)
        ways = [
            [of_all, epoch, going, clock],
            [step, epoch, going, clock],
            [step, going, clock],
            [step, going],
            [step],
        ]
        if state == "running":
            ways.insert(0, [*ways[0], size])
        return [" · ".join(way) for way in ways]

    def _ways_of_joining(self) -> list[str]:
        """As `_ways`, where further seeds race and the cards show the race they are to join."""
        what = f"racing {counted(self._session.joining, 'more seed')}"
        if self._session.state == "preparing":
            return [f"{what} · preparing", what]
        step, of_all, going = self._how_far()
        clock = _clock(self._session.elapsed)
        ways = [what, of_all, going, clock], [what, of_all, going], [what, of_all], [what, step]
        return [*(" · ".join(way) for way in ways), step]

    def _how_far(self) -> tuple[str, str, str]:
        """The step, the same with the last one, and how fast it goes or what else it does."""
        session = self._session
        step, rate = f"step {session.steps_done:,}", session.steps_per_second
        of_all = f"{step} of {session.limit:,}" if session.limit else step
        if session.state != "running":
            return step, of_all, session.state
        return step, of_all, f"{rate:,.0f} steps/s" if rate >= 10 else f"{rate:.1f} steps/s"


def _ways_of_tuning(progress: Progress | None) -> list[str]:
    """What there is to say of tuning, from the longest way to the shortest."""
    if progress is None:
        return ["tuning · preparing", "tuning"]
    rate = f"rate {progress.rate:g}, {progress.place + 1} of {progress.rates}"
    share, step = f"{progress.share:.0%}", f"step {progress.step:,} of {progress.steps:,}"
    ways = ["tuning", rate, step, share], ["tuning", rate, share], ["tuning", share]
    return [" · ".join(way) for way in ways]


def _steps_box() -> QSpinBox:
    box = QSpinBox(minimum=1, maximum=1_000_000, value=1)
    box.setPrefix("× ")
    box.setGroupSeparatorShown(True)
    box.setToolTip("How many steps a click on Step takes: 1 to 1,000,000")
    box.setAccessibleName("Steps at a click")
    box.setFixedWidth(box.fontMetrics().horizontalAdvance("× 10,000") + 26)
    return box


class _SpeedBox(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _speed_box() -> QComboBox:
    box = _SpeedBox()
    for speed in SPEEDS:
        words = "Full speed" if speed is None else f"{counted(speed, 'step')}/s"
        box.addItem(words, speed)
    box.setCurrentIndex(box.count() - 1)
    box.setToolTip("Steps a second at most")
    box.setAccessibleName("Speed")
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return box


def _duration(seconds: float) -> str:
    """Two digits of a time."""
    unit, scale = ("s", 1.0) if seconds >= 1 else ("ms", 1e3)
    return f"{float(f'{seconds * scale:.2g}'):,g} {unit}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
