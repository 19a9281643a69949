"""The stage: what was asked of a race stays known until the recording shows it."""

import pytest

from engine.experiment import Intervention
from engine.race import Race
from gui.stage import Stage
from gui.worker import Worker


@pytest.fixture
def stage(small):
    """A race that stands at step 50."""
    stage = Stage(small, Worker(lambda look: Race(small, look)))
    take(stage, 50)
    yield stage
    stage.worker.leave()


def take(stage, steps):
    stage.worker.go(steps)
    assert stage.worker.join(20)
    stage.take_in()


def test_a_change_is_pending_until_the_recording_shows_it(stage):
    stage.intervene("training.learning_rate", 0.05)
    stage.intervene("training.batch_size", 20)
    assert stage.pending == (
        Intervention(50, "training.learning_rate", 0.05),
        Intervention(50, "training.batch_size", 20),
    )
    take(stage, 1)
    assert stage.pending == ()


def test_a_change_that_comes_too_late_stays_pending_at_the_end(stage):
    take(stage, 150)
    assert stage.state == "finished"
    stage.intervene("training.learning_rate", 0.05)
    assert stage.pending == (Intervention(200, "training.learning_rate", 0.05),)


def test_a_recording_stands_at_the_epoch_of_its_last_row(stage, small):
    assert Stage(small, recording=Race(small).recording).epoch == 0
    take(stage, 150)
    opened = Stage(small, recording=stage.recording)
    assert opened.epoch == pytest.approx(stage.epoch)
    assert opened.epoch == pytest.approx(200 / stage.recording.facts.steps_per_epoch)
