"""Everything that can be done from the keyboard: an action with its words, key and icon."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from . import theme
from .theme import Theme


class Actions:
    """The window's actions by name; their icons follow the theme."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self._tips: dict[str, str] = {}
        self._theme = theme.LIGHT

    def add(
        self,
        name: str,
        text: str,
        tip: str,
        do: Callable[[], object],
        key: str = "",
        icon: str = "",
    ) -> QAction:
        """An action that does `do`; its tip names its key."""
        action = QAction(text, self._window)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: do())
        self._window.addAction(action)
        self._actions[name] = action
        self._icons[name] = icon
        self.explain(name, tip)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def explain(self, name: str, tip: str) -> None:
        """Give an action another tip."""
        action = self._actions[name]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({key})" if key else tip)

    def show_icon(self, name: str, icon: str, colour: str | None = None) -> None:
        self._icons[name] = icon
        self._actions[name].setIcon(theme.icon(icon, self._theme, colour))

    def set_theme(self, look: Theme) -> None:
        self._theme = look
        for name, icon in self._icons.items():
            if icon:
                self._actions[name].setIcon(theme.icon(icon, look))


def button(actions: Actions, name: str, words: bool = True) -> QToolButton:
    """A button for an action; a click leaves the keyboard's focus where it is."""
    made = QToolButton()
    made.setDefaultAction(actions[name])
    style = Qt.ToolButtonStyle
    made.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly)
    if not words:
        made.setProperty("role", "icon")
    made.setAccessibleName(actions[name].text())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
