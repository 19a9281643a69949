"""The ready experiments: which there are, and what to look for in the one that is open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from engine.exhibits import exhibits
from engine.experiment import Experiment

from ..session import Session


class ExhibitChooser(QComboBox):
    """Opens an exhibit; shows the open experiment's name, whether an exhibit or not."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setAccessibleName("Exhibit")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        for place, exhibit in enumerate(exhibits().values()):
            self.addItem(exhibit.name, exhibit.key)
            self.setItemData(place, exhibit.claim, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(self._open)
        session.experiment_changed.connect(self.show_experiment)
        self.show_experiment(session.experiment)

    def show_experiment(self, experiment: Experiment) -> None:
        self.setCurrentIndex(self.findText(experiment.name) if experiment.name else -1)
        self.setPlaceholderText(experiment.name or "Your experiment")
        self.setToolTip(f"Ready experiments.<br>{experiment.claim}".removesuffix("<br>"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _open(self, place: int) -> None:
        self.session.load(exhibits()[self.itemData(place)].experiment)


class ExhibitPanel(QWidget):
    """The chooser, and the sentence of what to look for."""

    title = "Exhibit"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.chooser = ExhibitChooser(session)
        self.claim = QLabel(wordWrap=True)
        self.claim.setProperty("role", "caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.chooser)
        layout.addWidget(self.claim)
        session.experiment_changed.connect(self.show_experiment)
        self.show_experiment(session.experiment)

    def show_experiment(self, experiment: Experiment) -> None:
        self.claim.setText(experiment.claim)
        self.claim.setVisible(bool(experiment.claim))
