"""The look of the application: light or dark, as chosen, as last time, or as the system asks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from . import theme
from .state import State
from .theme import DARK, LIGHT, THEMES, Theme


class Look(QObject):
    """The theme that is worn; `changed` hands over another. A choice is kept in `state`."""

    changed = Signal(object)

    def __init__(self, state: State, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self._state = state
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    def wear(self, look: Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = look
        theme.apply(app, look)
        self.changed.emit(look)

    def toggle(self) -> None:
        """Light in place of dark, or dark in place of light, from now on."""
        look = LIGHT if self.theme is DARK else DARK
        self._state.theme = look.name
        self.wear(look)

    def follow_system(self) -> None:
        """As the system asks, from now on."""
        self._state.theme = "system"
        self._follow()

    def restore(self) -> None:
        """That of last time."""
        self.wear(THEMES.get(self._state.theme) or theme.system_theme())

    def _follow(self) -> None:
        if self._state.theme == "system":
            self.wear(theme.system_theme())
