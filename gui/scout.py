"""The scout: finds out what the experiment's data look like, in a thread of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.budget import within_budget
from engine.data import Data, Split
from engine.experiment import Experiment
from engine.price import Price, price
from engine.seeds import draw_rows
from engine.settings import Refusal
from engine.tasks import TASKS
from engine.wording import counted

from .errand import Errand
from .session import Session

# A larger file takes long to read; it is read by the race alone.
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class Preview:
    """The data of the first seed, cut as a race would; None where they are not read here."""

    data: Data | None
    cut: Split | None
    notes: tuple[str, ...]

    def summary(self) -> str:
        """Sizes in words."""
        if self.data is None or self.cut is None:
            return ""
        rows, features = self.data.inputs.shape
        parts = (
            (self.cut.train, "train"), (self.cut.validation, "validation"), (self.cut.test, "test")
        )  # fmt: skip
        classes = len(self.data.class_names)
        learnt = f"{classes} classes" if classes else "a number"
        inputs = counted(features, "input")
        shares = " · ".join(f"{len(part):,} {name}" for part, name in parts if len(part))
        return f"{counted(rows, 'point')}\n{inputs} → {learnt}\n{shares}"


NOTHING = Preview(None, None, ())


def expected(experiment: Experiment, found: Preview) -> Price | None:
    """What a race on the data found would need; None where there are none, or it is refused."""
    if found.data is None or found.cut is None:
        return None
    inputs, targets = found.data.inputs, found.data.targets
    try:
        experiment = within_budget(experiment, inputs.shape[1], targets.shape[1])
    except Refusal:  # the race will say why
        return None
    sizes = (inputs.shape[1], *experiment.network.hidden, targets.shape[1])
    return price(experiment, sizes, len(found.cut.train), len(targets))


def preview(experiment: Experiment) -> Preview:
    """Read or draw the first seed's data. Raises Refusal where the task refuses."""
    settings, seed = experiment.task, experiment.population.first_seed
    if "table" in TASKS[settings.data].uses:
        if not settings.table:
            return Preview(None, None, ("Choose a file to learn from.",))
        if os.path.exists(settings.table) and os.path.getsize(settings.table) > LARGEST_FILE:
            return Preview(None, None, ("A large file: it is read when the race starts.",))
    rows = draw_rows(experiment, seed)
    return Preview(rows.drawn, rows.split, rows.drawn.notes)


class Scout(QObject):
    """Looks at the first seed's data whenever they are others; `changed` says that it did.

    `found` is what it saw last, and `refusal` why there was nothing to see. Either stays until it
    has looked at what is open now.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found = NOTHING
        self.refusal: Refusal | None = None
        self._session = session
        self._depends: object = None
        self._errand = Errand(self, "scout")
        self._errand.done.connect(self._show)
        self._errand.failed.connect(self._refuse)
        session.experiment_changed.connect(self._look)
        session.closing.connect(self._errand.close)
        self._look(session.experiment)

    @property
    def at_work(self) -> bool:
        return self._errand.at_work

    @property
    def words(self) -> str:
        """The table that is read at the moment; empty if none is."""
        table = self._session.experiment.task.table
        return f"Reading {Path(table).name} …" if table and self.at_work else ""

    def _look(self, experiment: Experiment) -> None:
        depends = (experiment.task, experiment.population.first_seed)
        if depends != self._depends:
            self._depends = depends
            self._errand.send(lambda _: preview(experiment))
            self.changed.emit()

    def _show(self, found: Preview) -> None:
        self.found, self.refusal = found, None
        self.changed.emit()

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, Refusal):
            self.found, self.refusal = NOTHING, error
        else:
            self._session.say_failed(error, "task")
        self.changed.emit()
