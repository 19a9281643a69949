"""The calibration compares what the races really came to."""

import numpy as np

from benchmarks.calibration import EXPERIMENT, as_contestants
from engine import Race
from engine.outcomes import OUTCOMES, final_scores


def test_a_thinned_curve_goes_on_with_its_newest_value_not_its_largest():
    plan = EXPERIMENT.with_value("training.steps", 400)
    plan = plan.with_value("population.evaluate_every", 1).with_value("population.memory", 16)
    race = Race(plan)
    race.advance(400)
    assert race.recording.curves.width > 1
    made = as_contestants(race.recording, (slice(0, 4), slice(4, 8)))
    for key in ("train_loss", "test_loss"):
        kept = race.recording.curves.values(key)[:, 0, :8].reshape(-1, 2, 4)
        np.testing.assert_array_equal(made.curves.values(key), kept)
        ends = final_scores(race.recording, OUTCOMES[key])[0, :8].reshape(2, 4)
        np.testing.assert_array_equal(final_scores(made, OUTCOMES[key]), ends)
