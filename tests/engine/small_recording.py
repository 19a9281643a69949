"""A small recording of waves, with an event of most kinds and a fit."""

import numpy as np

from engine.contestant import Contestant
from engine.experiment import Experiment
from engine.fit import Fit, FitView
from engine.recording import Event, Facts, Recording, Row
from engine.sections import NetworkSettings, PopulationSettings
from engine.track import Channel

LANES = (2, 3)
LAYERS = 2
CURVES = {
    "epoch": Channel(merge="last"),
    "seconds": Channel((2,), merge="last"),
    "train_loss": Channel(LANES),
    "test_loss": Channel(LANES),
}
MEASURED = {
    "dead_share": Channel((*LANES, LAYERS + 1), dtype="float32"),
    "gradient_histogram": Channel((2, LAYERS + 1, 5), merge="sum", dtype="uint32"),
    "parameter.1.negative_slope": Channel((3, LAYERS)),
}
FACTS = Facts(
    layer_units=(4, 4, 1),
    parameter_count=33,
    baseline=np.array([0.5, np.nan, 0.7]),
    channel="test_loss",
    threshold=0.01,
    criterion="test loss ≤ 0.01, held for 3 evaluations",
    kind="regression",
    train_points=50,
    test_points=50,
    steps_per_epoch=3.125,
    notes=("x² is noisy",),
)
VIEW = FitView(
    kind="curve",
    points=np.linspace(-1, 1, 5)[:, None],
    truth=np.linspace(0, 1, 5),
    train_inputs=np.zeros((2, 1)),
    train_targets=np.ones((2, 1)),
    feature_names=("x",),
    class_names=(),
    extent=(-1.0, 1.0),
    heights=(0.0, 1.0),
)
EXPERIMENT = Experiment(
    name="a race",
    network=NetworkSettings(depth=LAYERS, width=4),
    population=PopulationSettings(seeds=3, memory=8),
    contestants=(Contestant("relu"), Contestant("prelu")),
)


def rows(step: int) -> tuple[Row, Row]:
    wave = np.sin(step + np.arange(6.0)).reshape(LANES)
    curves = {
        "epoch": np.array(step / 3.125),
        "seconds": np.array([step, 2.0 * step]),
        "train_loss": wave,
        "test_loss": np.where(wave > 0.99, np.nan, wave),
    }
    layers = {
        "dead_share": np.repeat(wave[..., None], LAYERS + 1, axis=-1),
        "gradient_histogram": np.full((2, LAYERS + 1, 5), step % 7),
        "parameter.1.negative_slope": np.full((3, LAYERS), 0.25 + step),
    }
    return Row("curves", step, curves), Row("layers", step, layers)


def recorded(steps: int, experiment: Experiment = EXPERIMENT) -> Recording:
    recording = Recording(experiment, CURVES, MEASURED, FACTS, VIEW)
    for step in range(steps):
        for row in rows(step):
            recording.add(row)
    recording.add(Event(3, "died", contestant=0, seed=1, layer=2, count=3))
    recording.add(Event(5, "intervention", field="training.learning_rate", value=0.01))
    recording.add(Event(7, "intervention", field="training.batch_size", value=16.0))
    if steps:
        recording.add(Fit(steps, outputs=np.full((*LANES, 5), steps, np.float32)))
    return recording
