"""The window: the only room that wires panels, session and plots together."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.exhibits import exhibits
from engine.experiment import SECTIONS, Experiment
from engine.sweeps import GridRace, sweep_file

from . import theme
from .actions import Actions
from .board import Board
from .cards import Card
from .clerk import Clerk
from .column import WIDTH, Column
from .exhibit_gallery import ExhibitGallery
from .export_dialog import ExportDialog
from .file_choice import FileChoice, dropped
from .look import Look
from .messages import MessageBar
from .pages import PAGES, Pages
from .panels import more_seeds, sweep, tune
from .plots import SWEEP_PLOTS, VIEWS
from .race_board import RaceBoard
from .scout import Scout
from .session import GOING, Session
from .state import State
from .sweep_board import SweepBoard
from .sweeper import Sweeper
from .theme import Theme
from .top_bar import TITLE, TopBar
from .transport import Readout, Transport
from .tuner import Tuner

# Said of a window that is to be closed while something is being saved.
LEAVING = "The window closes once that is done; close it again to leave without."


class MainWindow(QMainWindow):
    """Top bar, panels on the left, cards with plots beside them."""

    def __init__(self, session: Session, state: State) -> None:
        super().__init__()
        self.session = session
        self._state = state
        self._files = FileChoice(self)
        self._normal_size = QSize(1440, 900)
        self._leaving = False  # it was to be closed while something was being saved
        self.setAcceptDrops(True)
        self.setWindowTitle(TITLE)
        self.setWindowIcon(theme.app_icon())
        self.commands, self.look = Actions(self), Look(state, self)
        tuner = Tuner(session)
        self.clerk, self.scout = Clerk(session), Scout(session)
        self.sweeper = Sweeper(session)
        self.column = Column(session, tuner, self.sweeper, self.scout)
        self.board = RaceBoard(session, [view() for view in VIEWS])
        self.sweep_board = SweepBoard(self.sweeper, [view() for view in SWEEP_PLOTS])
        self.gallery = ExhibitGallery()
        self.pages = Pages(self.column, (self.board, self.sweep_board, self.gallery))
        self._make_commands()
        self.transport = Transport(session, tuner, self.commands)
        self.readout = Readout(session, tuner, self.scout)
        self.messages = MessageBar()
        self.top_bar = TopBar(
            self.commands, self.column.exhibit.chooser, self.transport, self.readout
        )
        self._list_cards()
        self._arrange()
        self._connect()
        self._follow_history()
        self.transport.show_state(session.state)
        for note in state.notes:
            self.messages.note(note)

    # Making it.

    def _make_commands(self) -> None:
        add, session = self.commands.add, self.session
        add("new", "New", "Start from a plain experiment", self.start_anew, "Ctrl+N")
        add("open", "Open…", "Open an experiment, a sweep or a recording", self.ask_open, "Ctrl+O")
        add(
            "save", "Save experiment…", "Save the experiment, with what was changed as it ran",
            self.ask_save_experiment, "Ctrl+S",
        )  # fmt: skip
        add(
            "save_recording", "Save recording…", "Save all that the race has shown",
            self.ask_save_recording, "Ctrl+Shift+S",
        )  # fmt: skip
        add("undo", "Undo", "Undo", session.undo, "Ctrl+Z", "undo")
        add("redo", "Redo", "Redo", session.redo, "Ctrl+Shift+Z", "redo")
        more, tuning = self.column.population.more, self.column.contestants.tune_button
        add("more_seeds", "Add more seeds", more_seeds.TIP, more.add, more_seeds.KEY)
        add("tune", "Tune learning rates", tune.TIP, tuning.turn, tune.KEY)
        add("theme", "Light or dark", "Light or dark", self.look.toggle, "Ctrl+T", "theme")
        add(
            "system", "Look as the system does", "Light or dark as the system asks",
            self.look.follow_system,
        )  # fmt: skip
        add("large", "Enlarge a card", "Enlarge the card in use, or put it back",
            self.toggle_large, "F11")  # fmt: skip
        add("back", "All cards", "Back to all cards", lambda: self._board.shrink(), "Esc")
        add(
            "arrange", "Reset the layout", "All cards in their first places",
            lambda: self._board.arrange(),
        )  # fmt: skip
        for page, key in zip(PAGES, ("Ctrl+1", "Ctrl+2", "Ctrl+3"), strict=True):
            add(page, page, f"Show {page}", partial(self.show_page, page), key)
        add("sweep", "Run the sweep", sweep.TIP, self.column.sweep.turn, sweep.KEY)
        add("export", "Export the card in use…", "Save the plot in use", self.export_at_hand,
            "Ctrl+E")  # fmt: skip
        add("quit", "Quit", "Close the window", self.close, "Ctrl+Q")
        self.commands["back"].setEnabled(False)

    def _arrange(self) -> None:
        desk = QWidget()
        desk.setObjectName("desk")
        # A click on it takes the focus from an editor, so that Space runs the race again.
        desk.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        column = QVBoxLayout(desk)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(6)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.pages.side)
        self.split.addWidget(self._messages_over_pages())
        self.split.setStretchFactor(1, 1)
        self.split.setHandleWidth(6)
        self.split.setChildrenCollapsible(False)
        self.split.setSizes([WIDTH, 2000])
        column.addWidget(self.top_bar)
        column.addWidget(self.readout.progress)
        column.addWidget(self.split, 1)
        self.setCentralWidget(desk)
        desk.setFocus()

    def _messages_over_pages(self) -> QWidget:
        """A message lies over the foot of a page: nothing moves as it comes and goes, and the
        controls are at the heads of the cards."""
        both = QWidget()
        layer = QGridLayout(both)
        layer.setContentsMargins(0, 0, 0, 0)
        layer.addWidget(self.pages, 0, 0)
        layer.addWidget(self.messages, 0, 0, Qt.AlignmentFlag.AlignBottom)
        self.messages.raise_()
        return both

    def _connect(self) -> None:
        session = self.session
        session.refused.connect(self._refuse)
        session.noted.connect(self.messages.note)
        session.experiment_changed.connect(self.messages.clear)
        session.race_started.connect(self.messages.clear)
        session.history_changed.connect(self._follow_history)
        for reader in (self.clerk, self.scout):
            reader.changed.connect(self._say_what_is_read)
        self.clerk.opened.connect(lambda: self.show_page("Race"))
        self.clerk.saved.connect(self._say_saved)
        session.state_changed.connect(self.transport.show_state)
        for board in (self.board, self.sweep_board):
            board.enlarged.connect(self._make_room)
            for card in board.cards.values():
                card.export_asked.connect(lambda card=card: self.export(card))
        self.sweep_board.race_asked.connect(self.visit)
        self.column.sweep.race_asked.connect(self.visit)
        self.sweeper.changed.connect(self._show_sweep_going)
        self.pages.currentChanged.connect(self._list_cards)
        for chooser in (self.gallery, self.column.exhibit.chooser):
            chooser.exhibit_asked.connect(self.open_exhibit)
        self.look.changed.connect(self._set_theme)
        for name in ("run", "step"):
            self.commands[name].triggered.connect(self._show_race)

    # What the session says.

    def _refuse(self, path: str, text: str) -> None:
        """What no panel shows beside a field, or what stopped a race, is said in the bar."""
        self._leaving = False
        beside_a_field = path == "contestants" or path.partition(".")[0] in SECTIONS
        if not beside_a_field or self.session.state == "failed":
            self.messages.warn(text)

    def _follow_history(self) -> None:
        for name, can, what in (
            ("undo", self.session.can_undo, self.session.undo_text),
            ("redo", self.session.can_redo, self.session.redo_text),
        ):
            self.commands[name].setEnabled(can)
            self.commands.explain(
                name, f"{name.capitalize()}: {what}" if what else name.capitalize()
            )

    # Files.

    def start_anew(self) -> None:
        """Open the experiment that is as the laboratory sets it up."""
        self.session.load(Experiment())
        self.show_page("Race")

    def ask_open(self) -> None:
        if name := self._files.to_open():
            self.open(name)

    def open(self, name: str) -> None:
        self._files.note(Path(name))
        self.messages.hide()
        if Path(name).suffix.lower() == ".toml" and sweep_file.is_sweep(name):
            if self.sweeper.open(Path(name)):
                self.show_page("Sweep")
        else:
            self.clerk.open(name)

    def open_exhibit(self, key: str) -> None:
        exhibit = exhibits()[key]
        if exhibit.sweep:
            self.sweeper.load(exhibit.sweep)
        else:
            self.session.load(exhibit.experiment)
        self.show_page("Sweep" if exhibit.sweep else "Race")

    def visit(self, race: GridRace) -> None:
        """Open a race of the sweep where races are shown."""
        if path := self.sweeper.recording_of(race):
            self.clerk.open(path, self.sweeper.visit)

    def ask_save_experiment(self) -> None:
        self._ask_save("Save experiment", ".toml")

    def ask_save_recording(self) -> None:
        if self.session.recording is None:
            self.messages.note("Nothing is recorded yet: run the race first.")
        else:
            self._ask_save("Save recording", ".npz")

    def _ask_save(self, title: str, suffix: str) -> None:
        if path := self._files.to_save(title, self.session.experiment.name, suffix):
            self.clerk.save(path)

    def _say_what_is_read(self) -> None:
        """Or written: what the window does not wait for, but people do."""
        self.messages.wait_for(self.clerk.words or self.scout.words)

    def _say_saved(self, path: Path) -> None:
        self.messages.note(f"Saved {path}")
        if self._leaving and not self.clerk.writes:
            self.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.open(dropped(event))

    # Pages and plots.

    def show_page(self, page: str) -> None:
        """The race, the sweep, or the exhibits."""
        self._board.shrink()
        self.pages.show_page(page)

    def _show_race(self) -> None:
        """What has just been started is brought into sight from another page."""
        if self.session.state in GOING and self.pages.currentWidget() is not self.board:
            self.show_page("Race")

    @property
    def _board(self) -> Board:
        """The board in sight; where there is none, that of the race."""
        return self.sweep_board if self.sweep_board.isVisible() else self.board

    def _list_cards(self) -> None:
        """In the menus, the cards of the page in front."""
        page = self.pages.currentWidget()
        self.top_bar.list_cards(page.cards.values() if isinstance(page, Board) else (), self.export)

    def _show_sweep_going(self) -> None:
        progress = self.sweeper.progress if self.sweeper.at_work else None
        self.pages.note("Sweep", f"{progress.share:.0%}" if progress else "")

    def export(self, card: Card) -> None:
        """The small window that saves a card's plot, which is brought into sight and up to date."""
        self._board.bring(card)
        ExportDialog(card.view, self.clerk, self).show()

    def export_at_hand(self) -> None:
        if card := self._board.card_at_hand():
            self.export(card)

    def toggle_large(self) -> None:
        card = self._board.large_card or self._board.card_at_hand()
        if card:
            self._board.toggle_large(card)

    def _make_room(self, large: bool) -> None:
        self.pages.side.setVisible(not large)
        self.split.refresh()
        self.commands["back"].setEnabled(large)

    def _set_theme(self, look: Theme) -> None:
        self.commands.set_theme(look)
        self.transport.show_state(self.session.state)
        self.messages.set_theme(look)
        for part in (self.board, self.sweep_board, self.gallery):
            part.set_theme(look)

    # Coming and going.

    def restore(self) -> None:
        """The look, the place and the layout of last time."""
        self.look.restore()
        self.resize(self._normal_size)
        for part, restore in (
            ("window", self.restoreGeometry),
            ("columns", self.split.restoreState),
            ("cards", self.board.restore),
            ("sweep cards", self.sweep_board.restore),
        ):
            kept = self._state.layout(part)
            if not kept.isEmpty() and not restore(kept):
                self.messages.note(
                    "The layout of last time does not fit; it is the first one again."
                )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.clerk.writes and not self._leaving:
            self._leaving = True
            self.messages.note(f"{self.clerk.words} {LEAVING}")
            event.ignore()
            return
        self._board.shrink()
        for part, kept in self._layout():
            self._state.keep_layout(part, kept)
        self._state.experiment = self.session.experiment
        trouble = self._state.save()
        if trouble:
            print(trouble, file=sys.stderr)
        self.session.close()
        super().closeEvent(event)

    def _layout(self) -> list[tuple[str, QByteArray]]:
        return [
            ("window", self.saveGeometry()),
            ("columns", self.split.saveState()),
            ("cards", self.board.arrangement()),
            ("sweep cards", self.sweep_board.arrangement()),
        ]

    def event(self, event: QEvent) -> bool:
        # Space belongs to a button, list or box that has the focus; else it runs the race.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
            and isinstance(self.focusWidget(), (QAbstractButton, QAbstractItemView, QComboBox))
        ):
            event.accept()
            return True
        return super().event(event)
