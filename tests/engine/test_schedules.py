"""Laws of the schedules: PyTorch's factors, warm-up from near 0 to 1, no rise after the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.schedules import SCHEDULES, Schedule

TORCH = json.loads((Path(__file__).parent / "fixtures" / "torch.json").read_text())
ABOUT = ("total", "warmup", "period", "gamma")

every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())


def factors(schedule: Schedule, steps: int, **about: Any) -> np.ndarray:
    return np.array([schedule.factor(step, **about) for step in range(steps)])


@pytest.mark.parametrize("case", TORCH["scheduled"], ids=lambda c: f"{c['schedule']}-{c['warmup']}")
def test_factors_are_pytorchs(case: dict[str, Any]) -> None:
    about = {name: case[name] for name in ABOUT}
    ours = factors(SCHEDULES[case["schedule"]], len(case["factors"]), **about)
    np.testing.assert_allclose(ours, case["factors"], rtol=0, atol=1e-12)


def test_fixture_covers_every_schedule_with_and_without_warmup() -> None:
    seen = {(case["schedule"], case["warmup"] > 0) for case in TORCH["scheduled"]}
    assert seen == {(key, warm) for key in SCHEDULES for warm in (False, True)}


@every_schedule
def test_warmup_multiplies_a_straight_rise(schedule: Schedule) -> None:
    about = {"total": 50, "period": 7, "gamma": 0.5}
    cold, warm = (factors(schedule, 50, warmup=warmup, **about) for warmup in (0, 10))
    np.testing.assert_allclose(warm[:10], cold[:10] * np.arange(1, 11) / 10, rtol=1e-15)
    assert (warm[10:] == cold[10:]).all()


@every_schedule
def test_starts_at_one_and_never_rises(schedule: Schedule) -> None:
    course = factors(schedule, 300, total=100, warmup=0, period=7, gamma=0.5)
    assert course[0] == 1
    assert (np.diff(course) <= 0).all()
    assert (course >= 0).all()


@every_schedule
def test_reads_only_what_it_names(schedule: Schedule) -> None:
    about = {"total": 100, "period": 7, "gamma": 0.5}
    other = {"total": 60, "period": 11, "gamma": 0.9}
    reference = factors(schedule, 100, warmup=0, **about)
    for name in about:
        changed = factors(schedule, 100, warmup=0, **(about | {name: other[name]}))
        assert (changed != reference).any() == (name in schedule.uses)
