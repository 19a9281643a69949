"""The sweep over the experiment that is open: its grid, what it would take, and its progress."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.settings import Refusal
from engine.sweeps import Axis
from engine.sweeps.grid import offers
from engine.wording import counted

from ..labels import ElidedLabel, WrappedLabel
from ..plots.field_scale import point
from ..sweep_progress import in_words, span
from ..sweeper import Sweeper
from .axis import AxisEditor, StillBox, suggested
from .editor import Entry
from .form import Fold

MOST_AXES = 3
FIRST = "network.depth"  # what is offered first, where it matters
KEY = "Ctrl+Return"
TIP = "Race every point of the grid that has not been raced"


class SweepPanel(QWidget):
    """Shows the sweeper's plan and asks for another; keeps nothing itself.

    `race_asked` hands over the finished race that was picked.
    """

    title = "Sweep"
    race_asked = Signal(object)

    def __init__(self, sweeper: Sweeper) -> None:
        super().__init__()
        self.sweeper = sweeper
        self.claim = WrappedLabel()
        self.claim.setProperty("role", "caption")
        self.axes: list[AxisEditor] = []
        self.add_button = QPushButton("+  Add a field")
        self.tuned = QCheckBox("Tune each contestant's rate")
        self.takes, self.refusal, self.words = WrappedLabel(), WrappedLabel(), ElidedLabel()
        self.run_button = QPushButton("Run the sweep")
        self.progress = QProgressBar(textVisible=False)
        self.races = StillBox()
        self.where = ElidedLabel()
        self.choose_button = QPushButton("Choose…")
        self.fold = Fold("the sweep")
        self.address = Entry()
        self._lay_out()
        self._explain()
        self._connect()
        self.show_plan()
        self.show_progress()
        self.show_races()

    # Making it.

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        layout.addWidget(self.claim)
        layout.addLayout(self._rows)
        layout.addWidget(self.add_button)
        layout.addWidget(self.tuned)
        layout.addLayout(_row(QLabel("Results"), self.where, self.choose_button))
        self.fold.grid.addWidget(QLabel("Own cluster"), 0, 0)
        self.fold.grid.addWidget(self.address, 0, 1)
        layout.addWidget(self.fold)
        layout.addWidget(self.takes)
        layout.addWidget(self.refusal)
        layout.addWidget(self.run_button)
        layout.addWidget(self.progress)
        layout.addWidget(self.words)
        layout.addWidget(self.races)

    def _explain(self) -> None:
        self.refusal.setProperty("role", "refusal")
        self.run_button.setProperty("role", "accent")
        for label in (self.takes, self.words, self.where):
            label.setProperty("role", "caption")
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Share of the sweep's work that is done")
        self.races.setAccessibleName("A race of the sweep")
        self.races.setPlaceholderText("Open a race…")
        self.races.setToolTip("Open a finished race in the main views")
        self.address.setPlaceholderText("this machine")
        self.address.setAccessibleName("Address of your own cluster")
        for widget, tip in (
            (self.add_button, f"Another field of the grid, {MOST_AXES} at most"),
            (self.tuned, "At every point each contestant's learning rate is looked for first, on "
             "other seeds and validation data: fair, and several times the work"),
            (self.choose_button, "The folder where results land; a sweep whose results are there "
             "goes on from them"),
            (self.address, "The address of a Dask scheduler's, as tcp://host:8786; empty: this "
             "machine's cores"),
        ):  # fmt: skip
            widget.setToolTip(tip)

    def _connect(self) -> None:
        sweeper = self.sweeper
        self.add_button.clicked.connect(self.add_axis)
        self.tuned.clicked.connect(lambda on: sweeper.set_plan(replace(sweeper.plan, tuned=on)))
        self.choose_button.clicked.connect(self._choose_folder)
        self.run_button.clicked.connect(self.turn)
        self.address.entered.connect(self._set_address)
        self.races.activated.connect(lambda at: self.race_asked.emit(self.races.itemData(at)))
        sweeper.planned.connect(self.show_plan)
        sweeper.priced.connect(self.show_price)
        sweeper.changed.connect(self.show_progress)
        sweeper.grew.connect(self.show_races)

    # What the sweeper has.

    def show_plan(self) -> None:
        plan = self.sweeper.plan
        while len(self.axes) > len(plan.axes):
            editor = self.axes.pop()
            self._rows.removeWidget(editor)
            editor.deleteLater()
        while len(self.axes) < len(plan.axes):
            editor = AxisEditor(len(self.axes))
            editor.changed.connect(self._set_axis)
            self.axes.append(editor)
            self._rows.addWidget(editor)
        for editor, axis in zip(self.axes, plan.axes, strict=True):
            editor.show_axis(plan.experiment, axis)
        self.claim.say(plan.claim)
        self.claim.setVisible(bool(plan.claim))
        self.add_button.setVisible(len(plan.axes) < MOST_AXES)
        self.tuned.setChecked(plan.tuned)
        self.where.setText(str(self.sweeper.folder) if self.sweeper.keeps else "a temporary folder")
        self.where.setToolTip(
            str(self.sweeper.folder) if self.sweeper.keeps else "Results go with the window, "
            "unless a folder is chosen, be it after the sweep"
        )  # fmt: skip
        self._refuse("")
        self.show_price()

    def show_price(self) -> None:
        """What the plan would take, or why it is refused; a refusal of what was typed stays."""
        self.takes.say(self._price())
        self.takes.setVisible(not self.sweeper.refusal)
        if self.sweeper.refusal:
            self._refuse(self.sweeper.refusal)
        self._enable()

    def _price(self) -> str:
        """What the plan would take, said before it is begun."""
        plan, price = self.sweeper.plan, self.sweeper.price
        if not plan.axes:
            return "The same race at every point of a grid: choose a field and its values."
        if price is None:
            return "Working out what it would take …"
        races = counted(price.races, "race")
        if price.done == price.races:
            return f"{races}, all done"
        done = f", {price.done:,} of them done" if price.done else ""
        # How many cores a cluster has is known once it has been reached, not before.
        cores = 1 if self.sweeper.address else os.cpu_count() or 1
        took = span(max(1.0, price.seconds / min(cores, price.races - price.done)))
        return f"{races}{done} · about {took} on {counted(cores, 'core')}"

    def show_progress(self) -> None:
        sweeper, at_work = self.sweeper, self.sweeper.at_work
        self.run_button.setText("Cancel" if at_work else "Run the sweep")
        self.run_button.setToolTip(
            f"Stop; what is done is kept ({KEY})" if at_work
            else f"{TIP} ({KEY})"
        )  # fmt: skip
        progress = sweeper.progress
        self.progress.setVisible(at_work)
        self.progress.setValue(round(1000 * progress.share) if progress else 0)
        self.words.setText(in_words(progress) if progress else "starting the workers")
        self.words.setVisible(at_work)
        self._enable()

    def show_races(self) -> None:
        """Races that have come are put between those that are there; another sweep has none yet."""
        raced = self.sweeper.raced
        if len(raced) < self.races.count():
            self.races.clear()
        for place, (race, _) in enumerate(raced):
            if self.races.itemData(place) != race:
                self.races.insertItem(place, point(race.experiment, race.values), race)
        self.races.setVisible(bool(raced))

    def _enable(self) -> None:
        at_work = self.sweeper.at_work
        self.run_button.setEnabled(at_work or self.sweeper.can_begin)
        for widget in (*self.axes, self.add_button, self.tuned, self.choose_button, self.address):
            widget.setEnabled(not at_work)

    def _refuse(self, text: str) -> None:
        self.refusal.say(text)
        self.refusal.setVisible(bool(text))

    # What the user asks for.

    def add_axis(self) -> None:
        """A field that is not in the grid yet, with values around its own."""
        plan = self.sweeper.plan
        taken = [axis.path for axis in plan.axes]
        free = [path for path in offers(plan.experiment) if path not in taken]
        free.sort(key=lambda path: path != FIRST)
        axes = [Axis(path, suggested(plan.experiment, path)) for path in free]
        # Numbers around its own can be raced as they are; other data may want for more.
        usual = (axis for axis in axes if axis.numeric and len(axis.values) > 1)
        axis = next(usual, axes[0])
        self.sweeper.set_plan(replace(plan, axes=(*plan.axes, axis)))

    def turn(self) -> None:
        """Run, or cancel."""
        if self.sweeper.at_work:
            self.sweeper.stop()
        else:
            self.sweeper.begin()

    def _set_axis(self, place: int, path: str, values: tuple[object, ...]) -> None:
        """Another field or other values; without a path the field leaves the grid."""
        plan = self.sweeper.plan
        axes = list(plan.axes)
        try:
            axes[place : place + 1] = [Axis(path, values)] if path else []
        except Refusal as refusal:
            self._refuse(str(refusal))
            return
        self.sweeper.set_plan(replace(plan, axes=tuple(axes)))

    def _set_address(self, text: str) -> None:
        self.sweeper.address = text.strip()
        self.address.show_text(self.sweeper.address)
        self.show_price()

    def _choose_folder(self) -> None:
        start = str(self.sweeper.folder if self.sweeper.keeps else Path.home())
        if name := QFileDialog.getExistingDirectory(self, "Where results land", start):
            self.sweeper.choose_folder(Path(name))


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget, int(isinstance(widget, ElidedLabel)))
    return row
