"""The ready experiments: which there are, and what to look for in the one that is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.exhibits import exhibits
from engine.experiment import Experiment

from ..session import Session


class ExhibitChooser(QComboBox):
    """Asks for an exhibit; shows the open experiment's name, whether an exhibit or not.

    `exhibit_asked` names the one that was chosen.
    """

    exhibit_asked = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName("Exhibit")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        for place, exhibit in enumerate(exhibits().values()):
            self.addItem(exhibit.name, exhibit.key)
            self.setItemData(place, exhibit.claim, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda place: self.exhibit_asked.emit(self.itemData(place)))
        session.experiment_changed.connect(self.show_experiment)
        self.show_experiment(session.experiment)

    def show_experiment(self, experiment: Experiment) -> None:
        name, changed = experiment.name, _changed(experiment)
        self.setCurrentIndex(self.findText(name) if name and not changed else -1)
        self.setPlaceholderText(f"{name} · changed" if changed else name or "Your experiment")
        self.setToolTip(f"Ready experiments.<br>{experiment.claim}".removesuffix("<br>"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ExhibitPanel(QWidget):
    """The chooser, the claim of the exhibit that is open, what to look at, and what was measured.

    What was measured stands behind a fold: whoever wants to see for himself can.
    """

    title = "Exhibit"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.chooser = ExhibitChooser(session)
        self.claim, self.look, self.measured = (QLabel(wordWrap=True) for _ in range(3))
        self.fold = QPushButton()
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "plain")
        self.fold.setStyleSheet("padding-left: 0px;")
        self.fold.setToolTip("What a run of this exhibit found, and whose claim it is")
        self.fold.toggled.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (self.chooser, self.claim, self.look, self.fold, self.measured):
            layout.addWidget(part)
        for words in (self.look, self.measured):
            words.setProperty("role", "caption")
        self._turn(False)
        session.experiment_changed.connect(self.show_experiment)
        self.show_experiment(session.experiment)

    def show_experiment(self, experiment: Experiment) -> None:
        exhibit = next((e for e in exhibits().values() if e.name == experiment.name), None)
        changed = " (Changed since: this may hold no longer.)" if _changed(experiment) else ""
        self.claim.setText(experiment.claim + changed)
        self.look.setText(exhibit.look if exhibit else "")
        self.measured.setText(f"{exhibit.measured}\n\n{exhibit.source}" if exhibit else "")
        for label in (self.claim, self.look):
            label.setVisible(bool(label.text()))
        self.fold.setVisible(exhibit is not None)
        self._turn(self.fold.isChecked())

    def _turn(self, on: bool) -> None:
        self.fold.setText(f"{'▾' if on else '▸'} What was measured")
        self.measured.setVisible(on and bool(self.measured.text()))


def _changed(experiment: Experiment) -> bool:
    """Whether it bears an exhibit's name and is that exhibit no more."""
    named = [e.experiment for e in exhibits().values() if e.name == experiment.name]
    return bool(named) and experiment not in named
