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
        name, changed = experiment.name, _changed(experiment)
        self.setCurrentIndex(self.findText(name) if name and not changed else -1)
        self.setPlaceholderText(f"{name} · changed" if changed else name or "Your experiment")
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
        changed = " (Changed since: this may hold no longer.)" if _changed(experiment) else ""
        self.claim.setText(experiment.claim + changed)
        self.claim.setVisible(bool(experiment.claim))


def _changed(experiment: Experiment) -> bool:
    """Whether it bears an exhibit's name and is that exhibit no more."""
    named = [e.experiment for e in exhibits().values() if e.name == experiment.name]
    return bool(named) and experiment not in named
