"""The comparisons as a table widget asks for them: in two groups, each sorted by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

from engine.comparison_table import COLUMNS
from engine.comparisons import Answer, Compared
from engine.experiment import Experiment

from .. import theme
from ..theme import LIGHT, Theme
from .pens import contestant_pen

CONTESTANT, ANSWER, STANDING = (
    next(i for i, column in enumerate(COLUMNS) if column.heading == heading)
    for heading in ("contestant", "answer", "standing")
)
# What is in favour of the contestant, or against it, has a colour besides its sign.
_TINTS = {Answer.BETTER: "accent", Answer.WORSE: "danger"}
_CHIP = QSize(18, 12)
_SHARP = 4
ROW = 24

Index = QModelIndex | QPersistentModelIndex


class ComparisonModel(QAbstractTableModel):
    """Rows of `COLUMNS` under the headings of their groups, the primary family first."""

    def __init__(self) -> None:
        super().__init__()
        self._experiment = Experiment()
        self._look = LIGHT
        self._groups: list[tuple[str, list[Compared]]] = []
        self.rows: list[Compared | str] = []

    def show(self, compared: Sequence[Compared], experiment: Experiment) -> None:
        """Other comparisons, in the order in which they come."""
        self.beginResetModel()
        self._experiment = experiment
        primary = [found for found in compared if found.primary]
        others = [found for found in compared if not found.primary]
        named = ((_primary(primary), primary), ("Exploratory: each for itself alone", others))
        self._groups = [(heading, group) for heading, group in named if group]
        self._order(-1, Qt.SortOrder.AscendingOrder)
        self.endResetModel()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        if self.rows:
            last = self.index(len(self.rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def compared(self) -> list[Compared]:
        """The comparisons as they stand."""
        return [row for row in self.rows if isinstance(row, Compared)]

    def headings(self) -> list[int]:
        """The rows that are headings of groups."""
        return [place for place, row in enumerate(self.rows) if isinstance(row, str)]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort each group; column -1: as they came. What is selected stays so."""
        self.layoutAboutToBeChanged.emit()
        before, kept = self.rows, self.persistentIndexList()
        self._order(column, order)
        places = {id(row): place for place, row in enumerate(self.rows)}
        moved = [self.index(places[id(before[old.row()])], old.column()) for old in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def _order(self, column: int, order: Qt.SortOrder) -> None:
        falling = order == Qt.SortOrder.DescendingOrder
        self.rows = []
        for heading, group in self._groups:
            key = COLUMNS[column].order
            self.rows += [
                heading,
                *(sorted(group, key=key, reverse=falling) if column >= 0 else group),
            ]

    # What Qt asks for.

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            about = {
                Qt.ItemDataRole.DisplayRole: COLUMNS[section].heading,
                Qt.ItemDataRole.ToolTipRole: f"{COLUMNS[section].help}. A click sorts",
                Qt.ItemDataRole.TextAlignmentRole: _LEFT,
            }
            return about.get(Qt.ItemDataRole(role))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if isinstance(row, str):
            return self._of_heading(row, index.column(), role)
        tint = _TINTS.get(row.answer) if index.column() == ANSWER else None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[index.column()].text(row, self._experiment)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _precisely(row)
        if role == Qt.ItemDataRole.ForegroundRole and tint:
            return QColor(getattr(self._look, tint))
        if role == Qt.ItemDataRole.FontRole and row.primary and index.column() == ANSWER:
            return _bold()
        if role == Qt.ItemDataRole.DecorationRole and index.column() == ANSWER:
            name = f"answer-{row.answer.name.lower().replace('_', '-')}"
            return theme.icon(name, self._look, getattr(self._look, tint or "muted"))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == CONTESTANT:
            return self._chip(self._experiment.contestants[row.contestant].colour or 0)
        return None

    def _of_heading(self, text: str, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, ROW)  # it spans all columns, and widens none
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._look.muted)
        if role == Qt.ItemDataRole.FontRole:
            return _bold()
        return text if role == Qt.ItemDataRole.DisplayRole and column == 0 else None

    def _chip(self, colour: int) -> QIcon:
        """A piece of the contestant's line."""
        pixmap = QPixmap(_CHIP * _SHARP)
        pixmap.setDevicePixelRatio(_SHARP)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        pen = contestant_pen(self._look, colour, width=3)
        pen.setCosmetic(False)  # as wide as it is sharp
        painter.setPen(pen)
        painter.drawLine(0, _CHIP.height() // 2, _CHIP.width(), _CHIP.height() // 2)
        painter.end()
        chip = QIcon(pixmap)
        chip.addPixmap(pixmap, QIcon.Mode.Selected)  # which Qt would tint
        return chip


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font


def _primary(family: Sequence[Compared]) -> str:
    """What stands over the primary family: whether its error rate is still kept."""
    if family and family[0].exploratory:
        return f"Declared, but past the planned looks: {family[0].standing}"
    return "Primary: declared before, and judged together"


def _precisely(found: Compared) -> str:
    """What a cell has no room for."""
    test = found.test
    neither = f"; in {found.neither} pairs neither arrived" if found.neither else ""
    return (
        f"{test.n} pairs{neither}; p = {test.p:.3g} unadjusted, held against {test.alpha:.3g}; "
        f"the interval is the one of {1 - test.alpha:.4g}"
    )
