"""Every contestant against the reference on every outcome: a table to sort, and to copy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QMenu,
    QStackedWidget,
    QTableView,
    QToolButton,
    QToolTip,
    QWidget,
)

from engine.comparison_table import COLUMNS, as_csv, as_markdown, as_rows, in_words
from engine.comparisons import Compared
from engine.experiment import Experiment
from engine.prospect import Prospect, prospect
from engine.wording import counted

from .comparison_model import ROW, STANDING, ComparisonModel
from .view import NO_RACE, View, is_read, to_follow


class ComparisonsView(View):
    """The numbers behind the verdict: what was declared first, and apart from what was not."""

    key = "comparisons"
    title = "Comparisons"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText("Copy")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setMenu(self._make_menu())
        self.add_chooser(self.button, "copy and sort", "Copy the table as text; sort it")

    def make_body(self) -> QStackedWidget:
        self._compared: tuple[Compared, ...] = ()
        self.model = ComparisonModel()
        self.sheet = QTableView()
        self.sheet.setModel(self.model)
        self.sheet.setAccessibleName(f"{self.title}: every contestant against the reference")
        self.sheet.setFrameShape(QFrame.Shape.NoFrame)
        self.sheet.setShowGrid(False)
        self.sheet.setWordWrap(False)
        self.sheet.setIconSize(QSize(18, 12))
        self.sheet.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.sheet.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.sheet.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.sheet.setTabKeyNavigation(False)
        self.sheet.verticalHeader().hide()
        self.sheet.verticalHeader().setDefaultSectionSize(ROW)
        header = self.sheet.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.sheet.setSortingEnabled(True)
        self.words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.words.setProperty("role", "hint")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.words)
        self.pages.addWidget(self.sheet)
        return self.pages

    def _make_menu(self) -> QMenu:
        """The same at the button, at a right click, and at their keys while the table has them."""
        menu = QMenu(self)
        for name, key, copy in (
            ("Copy as Markdown", QKeySequence(QKeySequence.StandardKey.Copy), self.copy_markdown),
            ("Copy as CSV", QKeySequence("Ctrl+Shift+C"), self.copy_csv),
        ):
            action = menu.addAction(name)
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(copy)
            self.sheet.addAction(action)
        sorting = menu.addMenu("Sort by")
        for place, column in enumerate(COLUMNS):
            if place != STANDING:
                self._add_sort(sorting, column.heading, place)
        self._add_sort(sorting, "as they came", -1)
        self.sheet.addAction(sorting.menuAction())
        self.sheet.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return menu

    def _add_sort(self, menu: QMenu, name: str, column: int) -> QAction:
        action = menu.addAction(name)
        action.triggered.connect(lambda: self.sort(column))
        return action

    def sort(self, column: int) -> None:
        """Sort by a column, the other way round where it is sorted by that one already."""
        header = self.sheet.horizontalHeader()
        rising = Qt.SortOrder.AscendingOrder
        again = header.sortIndicatorSection() == column and header.sortIndicatorOrder() == rising
        self.sheet.sortByColumn(column, Qt.SortOrder.DescendingOrder if again else rising)

    def point_at(self, shows: Mapping[str, Any]) -> None:
        for place, row in enumerate(self.model.rows):
            if isinstance(row, Compared) and row.contestant == shows.get("contestant"):
                self.sheet.selectRow(place)
                self.sheet.scrollTo(self.model.index(place, 0))
                return

    def copy_markdown(self) -> None:
        self._copy(as_markdown(*self.in_words()), "Markdown")

    def copy_csv(self) -> None:
        self._copy(as_csv(*self.table()), "CSV")

    def _copy(self, text: str, kind: str) -> None:
        QGuiApplication.clipboard().setText(text)
        place = self.button.mapToGlobal(self.button.rect().bottomLeft())
        rows = counted(len(self.model.compared), "row")
        QToolTip.showText(place, f"Copied {rows} as {kind}", self.button)

    def build(self) -> None:
        """There is nothing to make ready."""

    def colour(self) -> None:
        self.model.set_theme(self.theme)

    def state(self) -> Hashable:
        return id(self.recording), id(self.verdict), is_read(self.recording)

    def refresh(self) -> None:
        compared = self.verdict.comparisons if self.verdict is not None else ()
        if compared is not self._compared and self.experiment is not None:
            self._compared = compared
            self._fill(compared, self.experiment)
        self.button.setEnabled(bool(compared))
        self.pages.setCurrentWidget(self.sheet if compared else self.words)
        if not compared and self.experiment is not None:
            found = self._prospect(self.experiment)
            # What enough seeds can show takes a second to work out: the population's panel says it.
            waiting = to_follow("The comparisons follow", self.recording)
            self.words.setText(waiting if found.can_reject else f"{found.text}\n{waiting}")
        self.say(self._describe())

    def _fill(self, compared: tuple[Compared, ...], experiment: Experiment) -> None:
        """Show these rows, sorted as the last ones were."""
        header = self.sheet.horizontalHeader()
        self.model.show(compared, experiment)
        self.model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self.sheet.clearSpans()
        for row in self.model.headings():
            self.sheet.setSpan(row, 0, 1, len(COLUMNS))
        # The headings of the groups say it of all rows under them.
        self.sheet.setColumnHidden(STANDING, True)
        self.sheet.resizeColumnsToContents()

    def _prospect(self, experiment: Experiment) -> Prospect:
        return prospect(experiment, self.recording.looks if self.recording is not None else 1)

    def _describe(self) -> str:
        experiment = self.experiment
        if experiment is None:
            return NO_RACE
        seeds = experiment.population.seeds
        words = [f"{seeds} seeds" if seeds > 1 else "one seed"]
        if self.recording is None:
            return f"{words[0]} planned"
        if self._compared:
            reference = experiment.contestant_names[experiment.reference]
            words = [f"against {reference}, pair by pair", *words]
        found = self._prospect(experiment)
        return " · ".join(words if found.can_reject else [found.text, *words])

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """All numbers of each comparison, in the order shown."""
        if self.experiment is None:
            return [], []
        return as_rows(self.model.compared, self.experiment)

    def in_words(self) -> tuple[list[str], list[list[Any]]]:
        if self.experiment is None:
            return [], []
        return in_words(self.model.compared, self.experiment)
