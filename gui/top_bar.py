"""The top bar: what is raced, what drives it, how far it is, and the menus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from .actions import Actions, button
from .cards import Card
from .transport import Readout

TITLE = "Activation Lab"


class TopBar(QWidget):
    """One row across the window. `list_cards` fills the menus that are about cards.

    In a narrow window its name goes first, then its menus move into one.
    """

    def __init__(
        self, commands: Actions, chooser: QComboBox, transport: QWidget, readout: Readout
    ) -> None:
        super().__init__()
        self._commands = commands
        self._readout = readout
        self._name = QLabel(TITLE)
        self._name.setProperty("role", "name")
        chooser.setMinimumContentsLength(16)
        # It gives way on a small screen, before the buttons do.
        chooser.setMinimumWidth(100)
        self._export, self._cards = QMenu("Export", self), QMenu("Cards", self)
        save, everything = QMenu("Save", self), QMenu(self)
        save.addActions(self._pick("save", "save_recording"))
        everything.addActions(self._pick("new", "open"))
        for menu in (save, self._export, self._cards):
            everything.addMenu(menu)
        self._apart = [
            button(commands, "new"),
            button(commands, "open"),
            _menu_button("Save", "Save the experiment or the recording", save),
            _menu_button("Export", "Save a plot or its data", self._export),
            _menu_button("Cards", "Which cards are shown, and how", self._cards),
        ]
        self._in_one = _menu_button("Menu", "New, open, save, export, cards", everything)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        back, forth, look = (button(commands, k, words=False) for k in ("undo", "redo", "theme"))
        first = (self._name, chooser, transport)
        last = (back, forth, *self._apart, self._in_one, look)
        self._parts = (*first, *last)
        for widget in first:
            self._row.addWidget(widget)
        self._row.addWidget(readout, 1)
        for widget in last:
            self._row.addWidget(widget)
        self._give_way()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(*self._apart, self._name), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_way()

    def event(self, event: QEvent) -> bool:
        # Buttons have other widths once they have another font or style.
        if event.type() == QEvent.Type.LayoutRequest:
            self._give_way()
        return super().event(event)

    def _give_way(self) -> None:
        """Show what there is room for beside the readout's words."""
        room = self.width() - self._readout.usual_width
        self._name.setVisible(self._needed(self._in_one) <= room)
        together = self._needed(self._in_one, self._name) > room
        self._in_one.setVisible(together)
        for made in self._apart:
            made.setVisible(not together)

    def _needed(self, *hidden: QWidget) -> int:
        """The least width of all in the row but what is `hidden` and the readout."""
        shown = [w for w in self._parts if w not in hidden]
        least = (w.minimumWidth() or w.minimumSizeHint().width() for w in shown)
        return sum(least) + self._row.spacing() * len(shown)

    def list_cards(self, cards: Iterable[Card], export: Callable[[Card], None]) -> None:
        """Offer these cards, and no others, for export, and to be shown or hidden."""
        self._export.clear()
        self._cards.clear()
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


def _menu_button(text: str, tip: str, menu: QMenu) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setToolTip(tip)
    made.setAccessibleName(text)
    made.setMenu(menu)
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
