"""The sweeper: the sweep that is planned, and the one on show, raced in a thread of its own."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.experiment import Experiment
from engine.recording import Recording
from engine.settings import Refusal
from engine.sweeps import (
    GridRace,
    Progress,
    Sweep,
    SweepFolder,
    local_cluster,
    sweep_file,
    user_cluster,
)
from engine.wording import counted

from .documents import in_words
from .errand import Errand
from .plots.loss import Quantity
from .plots.race_curve import read_curves
from .session import Session
from .sweep_work import Came, Found, News, Plan, Price, Tell, look_up, price, race

NEWS_EVERY = 100  # milliseconds between two looks at what has been raced
PRICE_AFTER = 150  # milliseconds in which a plan has stayed as it is


class Sweeper(QObject):
    """Races the planned sweep, and has the races of the one on show in the order of its grid.

    `planned` says that the plan is another; `priced` that it is known what it would take, or why it
    is refused; `changed` that the work has begun, gone on or ended; `grew` that there are more
    races, or those of another sweep; `curves_read` brings what `read_curves` was asked for. The
    plan follows the experiment that is open, but not into the sweep's own races. Results land in
    `folder`, a temporary one unless the user chooses; at `address` is the user's own cluster.
    """

    planned = Signal()
    priced = Signal()
    changed = Signal()
    grew = Signal()
    curves_read = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.plan = Plan(session.experiment)
        self.price: Price | None = None
        self.refusal = ""
        self.address = ""
        self.sweep: Sweep | None = None
        self.raced: tuple[Found, ...] = ()
        self.failed: tuple[tuple[GridRace, str], ...] = ()
        self.progress: Progress | None = None
        self.at_work = False
        self._session = session
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._chosen: Path | None = None
        self._shown: SweepFolder | None = None
        self._visited: list[Experiment] = []
        self._visiting = False
        self._news: deque[News] = deque()
        self._racing, self._pricing = Errand(self, "sweep"), Errand(self, "price of a sweep")
        self._racing.done.connect(self._end)
        self._racing.failed.connect(self._fail)
        self._pricing.done.connect(self._know)
        self._pricing.failed.connect(self._refuse)
        self._reading = Errand(self, "curves of races")
        self._reading.done.connect(lambda found: self.curves_read.emit(*found))
        self._reading.failed.connect(lambda error: session.say_failed(error, "sweep"))
        self._timer = QTimer(self, interval=NEWS_EVERY)
        self._timer.timeout.connect(self._take_news)
        self._settling = QTimer(self, singleShot=True, interval=PRICE_AFTER)
        self._settling.timeout.connect(self._find_price)
        session.experiment_changed.connect(self._follow)
        session.closing.connect(self._close)

    # What is planned.

    def set_plan(self, plan: Plan) -> None:
        """Have another plan, and find out what racing it would take once it stays so."""
        self.plan, self.price, self.refusal = plan, None, ""
        self._pricing.call_off()
        self._settling.start()
        self.planned.emit()

    def choose_folder(self, folder: Path) -> None:
        """Where results are to land; those in the temporary folder come along."""
        self._chosen = folder
        self.set_plan(self.plan)

    @property
    def folder(self) -> Path:
        """Where results land."""
        if self._chosen:
            return self._chosen
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(
                prefix="activation-lab-", ignore_cleanup_errors=True
            )
        return Path(self._temporary.name)

    @property
    def keeps(self) -> bool:
        """Whether results outlast the window."""
        return self._chosen is not None

    def open(self, path: Path) -> bool:
        """Open a sweep's file, with the races beside it; if it is bad, nothing changes."""
        try:
            loaded = sweep_file.read(path)
        except (Refusal, OSError) as error:
            self._session.refused.emit("file", in_words(error, path))
            return False
        self.load(loaded.sweep, path.parent if SweepFolder(path.parent).begun else None)
        for note in loaded.notes:
            self._session.noted.emit(note)
        return True

    def load(self, sweep: Sweep, folder: Path | None = None) -> None:
        """Plan a sweep, and show the races of it that the folder has, or that failed there.

        Without one it has a temporary folder: that of an earlier sweep has its own tables.
        """
        self.stop()
        self._chosen = folder
        self._session.load(sweep.experiment)
        self.set_plan(Plan.of(sweep))
        shown, tell = self._put_on_show(sweep)
        self._racing.send(lambda look: look_up(sweep, shown, tell, look))

    def _follow(self, experiment: Experiment) -> None:
        own = self._visiting or experiment in self._visited
        if not own and experiment != self.plan.experiment:
            self.set_plan(replace(self.plan, experiment=experiment, name="", claim=""))

    def _find_price(self) -> None:
        plan, folder = self.plan, self.folder
        if plan.axes:
            earlier = Path(self._temporary.name) if self._temporary and self._chosen else None
            self._pricing.send(lambda look: price(plan, folder, earlier, look))

    def _know(self, found: Price) -> None:
        self.price = found
        self.priced.emit()

    def _refuse(self, error: Exception) -> None:
        self.refusal = in_words(error)
        self.priced.emit()

    # What is raced.

    @property
    def can_begin(self) -> bool:
        """Whether it is known that there is something left to race."""
        return not self.at_work and self.price is not None and self.price.done < self.price.races

    def begin(self) -> None:
        """Race what the folder lacks of the plan, on this machine's cores or at `address`."""
        if self.price is None or not self.can_begin:
            return
        sweep, cluster = self.price.sweep, self.address
        folder, tell = self._put_on_show(sweep)
        self.at_work = True
        self._racing.send(
            lambda look: race(
                sweep, folder, user_cluster(cluster) if cluster else local_cluster(), tell, look
            )
        )
        self.changed.emit()

    def stop(self) -> None:
        """What is done is kept; `begin` goes on from there."""
        self._take_news()
        self._racing.call_off()
        self._rest()

    def recording_of(self, race: GridRace) -> Path | None:
        """The file of a finished race of the sweep on show."""
        return self._shown.recording(race) if self._shown else None

    def visit(self, experiment: Experiment, recording: Recording | None) -> None:
        """Open a race of the sweep on show in the main views; the plan stays."""
        self._visiting = True
        self._session.load(experiment, recording)
        self._visiting = False
        self._visited.append(experiment)

    def read_curves(self, quantity: Quantity, races: Sequence[GridRace]) -> None:
        """Have curves of finished races read, unless others are being read just now."""
        if self._shown is None or self._reading.at_work:
            return
        folder = self._shown
        self._reading.send(lambda look: (quantity, read_curves(folder, races, quantity, look)))

    def _put_on_show(self, sweep: Sweep) -> tuple[SweepFolder, Tell]:
        """Show a sweep, without a race yet; where its races lie, and whom to tell of them."""
        self.sweep, self.raced, self.failed, self.progress = sweep, (), (), None
        self._reading.call_off()
        self._shown, self._news, self._visited = SweepFolder(self.folder), deque(), []
        self._timer.start()
        self.grew.emit()
        return self._shown, self._news.append

    def _take_news(self) -> None:
        """Take what has been told since, of races only the newest."""
        news = [self._news.popleft() for _ in range(len(self._news))]
        if progress := [one for one in news if isinstance(one, Progress)]:
            self.progress = progress[-1]
            self.changed.emit()
        if came := [one for one in news if isinstance(one, Came)]:
            self.raced, self.failed = came[-1].raced, came[-1].failed
            self.grew.emit()

    def _end(self, failures: dict[str, str] | None) -> None:
        self._take_news()
        if failures:
            reason = next(iter(failures.values()))
            said = f"{counted(len(failures), 'race')} failed, see sweep.json; the first: {reason}"
            self._session.refused.emit("sweep", said)
        self._rest()

    def _fail(self, error: Exception) -> None:
        self._take_news()
        self._session.say_failed(error, "sweep")
        self._rest()

    def _rest(self) -> None:
        self._timer.stop()
        worked, self.at_work = self.at_work, False
        self.changed.emit()
        if worked:
            self.set_plan(self.plan)  # less is left of it now

    def _close(self, until: float) -> None:
        self._timer.stop()
        self._settling.stop()
        for errand in (self._pricing, self._reading, self._racing):
            errand.close(until)
        if self._temporary is not None:
            self._temporary.cleanup()
