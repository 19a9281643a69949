"""Values of a grid's field: where they stand, and that they are called as in their panels."""

import pytest

from engine.experiment import Experiment
from engine.sweeps import Axis
from engine.sweeps.grid import choices
from gui.plots.field_scale import FieldScale, point


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("population.early_stopping", "validation_loss", "at the lowest validation loss"),
        ("contestant.1.initializer", "forward", "Matched, forward"),
        ("task.formula", "sin(x)", "sin(x)"),
        ("network.widths", (8, 16), "8, 16"),
        ("network.residual", True, "on"),
        ("network.depth", 4, "4"),
    ],
)
def test_a_value_is_called_as_in_its_panel(path, value, said):
    """Not by the key that files have."""
    experiment = Experiment()
    assert FieldScale(Axis(path, (value,)), choices(experiment, path)).words(value) == said
    assert point(experiment, {path: value}).endswith(f" {said}")
