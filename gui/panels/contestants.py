"""The contestants of a race: a list that opens in place, where it is added to and put in order."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.activations import ACTIVATIONS, Activation
from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.novelty import Novelty
from engine.sections import MAX_CONTESTANTS

from ..labels import WrappedLabel
from ..session import Session
from ..tuner import Tuner
from .contestant import ContestantForm
from .novelty import Research
from .swatch import Swatch
from .tune import TuneButton

_KEYS = "Space opens · Alt+↑ and Alt+↓ move · Ctrl+D duplicates · Delete removes"
_FULL = f"{MAX_CONTESTANTS} contestants are the most that can race: remove one to add another."
_LAST = "The last contestant stays: a race needs at least one."


class CutLabel(QLabel):
    """Text that ends in … where it does not fit, rather than widening the panel."""

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.style().drawItemText(
            painter, self.rect(), int(Qt.AlignmentFlag.AlignVCenter), self.palette(),
            self.isEnabled(), text, QPalette.ColorRole.WindowText,
        )  # fmt: skip


class Header(QPushButton):
    """The line of a contestant: click to open, drag to move, keys for the rest."""

    wished = Signal(str)
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "plain")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFlat(True)
        self.swatch = Swatch()
        self.name = CutLabel()
        self.rate, self.trained = QLabel(), QLabel("trained")
        for label in (self.rate, self.trained):
            label.setProperty("role", "caption")
        self.mark = QLabel("⋯")
        self.mark.setProperty("role", "caption")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 4, 3)
        row.setSpacing(6)
        row.addWidget(self.swatch)
        row.addWidget(self.name, 1)
        for label in (self.rate, self.trained, self.mark):
            row.addWidget(label)
        for label in (self.name, self.rate, self.trained, self.mark):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._pressed_at = QPoint()
        self._dragging = False

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.minimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wish = _WISHES.get((event.modifiers(), Qt.Key(event.key())))
        if wish:
            self.wished.emit(wish)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and (
            self._dragging or far >= QApplication.startDragDistance()
        ):
            self._dragging = True
            self.setDown(False)
            self.dragged.emit(event.globalPosition().toPoint())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.dropped.emit(event.globalPosition().toPoint())
        else:
            super().mouseReleaseEvent(event)


_PLAIN = Qt.KeyboardModifier.NoModifier
_WISHES = {
    (Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Up): "up",
    (Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Down): "down",
    (Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_D): "duplicate",
    (_PLAIN, Qt.Key.Key_Delete): "remove",
    (_PLAIN, Qt.Key.Key_Return): "open",
    (_PLAIN, Qt.Key.Key_Enter): "open",
}


class Row(QWidget):
    """A contestant in the list: its line and, while open, its form and what can be done to it."""

    wished = Signal(str)
    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.header = Header()
        self.header.clicked.connect(lambda: self.wished.emit("open"))
        self.header.wished.connect(self.wished)
        self.form: ContestantForm | None = None
        self.buttons: dict[str, QToolButton] = {}
        self.body = QWidget()
        self._layout = QVBoxLayout(self.body)
        self._layout.setContentsMargins(4, 2, 0, 6)
        self._layout.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.body)
        self.body.hide()

    def show_contestant(self, index: int, name: str, experiment: Experiment, opened: bool) -> None:
        contestant = experiment.contestants[index]
        header, count = self.header, len(experiment.contestants)
        header.swatch.show_number(contestant.colour or 0)
        header.name.setText(name)
        trained = [mode for mode in contestant.trained.values() if mode != "fixed"]
        header.trained.setVisible(bool(trained))
        rate = contestant.learning_rate
        header.rate.setText("" if rate is None else f"rate {rate:.3g}")
        header.rate.setVisible(rate is not None)
        header.setChecked(opened)
        header.mark.setText("▾" if opened else "⋯")
        header.setAccessibleName(f"Contestant {index + 1}, {name}")
        header.setToolTip(f"{name}<br>{contestant.record.source}<br>{_KEYS}")
        if opened:
            if self.form is None:
                self._build()
            assert self.form is not None
            self.form.show_contestant(contestant, experiment)
            self.buttons["up"].setEnabled(index > 0)
            self.buttons["down"].setEnabled(index < count - 1)
            self.buttons["duplicate"].setEnabled(count < MAX_CONTESTANTS)
            self.buttons["remove"].setEnabled(count > 1)
            self.buttons["remove"].setToolTip("Remove (Delete)" if count > 1 else _LAST)
        self.body.setVisible(opened)

    def _build(self) -> None:
        self.form = ContestantForm()
        self.form.changed.connect(self.changed)
        self._layout.addWidget(self.form)
        bar = QHBoxLayout()
        bar.setSpacing(3)
        for wish, text, tip in (
            ("up", "↑", "Move up (Alt+↑)"),
            ("down", "↓", "Move down (Alt+↓)"),
            ("duplicate", "Duplicate", "Duplicate (Ctrl+D)"),
            ("remove", "Remove", "Remove (Delete)"),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(" (")[0])
            if len(text) == 1:
                button.setFixedWidth(button.sizeHint().height() + 4)
                button.setStyleSheet("padding: 4px 0px;")
            button.clicked.connect(lambda _=False, wish=wish: self.wished.emit(wish))
            self.buttons[wish] = button
            bar.addWidget(button)
        bar.addStretch(1)
        self._layout.addLayout(bar)


class ContestantsPanel(QWidget):
    """All contestants; one at a time is open."""

    title = "Contestants"

    def __init__(self, session: Session, tuner: Tuner) -> None:
        super().__init__()
        self.session = session
        self.rows: list[Row] = []
        self._open: int | None = None
        self._research = Research(session)
        self._research.found.connect(self._show_novelty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        layout.addLayout(self._list)
        self.refusal = WrappedLabel()
        self.refusal.setProperty("role", "refusal")
        self.full = QLabel(_FULL, wordWrap=True)
        self.full.setProperty("role", "caption")
        self.add_button = QPushButton("+  Add")
        self.add_button.setAccessibleName("Add a contestant")
        self.add_button.setToolTip("Add the first activation that does not race yet.")
        self.add_button.clicked.connect(self.add)
        self.tune_button = TuneButton(tuner)
        for widget in (self.refusal, self.full):
            layout.addWidget(widget)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.add_button, 1)
        below.addWidget(self.tune_button, 1)
        layout.addLayout(below)
        self._line = QFrame(self)
        self._line.setProperty("role", "drop")
        self._line.setAutoFillBackground(True)
        self._line.hide()
        session.experiment_changed.connect(self.show_experiment)
        session.refused.connect(self._refuse)
        self.show_experiment(session.experiment)

    # What can be done, by button, key or drag.

    def add(self) -> None:
        """Add the first activation that does not race yet, and open it: a straight line last."""
        racing = self.session.experiment.contestants
        used = {contestant.activation for contestant in racing}
        bent_first = sorted(ACTIVATIONS, key=lambda key: not _is_bent(ACTIVATIONS[key]))
        key = next((key for key in bent_first if key not in used), bent_first[0])
        self._ask((*racing, Contestant(key)), opened=len(racing))

    def duplicate(self, index: int) -> None:
        racing = self.session.experiment.contestants
        if len(racing) < MAX_CONTESTANTS:
            self._ask((*racing[: index + 1], *racing[index:]), opened=index + 1)
            self.rows[index + 1].header.setFocus()

    def remove(self, index: int) -> None:
        racing = self.session.experiment.contestants
        if len(racing) == 1:
            self._refuse("contestants", _LAST)
            return
        opened = self._open
        if opened is not None and opened >= index:
            opened = None if opened == index else opened - 1
        self._ask((*racing[:index], *racing[index + 1 :]), opened)
        self.rows[min(index, len(racing) - 2)].header.setFocus()

    def put(self, index: int, to: int) -> None:
        """Move the contestant at `index` to where `to` is."""
        racing = list(self.session.experiment.contestants)
        to = min(max(to, 0), len(racing) - 1)
        places = list(range(len(racing)))
        places.insert(to, places.pop(index))
        opened = None if self._open is None else places.index(self._open)
        self._ask(tuple(racing[place] for place in places), opened)
        self.rows[to].header.setFocus()

    def open(self, index: int | None) -> None:
        """Open one contestant's form and close the others; None closes all."""
        self._open = index
        self.show_experiment(self.session.experiment)

    # What the experiment says.

    def show_experiment(self, experiment: Experiment) -> None:
        count = len(experiment.contestants)
        while len(self.rows) < count:
            self._add_row()
        while len(self.rows) > count:
            row = self.rows.pop()
            row.blockSignals(True)  # what was being typed there is for nobody any more
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        if self._open is not None and self._open >= count:
            self._open = None
        names = experiment.contestant_names
        for index, row in enumerate(self.rows):
            row.show_contestant(index, names[index], experiment, index == self._open)
        self.add_button.setEnabled(count < MAX_CONTESTANTS)
        self.full.setVisible(count == MAX_CONTESTANTS)
        self.refusal.hide()
        if self._open is not None:
            network = experiment.network
            contestant = experiment.contestants[self._open]
            self._research.ask(contestant, len(network.hidden), network.residual)

    def _show_novelty(self, found: tuple[Novelty, ...] | None) -> None:
        form = None if self._open is None else self.rows[self._open].form
        if form is not None:
            form.show_novelty(found)

    def _add_row(self) -> None:
        row = Row()
        row.wished.connect(lambda wish: self._heed(wish, self.rows.index(row)))
        row.changed.connect(lambda asked: self._replace(self.rows.index(row), asked))
        row.header.dragged.connect(self._show_line)
        row.header.dropped.connect(lambda at: self._drop(self.rows.index(row), at))
        self.rows.append(row)
        self._list.addWidget(row)

    def _heed(self, wish: str, index: int) -> None:
        {
            "up": lambda: self.put(index, index - 1),
            "down": lambda: self.put(index, index + 1),
            "duplicate": lambda: self.duplicate(index),
            "remove": lambda: self.remove(index),
            "open": lambda: self.open(None if self._open == index else index),
        }[wish]()

    def _replace(self, index: int, contestant: Contestant) -> None:
        racing = self.session.experiment.contestants
        self._ask((*racing[:index], contestant, *racing[index + 1 :]), self._open)

    def _ask(self, contestants: tuple[Contestant, ...], opened: int | None) -> None:
        before, self._open = self._open, opened
        self.session.set_contestants(contestants)
        if self.session.experiment.contestants != contestants:
            self._open = before
        elif opened != before:  # after two equal ones changed places, nothing else says so
            self.open(opened)

    def _refuse(self, path: str, text: str) -> None:
        if path.startswith("contestant"):
            self.refusal.say(text.removeprefix("contestants = "))
            self.refusal.show()

    # Dragging: a line shows where the contestant would go.

    def _gap(self, at: QPoint) -> int:
        """How many rows lie above a point on the screen."""
        y = self.mapFromGlobal(at).y()
        return sum(row.y() + row.height() / 2 < y for row in self.rows)

    def _show_line(self, at: QPoint) -> None:
        gap = self._gap(at)
        y = self.rows[gap].y() if gap < len(self.rows) else self.rows[-1].geometry().bottom()
        palette = self._line.palette()
        palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.Highlight))
        self._line.setPalette(palette)
        self._line.setGeometry(0, y - 1, self.width(), 2)
        self._line.raise_()
        self._line.show()

    def _drop(self, index: int, at: QPoint) -> None:
        self._line.hide()
        gap = self._gap(at)
        self.put(index, gap - 1 if gap > index else gap)


def _is_bent(activation: Activation) -> bool:
    return activation.curved or bool(activation.kinks(**activation.defaults))
