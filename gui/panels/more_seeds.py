"""More seeds: how many are to join the finished race, and the button that lets them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QWidget

from engine.experiment import Experiment

from ..session import Session

USUAL = 8
KEY = "Ctrl+Shift+A"
TIP = "Race further seeds, and join them to the finished race: a new look at it"


class _Box(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class MoreSeeds(QWidget):
    """Lets so many further seeds join, once there is a finished race."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        most = int(Experiment.setting("population.seeds").high)
        self.number = _Box(minimum=1, maximum=most)
        self.number.valueChanged.connect(
            lambda seeds: self.number.setSuffix(" seed" if seeds == 1 else " seeds")
        )
        self.number.setValue(USUAL)
        self.number.setAccessibleName("Seeds to add")
        self.number.setToolTip(f"How many seeds to add: 1 to {most}, with those that have raced")
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button = QPushButton("+  Add to the race")
        self.button.setToolTip(f"{TIP} ({KEY})")
        self.button.clicked.connect(self.add)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(6)
        row.addWidget(self.button, 1)
        row.addWidget(self.number)
        session.state_changed.connect(self._follow)
        self._follow(session.state)

    def add(self) -> None:
        self._session.add_seeds(self.number.value())

    def _follow(self, state: str) -> None:
        self.button.setEnabled(state == "finished")
