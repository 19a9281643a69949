"""What every editor is: a setting's label, its control, and the place of a refusal or a note."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from engine.settings import Setting

from ..labels import WrappedLabel


class Editor(QWidget):
    """One setting: a label, the control (this widget) and, below, a place for a refusal and a note.

    `changed` says the path of the setting and the value asked for, which may be text that is no
    value at all: the experiment is the judge. What is shown changes only by `show_value`.
    """

    changed = Signal(str, object)
    section: Any = None  # of the experiment, as it is shown

    def __init__(self, path: str, about: Setting, label: QWidget | None = None) -> None:
        super().__init__()
        self.path = path
        self.about = about
        self.label = label or QLabel(about.label)
        self.refusal, self.note = WrappedLabel(), WrappedLabel()
        for below, role in ((self.refusal, "refusal"), (self.note, "caption")):
            below.setProperty("role", role)
            below.hide()

    def show_value(self, value: Any) -> None:
        """Show the value that the experiment has."""
        raise NotImplementedError

    def allowed(self) -> str:
        """What may be entered, in words; empty where there is nothing to say."""
        return self.about.range_text()

    def tip(self) -> str:
        """The help, the range and its unit, as rich text so that long lines wrap."""
        zero = f"0: {self.about.zero}" if self.about.zero else ""
        lines = (self.about.help, self.allowed(), zero)
        return "<br>".join(html.escape(line, quote=False) for line in lines if line)

    def set_icons(self, icons: Mapping[str, QIcon], size: QSize) -> None:
        """Icons for the values, where the control shows any."""

    def show_refusal(self, text: str) -> None:
        """Say why the last value was not taken; "" takes it back."""
        self.refusal.say(text.removeprefix(f"{self.path} = ").removeprefix("'': "))
        self.refusal.setVisible(bool(text))

    def show_note(self, text: str, tip: str = "") -> None:
        """Say what follows from the value shown; "" says nothing."""
        self.note.say(text)
        self.note.setToolTip(tip)
        self.note.setVisible(bool(text))

    def place(self, grid: QGridLayout) -> None:
        """Take the next rows of a form with two columns."""
        row = grid.rowCount()
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self, row, 1)
        grid.addWidget(self.refusal, row + 1, 0, 1, 2)
        grid.addWidget(self.note, row + 2, 0, 1, 2)

    def set_shown(self, shown: bool) -> None:
        self.label.setVisible(shown)
        self.setVisible(shown)

    def _furnish(self, *controls: QWidget) -> None:
        """Lay the controls out in a row; each can be named, explained and reached by keyboard."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for control in controls:
            row.addWidget(control)
            control.setAccessibleName(control.accessibleName() or self.about.label)
            control.setAccessibleDescription(f"{self.about.help} {self.allowed()}".strip())
        self.setFocusProxy(controls[0])
        for widget in (self.label, self, *controls):
            widget.setToolTip(self.tip())
        if isinstance(self.label, QLabel):
            self.label.setBuddy(controls[-1])


class Entry(QLineEdit):
    """A line of text that is said once it is done, and forgotten on Escape, or if nobody shows it.

    So what was refused, or is another way to write what is shown already, does not stay.
    """

    entered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.editingFinished.connect(self._finish)

    def show_text(self, text: str) -> None:
        self._shown = text
        self.setText(text)
        self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.show_text(self._shown)
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.isModified():
            self.setModified(False)
            self.entered.emit(self.text())
            if self.text() != self._shown:
                self.show_text(self._shown)
