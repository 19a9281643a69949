"""The values of a grid's field as text: read as people write them, and offered to begin with."""

import pytest

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.sweeps import Axis, Sweep
from engine.sweeps.grid import offers
from gui.panels.axis import read, suggested, write


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1, 2,4", (1, 2, 4)),
        ("0.1, 1e-3", (0.1, 0.001)),
        ("true, False", (True, False)),
        ('he, "xavier"', ("he", "xavier")),
        ("[64, 32], [16]", ((64, 32), (16,))),
        (" , 8,", (8,)),
        ("", ()),
    ],
)
def test_values_are_read(text, values):
    assert read(text) == values
    assert repr(read(write(values))) == repr(values)


@pytest.mark.parametrize(
    "values",
    [
        (0.123456789, 1 / 3, 1234567.0, 1e-300, 1e300, -0.0),
        (1.0, 1),
        (True, 0, 1.5),
        ((0.1 + 0.2, 2.0), (64, 32)),
    ],
)
def test_values_that_are_written_are_read_as_they_are(values):
    assert repr(read(write(values))) == repr(values)  # kinds and digits alike


EXPERIMENT = Experiment(contestants=(Contestant("elu"), Contestant("prelu")))
LIMITED = EXPERIMENT.with_value("training.steps", 100)


@pytest.mark.parametrize("path", list(offers(LIMITED)))
def test_whatever_is_offered_can_be_swept_from_the_start(path):
    values = suggested(LIMITED, path)
    assert len(Sweep(LIMITED, (Axis(path, values),))) == len(values) >= 1
    assert repr(read(write(values))) == repr(values)
