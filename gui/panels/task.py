"""The task: its form, a picture of its data, and what was found in a table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.experiment import Experiment
from engine.settings import Refusal
from engine.tasks import TASKS

from ..labels import WrappedLabel
from ..scout import Scout
from ..session import Session
from .form import SettingsPanel
from .thumbnail import Thumbnail

_MOST_NOTES = 4


class TaskPanel(SettingsPanel):
    """The form of the task, with the first seed's data below it."""

    def __init__(self, session: Session, scout: Scout) -> None:
        self.thumbnail = Thumbnail()
        self.words = QLabel(wordWrap=True)
        self.words.setProperty("role", "caption")
        self.notes = WrappedLabel()
        self.notes.setProperty("role", "caption")
        self.trouble = WrappedLabel()
        self.trouble.setProperty("role", "refusal")
        self._scout = scout
        scout.changed.connect(self._picture)
        super().__init__(session, "task")
        picture = QWidget()
        row = QHBoxLayout(picture)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        row.addWidget(self.thumbnail, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1, Qt.AlignmentFlag.AlignTop)
        for place, widget in enumerate((picture, self.trouble, self.notes), start=1):
            self.body.insertWidget(place, widget)

    def show_experiment(self, experiment: Experiment) -> None:
        super().show_experiment(experiment)
        self._picture()

    def _picture(self) -> None:
        """Show the data, or say why there are none."""
        self.trouble.hide()
        scout, found = self._scout, self._scout.found
        if scout.refusal and not scout.at_work:
            self._say(scout.refusal)
        help = TASKS[self.session.experiment.task.data].help
        self.thumbnail.show_data(found.data)
        self.words.setText("\n".join(t for t in (help, found.summary()) if t))
        more = len(found.notes) - _MOST_NOTES
        listed = [*found.notes[:_MOST_NOTES], *([f"… and {more} more"] if more > 0 else [])]
        self.notes.say("\n".join(listed))
        self.notes.setToolTip("\n".join(found.notes))
        self.notes.setVisible(bool(listed))

    def _say(self, refusal: Refusal) -> None:
        """Beside the field it is about, if that is one of ours."""
        editor = self.editors.get(refusal.field)
        if editor is not None:
            editor.show_refusal(str(refusal))
        else:
            self.trouble.say(str(refusal))
            self.trouble.show()
