"""What the documentation says of thresholds is what the code has."""

import re
from pathlib import Path

import pytest

from engine import obstacles, outcomes, prospect, vanishing
from engine.findings import saturation

TEXT = (Path(__file__).parents[1] / "docs" / "verdict.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+) \|", TEXT, re.MULTILINE)
ROOMS = (saturation, vanishing, outcomes, prospect, obstacles)


@pytest.mark.parametrize(("name", "value"), ROWS)
def test_a_threshold_has_the_value_that_is_documented(name, value):
    assert {getattr(room, name) for room in ROOMS if hasattr(room, name)} == {float(value)}


def test_every_threshold_of_the_verdict_is_documented():
    own = {
        name
        for room in ROOMS
        for name, value in vars(room).items()
        if name.isupper() and isinstance(value, float) and not name.startswith("_")
    }
    assert own <= {name for name, _ in ROWS}
