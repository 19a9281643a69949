"""One editor for each kind of setting; each says what the user asks for and keeps no value."""

from __future__ import annotations

import html
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QMenu,
    QToolButton,
    QWidget,
)

from engine.settings import Setting

from .editor import Editor, Entry
from .number import NumberEditor


class TextEditor(Editor):
    """Any text."""

    def __init__(self, path: str, about: Setting, *more: QWidget) -> None:
        super().__init__(path, about)
        self.entry = Entry()
        self.entry.entered.connect(lambda text: self.changed.emit(self.path, self.read(text)))
        self._furnish(self.entry, *more)

    def allowed(self) -> str:
        return ""

    def read(self, text: str) -> Any:
        """What a text stands for."""
        return text.strip()

    def show_value(self, value: Any) -> None:
        self.entry.show_text(value)


class PickEditor(TextEditor):
    """A text that is typed, or picked from those that suit the section."""

    def __init__(self, path: str, about: Setting) -> None:
        self.pick = QToolButton()
        self.pick.setText("Pick")
        self.pick.setStyleSheet("padding: 3px 18px 3px 5px;")  # with room for the arrow
        self.pick.setAccessibleName(f"Pick the {about.label.lower()}")
        self.pick.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.pick)
        self.menu.aboutToShow.connect(self._offer)
        self.pick.setMenu(self.menu)
        super().__init__(path, about, self.pick)
        self.entry.setPlaceholderText("automatic")

    def _offer(self) -> None:
        assert self.about.offers is not None
        self.menu.clear()
        for text in self.about.offers(self.section):
            words = text.replace("&", "&&")  # a single one would mark a key
            self.menu.addAction(words, lambda text=text: self.changed.emit(self.path, text))
        if self.menu.isEmpty():
            self.menu.addAction("nothing to pick from").setEnabled(False)


class FileEditor(TextEditor):
    """The path of a file, typed or browsed for."""

    def __init__(self, path: str, about: Setting) -> None:
        self.browse = QToolButton()
        self.browse.setText("Browse…")
        self.browse.setStyleSheet("padding: 3px 5px;")
        self.browse.setAccessibleName(f"Browse for {about.label.lower()}")
        self.browse.clicked.connect(self._browse)
        super().__init__(path, about, self.browse)
        self.entry.setPlaceholderText("no file")

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        # Of a long path, the file's own name is what matters.
        self.entry.end(False)
        self.entry.setToolTip(f"{self.tip()}<br>{html.escape(value)}" if value else self.tip())

    def _browse(self) -> None:
        folder = str(Path(self.entry.text()).parent) if self.entry.text() else ""
        name, _ = QFileDialog.getOpenFileName(self, self.about.label, folder, self.about.files)
        if name:
            self.changed.emit(self.path, name)


class NumbersEditor(TextEditor):
    """A list of whole numbers, as 64, 32."""

    def __init__(self, path: str, about: Setting) -> None:
        super().__init__(path, about)
        self.entry.setPlaceholderText("none")

    def allowed(self) -> str:
        return f"whole numbers, each {self.about.range_text()}"

    def read(self, text: str) -> Any:
        words = text.replace(",", " ").split()
        try:
            return tuple(int(word) for word in words)
        except ValueError:
            return text

    def show_value(self, value: Any) -> None:
        self.entry.show_text(", ".join(map(str, value)))


class _Box(QComboBox):
    """A choice that the wheel turns only while it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Long labels are cut short rather than widening the whole panel.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """One of a few values, each with a label."""

    def __init__(self, path: str, about: Setting, label: QWidget | None = None) -> None:
        super().__init__(path, about, label)
        assert about.choices is not None
        self.choices = about.choices()
        self.box = _Box()
        for key, words in self.choices.items():
            self.box.addItem(words, key)
        self.box.activated.connect(lambda at: self.changed.emit(self.path, self.box.itemData(at)))
        self._furnish(self.box)

    def allowed(self) -> str:
        return "One of: " + " · ".join(self.choices.values())

    def set_icons(self, icons: Mapping[str, QIcon], size: QSize) -> None:
        self.box.setIconSize(size)
        for at in range(self.box.count()):
            self.box.setItemIcon(at, icons[self.box.itemData(at)])

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class CheckEditor(Editor):
    """Yes or no; the label stands to the right of its box, so it takes the whole row."""

    def __init__(self, path: str, about: Setting) -> None:
        super().__init__(path, about)
        self.box = QCheckBox(about.label)
        self.box.clicked.connect(lambda on: self.changed.emit(self.path, on))
        self._furnish(self.box)
        self.label.hide()

    def allowed(self) -> str:
        return "on or off"

    def show_value(self, value: Any) -> None:
        self.box.setChecked(value)

    def place(self, grid: QGridLayout) -> None:
        row = grid.rowCount()
        grid.addWidget(self, row, 0, 1, 2)
        grid.addWidget(self.refusal, row + 1, 0, 1, 2)

    def set_shown(self, shown: bool) -> None:
        self.setVisible(shown)


class OptionalEditor(Editor):
    """A value of one's own, or None: the one that holds anyway. The label is the switch."""

    def __init__(self, path: str, about: Setting, inner: Editor) -> None:
        self.switch = QCheckBox(about.label)
        super().__init__(path, about, self.switch)
        self.inner = inner
        self._inherited: Any = None
        self.switch.setAccessibleName(f"Own {about.label.lower()}")
        self.switch.clicked.connect(self._switched)
        inner.changed.connect(self.changed)
        self._furnish(inner)
        self.switch.setToolTip(f"{self.tip()}<br>Off: the value that holds for all.")
        self.setTabOrder(self.switch, inner)

    def show_inherited(self, value: Any) -> None:
        """What holds where there is no own value, and what an own one starts from."""
        self._inherited = value

    def show_value(self, value: Any) -> None:
        self.switch.setChecked(value is not None)
        self.inner.setEnabled(value is not None)
        self.inner.show_value(self._inherited if value is None else value)

    def _switched(self, on: bool) -> None:
        self.changed.emit(self.path, self._inherited if on else None)


def editor_for(path: str, about: Setting, hint: Any) -> Editor:
    """The editor for a setting declared with the type `hint`."""
    if isinstance(hint, types.UnionType):
        (plain,) = (h for h in typing.get_args(hint) if h is not types.NoneType)
        return OptionalEditor(path, about, editor_for(path, about, plain))
    if about.choices is not None:
        return ChoiceEditor(path, about)
    if hint in (int, float):
        return NumberEditor(path, about, whole=hint is int)
    if hint is bool:
        return CheckEditor(path, about)
    if hint is str:
        if about.offers is not None:
            return PickEditor(path, about)
        return FileEditor(path, about) if about.files else TextEditor(path, about)
    return NumbersEditor(path, about)
