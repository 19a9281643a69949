"""The form of one section of the experiment, made from what its settings say of themselves."""

from __future__ import annotations

import typing
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from engine.experiment import SECTIONS, Experiment
from engine.settings import settings_of

from ..session import Session
from .editor import Editor
from .editors import editor_for


def form_grid() -> QGridLayout:
    """Labels on the left, controls on the right, close together."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    return grid


class Fold(QWidget):
    """A button that shows and hides what stands below it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.button = QPushButton()
        self.button.setCheckable(True)
        self.button.setProperty("role", "plain")
        # Its text begins where the labels above begin.
        self.button.setStyleSheet("padding-left: 0px;")
        self.button.setAccessibleName(f"More settings of {name}")
        self.button.setToolTip("Settings that are rarely needed.")
        self.body = QWidget()
        self.grid = form_grid()
        self.body.setLayout(self.grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.body)
        self.button.toggled.connect(self._turn)
        self._said = ""
        self._turn(False)

    def open(self) -> None:
        self.button.setChecked(True)

    def say_changed(self, labels: list[str]) -> None:
        """Name what is set otherwise inside, so that nothing decides a race unseen."""
        self._said = f" · {len(labels)} set" if labels else ""
        self._turn(self.button.isChecked())
        tip = "Settings that are rarely needed."
        self.button.setToolTip(tip + (f"<br>Set: {', '.join(labels)}." if labels else ""))

    def _turn(self, on: bool) -> None:
        self.body.setVisible(on)
        self.button.setText(f"{'▾' if on else '▸'} More{self._said}")


class SettingsPanel(QWidget):
    """All settings of a section; the rarely used ones behind a fold."""

    def __init__(self, session: Session, section: str) -> None:
        super().__init__()
        self.session = session
        self.section = section
        self.title = section.capitalize()
        self.editors: dict[str, Editor] = {}
        self._asking: Editor | None = None
        self.fold = Fold(section)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(3)
        grid = form_grid()
        self.body.addLayout(grid)
        self._build(grid)
        self.body.addWidget(self.fold)
        session.experiment_changed.connect(self.show_experiment)
        session.refused.connect(self._refuse)
        self.show_experiment(session.experiment)

    def _build(self, grid: QGridLayout) -> None:
        hints = typing.get_type_hints(SECTIONS[self.section])
        for name, about in settings_of(SECTIONS[self.section]).items():
            editor = editor_for(f"{self.section}.{name}", about, hints[name])
            editor.place(self.fold.grid if about.advanced else grid)
            editor.changed.connect(self._ask)
            self.editors[editor.path] = editor

    def show_experiment(self, experiment: Experiment) -> None:
        section = getattr(experiment, self.section)
        usual = SECTIONS[self.section]()
        relevant, changed = False, []
        for path, editor in self.editors.items():
            about, value = editor.about, experiment.value(path)
            shown = about.shown_for is None or about.shown_for(section)
            editor.section = section
            editor.show_value(value)  # first: what is hidden says what was being typed into it
            editor.set_shown(shown)
            editor.show_refusal("")
            if about.advanced and shown:
                relevant = True
                if value != getattr(usual, path.partition(".")[2]):
                    changed.append(about.label)
        self.fold.setVisible(relevant)
        self.fold.say_changed(changed)

    def _ask(self, path: str, value: Any) -> None:
        self._asking = self.editors[path]
        self._asking.show_refusal("")
        self.session.change(path, value)
        self._asking = None

    def _refuse(self, path: str, text: str) -> None:
        """A refusal stands beside the field just edited, else beside the one it is about."""
        editor = self._asking or self.editors.get(path)
        if editor is None:
            return
        editor.show_value(self.session.experiment.value(editor.path))
        editor.show_refusal(text)
        if editor.about.advanced:
            self.fold.open()
