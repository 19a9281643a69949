"""What all views share: a caption in words, choosers, a table, and drawing only what changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, ClassVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from engine import experiment_file
from engine.experiment import Experiment
from engine.race import Snapshot
from engine.recording import Recording
from engine.verdict import Verdict

from ..theme import LIGHT, Theme
from .seen import Seen

NO_RACE = "no race yet"
NARROWEST = 64  # of a chooser among labels


class View(QWidget):
    """What one card shows, with its caption, choosers and table: a plot, or a table alone.

    A view says in `make_body` what it draws on, in `build` which items a new race needs, in
    `colour` how they look in a theme, in `state` what a drawing depends on, and in `refresh` how it
    is drawn. `formats` are the endings of the files it can be saved as, the usual one first. While
    it has nothing to show, its caption is `empty`, and `hint` what to do about it.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    formats: ClassVar[tuple[str, ...]] = (".md", ".csv")
    empty: ClassVar[str] = NO_RACE
    hint: ClassVar[str] = "Run starts the race (Space)"
    caption_changed = Signal(str)
    evidence_asked = Signal(object)  # a finding whose evidence is to be shown
    # There is one of each where there is a recording; `start` makes them.
    curves: Seen
    layers: Seen
    units: Seen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = self.make_body()
        self.theme: Theme = LIGHT
        self._planned: Experiment | None = None
        self.recording: Recording | None = None
        self.snapshot: Snapshot | None = None
        self.verdict: Verdict | None = None
        self._caption = self.empty
        self._drawn: Hashable = None
        # Until a card takes them into its header; so they never outlive the view.
        self._choosers = QWidget(self)
        self._choosers.hide()
        self._chooser_row = QHBoxLayout(self._choosers)
        self._chooser_row.setContentsMargins(0, 0, 0, 0)
        self._chooser_row.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.body)
        # A drag calls for many drawings; one when the event loop gets to it is enough.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.redraw)

    @property
    def shown(self) -> Recording:
        """The recording drawn; only to be asked for where there is one."""
        assert self.recording is not None
        return self.recording

    @property
    def experiment(self) -> Experiment | None:
        """The experiment of the race shown, or the one planned."""
        return self.recording.experiment if self.recording is not None else self._planned

    @property
    def caption(self) -> str:
        return self._caption

    @property
    def advice(self) -> str:
        """What stands in the middle of the card while there is nothing to show."""
        return self.hint if self._caption == self.empty else ""

    def say(self, caption: str) -> None:
        """Set the caption."""
        if caption != self._caption:
            self._caption = caption
            self.body.setAccessibleName(f"{self.title}: {caption}")
            self.caption_changed.emit(caption)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.colour()
        self.redraw()

    def show_experiment(self, experiment: Experiment) -> None:
        """What is about to be raced; names and shapes change at once where no race is shown."""
        self._planned = experiment
        if self.recording is None:
            self._rebuild()

    def start(self, recording: Recording | None) -> None:
        """A new race, or none."""
        self.recording, self.snapshot = recording, None
        if recording is not None:
            self.curves, self.layers = Seen(recording.curves), Seen(recording.layers)
            self.units = Seen(recording.units)
        self._rebuild()

    def _rebuild(self) -> None:
        self.build()
        self.colour()
        self.redraw()

    def draw(self, recording: Recording, snapshot: Snapshot | None) -> None:
        """Draw what has been recorded; does nothing where that is what is shown already."""
        self.recording, self.snapshot = recording, snapshot
        rows = {row.track: row for row in snapshot.rows} if snapshot else {}
        self.curves.glimpse, self.layers.glimpse = rows.get("curves"), rows.get("layers")
        self.units.glimpse = rows.get("units")
        if self.state() != self._drawn:
            self.redraw()

    def show_verdict(self, verdict: Verdict | None) -> None:
        """What the race has been judged to say; None: nothing yet, or no more."""
        if verdict is not self.verdict:
            self.verdict = verdict
            self.redraw()

    def point_at(self, shows: Mapping[str, Any]) -> None:
        """Choose what shows the evidence of a finding, as far as there is something to choose."""

    def redraw(self) -> None:
        """Draw even where nothing new was recorded: a chooser, a theme or a range changed."""
        self._drawn = self.state()
        self.refresh()

    def redraw_soon(self) -> None:
        self._later.start()

    def controls(self) -> QWidget | None:
        """The choosers, for the card's header; None without any."""
        return self._choosers if self._chooser_row.count() else None

    def document(self) -> str:
        """The TOML of what is shown: its race with all that was changed on the way, if any."""
        if self.recording is not None:
            return experiment_file.dumps(self.recording.replay_experiment())
        return experiment_file.dumps(self._planned) if self._planned is not None else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Header and rows of what is drawn."""
        raise NotImplementedError

    def in_words(self) -> tuple[list[str], list[list[Any]]]:
        """The same as people read it."""
        return self.table()

    def make_body(self) -> QWidget:
        raise NotImplementedError

    def build(self) -> None:
        raise NotImplementedError

    def colour(self) -> None:
        raise NotImplementedError

    def state(self) -> Hashable:
        raise NotImplementedError

    def refresh(self) -> None:
        raise NotImplementedError

    def names(self) -> list[str]:
        """The contestants' names."""
        return [c.name for c in self.experiment.contestants] if self.experiment else []

    def colours(self) -> list[int]:
        """The contestants' numbers in the palette."""
        return [c.colour or 0 for c in self.experiment.contestants] if self.experiment else []

    def add_chooser(self, widget: QWidget, name: str, tip: str) -> None:
        """Put a chooser into the card's header."""
        widget.setAccessibleName(f"{self.title}: {name}")
        widget.setToolTip(tip)
        self._chooser_row.addWidget(widget)

    def add_list(
        self, name: str, tip: str, items: Iterable[tuple[str, Any]], chosen: Callable[[], None]
    ) -> QComboBox:
        """A chooser among labels with their data; `chosen` is called when another is taken.

        It is hidden as long as there is nothing to choose from.
        """
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMinimumWidth(NARROWEST)  # it gives way in a narrow card
        for label, data in items:
            box.addItem(label, data)
        box.currentIndexChanged.connect(lambda _: chosen())
        self.add_chooser(box, name, tip)
        if not box.count():
            box.hide()
        return box


def is_read(recording: Recording | None) -> bool:
    """Whether a race has been read since its start, so that it can be judged."""
    return recording is not None and len(recording.curves) > 1


def to_follow(what: str, recording: Recording | None) -> str:
    """What a race's judgement brings, as "The verdict follows", and what it waits for."""
    said = f"{what} once the race pauses or ends and has been judged."
    if recording is None or is_read(recording):
        return said
    experiment = recording.experiment
    every, steps = experiment.population.evaluate_every, experiment.training.steps
    return f"{said} Its first evaluation is at step {min(every, steps or every):,}."


def refill(box: QComboBox, items: Iterable[tuple[str, Any]]) -> None:
    """Give a chooser new items, keeping what was chosen where it is still there. Says nothing."""
    kept = box.currentData()
    box.blockSignals(True)
    box.clear()
    for label, data in items:
        box.addItem(label, data)
    box.setCurrentIndex(max(0, box.findData(kept)))
    box.blockSignals(False)
