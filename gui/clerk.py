"""The clerk: reads the files that a person opens, and writes those they save, beside the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.experiment import Experiment
from engine.recording import Recording
from engine.settings import Refusal

from .documents import Document, Documents, Paper
from .errand import Errand
from .session import Session

Load = Callable[[Experiment, Recording | None], None]


class Clerk(QObject):
    """Reads one file at a time, the one asked for last; writes all that is to be saved, in turn.

    `changed` says that `words` may be others, `opened` that what was read is open now, `saved`
    which file is written, and `not_saved` which could not be, and why. Whatever else is opened
    takes the place of a file on its way.
    """

    changed = Signal()
    opened = Signal()
    saved = Signal(Path)
    not_saved = Signal(Path, Exception)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._documents = Documents()
        self._wanted = Path()
        self._load: Load = session.load
        self._papers: deque[Paper] = deque()  # the first is the one that is being written
        self._reading, self._writing = Errand(self, "reading"), Errand(self, "writing")
        self._reading.done.connect(self._open)
        self._reading.failed.connect(self._fail_to_read)
        self._writing.done.connect(lambda _: self.saved.emit(self._put_away()))
        self._writing.failed.connect(self._fail_to_write)
        session.loaded.connect(self._stop_reading)
        session.closing.connect(self._close)

    @property
    def words(self) -> str:
        """What is read and written at the moment; empty if nothing is."""
        reading = [f"Opening {self._wanted.name} …"] if self._reading.at_work else []
        return "  ".join([*reading, *(f"Saving {paper.path.name} …" for paper in self._papers)])

    @property
    def writes(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._papers)

    def open(self, path: str | Path, load: Load | None = None) -> None:
        """Read an experiment (.toml) or a recording (.npz), and open it by `load`.

        If it is bad, nothing changes.
        """
        self._wanted, self._load = wanted, _ = Path(path), load or self._session.load
        self._reading.send(lambda look: self._documents.open(wanted, look))
        self.changed.emit()

    def save(self, path: str | Path) -> None:
        """Save the recording (.npz) or, under any other name, the experiment as it was run.

        They are written as they stand now, once what was to be saved before is written.
        """
        path = Path(path)
        try:
            paper = self._session.paper(path)
        except (Refusal, MemoryError) as error:
            self._session.say_failed(error, "file", path)
        else:
            self.write(paper)

    def write(self, paper: Paper) -> None:
        """Write a paper, once what was to be saved before is written."""
        self._papers.append(paper)
        if len(self._papers) == 1:
            self._writing.send(self._papers[0].write)
        self.changed.emit()

    def _open(self, document: Document) -> None:
        self._load(document.experiment, document.recording)
        for note in document.notes:
            self._session.noted.emit(note)
        self.opened.emit()

    def _stop_reading(self) -> None:
        self._reading.call_off()
        self.changed.emit()

    def _fail_to_read(self, error: Exception) -> None:
        self.changed.emit()
        self._session.say_failed(error, "file", self._wanted)

    def _fail_to_write(self, error: Exception) -> None:
        path = self._put_away()
        self.not_saved.emit(path, error)
        self._session.say_failed(error, "file", path)

    def _put_away(self) -> Path:
        """Be done with what was written, and write the next; which it was."""
        path = self._papers.popleft().path
        if self._papers:
            self._writing.send(self._papers[0].write)
        self.changed.emit()
        return path

    def _close(self, until: float) -> None:
        """Leave what is under way, with no file half written."""
        self._papers.clear()
        for errand in (self._reading, self._writing):
            errand.close(until)
        self._documents.close()
