"""The top bar: what is raced, what drives it, how far it is, and the menus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from .actions import Actions, button
from .cards import Card

TITLE = "Activation Lab"


class TopBar(QWidget):
    """One row across the window. `list_cards` fills the menus that are about cards."""

    def __init__(
        self, commands: Actions, chooser: QComboBox, transport: QWidget, readout: QWidget
    ) -> None:
        super().__init__()
        self._commands = commands
        name = QLabel(TITLE)
        name.setProperty("role", "name")
        chooser.setMinimumContentsLength(16)
        # It gives way on a small screen, before the buttons do.
        chooser.setMinimumWidth(100)
        self._export, self._cards = QMenu(self), QMenu(self)
        save = QMenu(self)
        save.addActions(self._pick("save", "save_recording"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addWidget(name)
        self._row.addSpacing(6)
        self._row.addWidget(chooser)
        self._row.addWidget(transport)
        self._row.addSpacing(8)
        self._row.addWidget(readout, 1)
        for key in ("undo", "redo"):
            self._row.addWidget(button(commands, key, words=False))
        self._row.addWidget(button(commands, "open"))
        self._add_menu("Save", "Save the experiment or the recording", save)
        self._add_menu("Export", "Save a plot or its data", self._export)
        self._add_menu("Cards", "Which cards are shown, and how", self._cards)
        self._row.addWidget(button(commands, "theme", words=False))

    def list_cards(self, cards: Iterable[Card], export: Callable[[Card], None]) -> None:
        """Offer every card for export, and to be shown or hidden."""
        for card in cards:
            self._export.addAction(f"{card.view.title}…", lambda card=card: export(card))
            self._cards.addAction(card.toggleViewAction())
        self._export.addSeparator()
        self._export.addActions(self._pick("export"))
        self._cards.addSeparator()
        self._cards.addActions(self._pick("large", "back", "arrange"))
        self._cards.addSeparator()
        self._cards.addActions(self._pick("theme", "system"))

    def _pick(self, *names: str) -> list[QAction]:
        return [self._commands[name] for name in names]

    def _add_menu(self, text: str, tip: str, menu: QMenu) -> None:
        made = QToolButton()
        made.setText(text)
        made.setToolTip(tip)
        made.setAccessibleName(text)
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(made)
