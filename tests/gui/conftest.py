"""What the window's tests share: settings in a folder of their own, and a race that is quick."""

import dataclasses
import signal

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.experiment_file import dumps
from engine.sections import NetworkSettings, PopulationSettings, TaskSettings, TrainingSettings
from engine.sweeps import Axis, Execution, Sweep, SweepFolder, local_cluster
from gui import command_line
from gui.clerk import Clerk
from gui.main_window import MainWindow
from gui.session import Session
from gui.state import State
from gui.sweeper import Sweeper


@pytest.fixture(autouse=True)
def _settings_folder(tmp_path):
    folder = str(tmp_path / "settings")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def _nothing_left_on_the_desk(_settings_folder):
    """What a test has let go is deleted at its end: later ones would style it and lay it out."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def small():
    """An experiment whose race takes a blink: 2 contestants, 2 seeds, 60 points, 200 steps.

    It is read more often than a rule that minds the time would have it: races are stopped early.
    """
    return Experiment(
        name="Small",
        task=TaskSettings(samples=60),
        network=NetworkSettings(depth=2, width=4),
        training=TrainingSettings(steps=200, batch_size=10),
        population=PopulationSettings(seeds=2, memory=8, evaluate_every=4, record_every=4),
        contestants=(Contestant("relu"), Contestant("prelu")),
    )


@pytest.fixture
def endless(small):
    """The small experiment without a step limit."""
    return small.with_value("training.steps", 0)


@pytest.fixture
def huge(small):
    """An experiment whose single step takes seconds."""
    return dataclasses.replace(
        small,
        task=TaskSettings(samples=4000),
        network=NetworkSettings(depth=40, width=256),
        training=TrainingSettings(batch_size=0),
        population=PopulationSettings(seeds=2, memory=32),
    )


@pytest.fixture
def session(qtbot, small):
    session = Session(small)
    yield session
    session.close()


@pytest.fixture
def until(qtbot, session):
    """Wait for a state of the session."""

    def wait(*states):
        qtbot.waitUntil(lambda: session.state in states, timeout=20_000)

    return wait


@pytest.fixture
def clerk(session):
    """Who opens and saves the session's files."""
    return Clerk(session)


@pytest.fixture
def save_file(qtbot, clerk):
    """Have a file saved, and wait until it is."""

    def save(path):
        with qtbot.waitSignal(clerk.saved, timeout=20_000):
            clerk.save(path)

    return save


@pytest.fixture
def open_file(qtbot, clerk):
    """Have a file opened, and wait until it is."""

    def open_one(path):
        with qtbot.waitSignal(clerk.opened, timeout=20_000):
            clerk.open(path)

    return open_one


@pytest.fixture(autouse=True)
def _signals():
    """The command line takes being told to stop for an answer of its own."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def file(small, tmp_path):
    """The small experiment as a file."""
    path = tmp_path / "small.toml"
    path.write_text(dumps(small), "utf-8")
    return path


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*arguments):
        try:
            code = command_line.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def open_window(qtbot, tmp_path):
    """Opens windows that share a settings file, as one start after another does."""
    opened = []

    def open_one(experiment):
        window = MainWindow(Session(experiment), State(tmp_path / "window.ini"))
        window.restore()
        window.show()
        qtbot.waitExposed(window)
        opened.append(window)
        return window

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()
    # A change of the look would restyle windows that linger.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(open_window, small):
    return open_window(small)


# Sweeps.

LARGE = 20_000_000  # bytes of a message that is read in a thread of its own
DEPTHS = Axis("network.depth", (1, 2, 3))


@pytest.fixture(scope="module")
def client():
    """A cluster of two, as a user may have one; the thread that Dask keeps has begun by then."""
    with local_cluster(2) as client:
        client.submit(bytes, LARGE).result()
        yield client


@pytest.fixture(scope="module")
def swept(client, tmp_path_factory):
    """The folder of a sweep that was raced before; made by the first who has its experiment."""
    folder = tmp_path_factory.mktemp("swept")

    def race(experiment):
        execution = Execution(Sweep(experiment, (DEPTHS,), name="Depths"), SweepFolder(folder))
        for _ in execution.run(client):
            pass
        return folder

    return race


@pytest.fixture
def sweeper(session, client):
    sweeper = Sweeper(session)
    sweeper.address = client.scheduler.address
    return sweeper


@pytest.fixture
def known(qtbot, sweeper):
    """Wait until it is known what the plan would take."""

    def wait():
        qtbot.waitUntil(lambda: bool(sweeper.price or sweeper.refusal), timeout=20_000)

    return wait


@pytest.fixture
def opened(qtbot, sweeper, small, swept, known):
    """The sweeper with the sweep that was raced before, and all its races."""
    folder = swept(small)
    assert sweeper.open(folder / "sweep.toml")
    qtbot.waitUntil(lambda: len(sweeper.raced) == 3, timeout=20_000)
    known()
    return sweeper
