"""The pages beside the panels: the race, the sweep and the exhibits, one of them in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from .column import Column

PAGES = ("Race", "Sweep", "Exhibits")


class Pages(QStackedWidget):
    """A stack of `pages`; its tabs stand at `side`, over the column of panels."""

    def __init__(self, column: Column, pages: Sequence[QWidget]) -> None:
        super().__init__()
        self._column = column
        self.tabs = QTabBar()
        self.tabs.setExpanding(True)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName("Pages")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for place, (name, page) in enumerate(zip(PAGES, pages, strict=True), 1):
            self.addWidget(page)
            self.tabs.addTab(name)
            self.tabs.setTabToolTip(place - 1, f"{name} (Ctrl+{place})")
        self.side = QWidget()
        layout = QVBoxLayout(self.side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.tabs)
        layout.addWidget(column, 1)
        self.tabs.currentChanged.connect(self._show)

    def show_page(self, name: str) -> None:
        self.tabs.setCurrentIndex(PAGES.index(name))

    def note(self, name: str, text: str) -> None:
        """Say something beside the name of a page."""
        self.tabs.setTabText(PAGES.index(name), f"{name} {text}".rstrip())

    def _show(self, place: int) -> None:
        self.setCurrentIndex(place)
        self._column.show_sweep(PAGES[place] == "Sweep")
