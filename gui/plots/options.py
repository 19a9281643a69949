"""A small button in a card's header whose menu holds what is rarely chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton


class Options(QToolButton):
    """Check marks and choices; each calls `changed` when it is set otherwise."""

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self._changed = changed
        self.setText("Options")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().setToolTipsVisible(True)

    def add_check(self, label: str, tip: str, checked: bool = False) -> QAction:
        action = self.menu().addAction(label)
        action.setCheckable(True)
        action.setChecked(checked)
        action.setToolTip(tip)
        action.toggled.connect(lambda _: self._changed())
        return action

    def add_choice(self, labels: list[str], tip: str) -> list[QAction]:
        """Actions of which one is checked, at first the first."""
        self.menu().addSeparator()
        group = QActionGroup(self)
        actions = []
        for label in labels:
            action = group.addAction(self.menu().addAction(label))
            action.setCheckable(True)
            action.setToolTip(tip)
            actions.append(action)
        actions[0].setChecked(True)
        group.triggered.connect(lambda _: self._changed())
        return actions
