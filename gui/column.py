"""The column on the left: the panels, one card each, that scroll together."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from .cards import PanelCard
from .panels import (
    ContestantsPanel,
    ExhibitPanel,
    PopulationPanel,
    SettingsPanel,
    SweepPanel,
    TaskPanel,
)
from .scout import Scout
from .session import Session
from .sweeper import Sweeper
from .tuner import Tuner

WIDTH = 290


class Column(QScrollArea):
    """All panels. The exhibits' chooser stands in the top bar, their claim here.

    The sweep's is the first, and shown where sweeps are.
    """

    def __init__(self, session: Session, tuner: Tuner, sweeper: Sweeper, scout: Scout) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.exhibit = ExhibitPanel(session)
        self._claim = PanelCard("The claim", self.exhibit)
        self._content = content = QWidget()
        content.setObjectName("column")
        self._cards = QVBoxLayout(content)
        self._cards.setContentsMargins(0, 0, 4, 0)
        self._cards.setSpacing(8)
        self.sweep = SweepPanel(sweeper)
        self._sweep = PanelCard(self.sweep.title, self.sweep)
        self._sweep.hide()
        self._cards.addWidget(self._sweep)
        self._cards.addWidget(self._claim)
        self.contestants = ContestantsPanel(session, tuner)
        self.population = PopulationPanel(session)
        for panel in (
            self.contestants,
            TaskPanel(session, scout),
            SettingsPanel(session, "network"),
            SettingsPanel(session, "training"),
            self.population,
        ):
            self._cards.addWidget(PanelCard(panel.title, panel))
        self._cards.addStretch(1)
        self.setWidget(content)
        session.experiment_changed.connect(self._show_claim)
        self._show_claim()

    def show_sweep(self, on: bool) -> None:
        """Whether the sweep's panel is among them."""
        self._sweep.setVisible(on)
        if on:
            self.ensureWidgetVisible(self._sweep)

    def minimumSizeHint(self) -> QSize:
        """As wide as what it holds, beside a scroll bar: it never scrolls sideways."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, 100)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _show_claim(self) -> None:
        self._claim.setVisible(bool(self.exhibit.session.experiment.claim))
