"""The column on the left: the panels, one card each, that scroll together."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from .cards import PanelCard
from .panels import ContestantsPanel, ExhibitPanel, SettingsPanel, TaskPanel
from .session import Session

WIDTH = 290


class Column(QScrollArea):
    """All panels. The exhibits' chooser stands in the top bar, their claim here."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(WIDTH - 50)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.exhibit = ExhibitPanel(session)
        self._claim = PanelCard("What to look for", self.exhibit)
        content = QWidget()
        content.setObjectName("column")
        self._cards = QVBoxLayout(content)
        self._cards.setContentsMargins(0, 0, 4, 0)
        self._cards.setSpacing(8)
        self._cards.addWidget(self._claim)
        for panel in (
            ContestantsPanel(session),
            TaskPanel(session),
            SettingsPanel(session, "network"),
            SettingsPanel(session, "training"),
            SettingsPanel(session, "population"),
        ):
            self._cards.addWidget(PanelCard(panel.title, panel))
        self._cards.addStretch(1)
        self.setWidget(content)
        session.experiment_changed.connect(self._show_claim)
        self._show_claim()

    def _show_claim(self) -> None:
        self._claim.setVisible(bool(self.exhibit.session.experiment.claim))
