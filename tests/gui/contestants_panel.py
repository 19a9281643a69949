"""What the tests of the contestants' panel ask of it: the list's and the form's."""

from engine.contestant import Contestant
from gui.panels import ContestantsPanel
from gui.tuner import Tuner


def shown_panel(qtbot, session):
    panel = ContestantsPanel(session, Tuner(session))
    qtbot.addWidget(panel)
    panel.resize(290, 600)
    panel.show()
    return panel


def race(session, *keys):
    session.set_contestants(tuple(Contestant(key) for key in keys))


def keys(session):
    return [contestant.activation for contestant in session.experiment.contestants]


def names(panel):
    return [row.header.name.text() for row in panel.rows]


def opened(panel):
    """The number of the contestant whose form is open, or None."""
    (number,) = [i for i, row in enumerate(panel.rows) if not row.body.isHidden()] or [None]
    return number


def form(panel, index):
    panel.open(index)
    return panel.rows[index].form


def ask(panel, index, path, value):
    editor = form(panel, index).editors[path]
    editor.changed.emit(path, value)
    return form(panel, index).editors[path]
