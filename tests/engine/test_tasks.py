"""Tasks: Playground's geometry, curves with their noise, the data sets that are shipped."""

from dataclasses import dataclass

import numpy as np
import pytest

from engine.settings import Refusal
from engine.tasks import TASKS

BINARY = ["circle", "xor", "gaussians", "spiral"]
CURVES = ["sin3x", "abs", "square", "step", "sawtooth", "formula"]


@dataclass(frozen=True)
class Asked:
    samples: int = 500
    noise: float = 0.0
    formula: str = "sin(3*x)"
    table: str = ""
    target: str = ""


def drawn(key, seed=0, **asked):
    data = TASKS[key].data(Asked(**asked), np.random.default_rng(seed))
    x, y = data.inputs.T if data.inputs.shape[1] == 2 else (data.inputs[:, 0], None)
    return x, y, data.targets[:, 0]


@pytest.mark.parametrize("key", [key for key in TASKS if key != "table"])
def test_data_are_as_the_record_says_and_repeat_with_the_generator(key):
    task = TASKS[key]
    first, again, other = (
        task.data(Asked(samples=300, noise=10), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.kind == task.kind
    assert first.inputs.shape[1] == task.inputs == len(first.feature_names)
    assert first.targets.shape[1] == task.outputs
    assert len(first.inputs) == len(first.targets)
    assert len(first.inputs) == (300 if task.generated else task.default_samples)
    assert first.inputs.dtype == first.targets.dtype == np.float64
    assert np.isfinite(first.targets).all()
    np.testing.assert_array_equal(first.inputs, again.inputs)
    np.testing.assert_array_equal(first.targets, again.targets)
    assert np.array_equal(first.inputs, other.inputs) != task.generated


@pytest.mark.parametrize("key", TASKS)
def test_every_record_speaks_and_has_a_reachable_criterion(key):
    task = TASKS[key]
    assert task.key == key
    assert task.label
    assert task.help.endswith(".")
    assert task.source
    assert 0 < task.criterion_share < 1
    assert set(task.uses) <= {"samples", "noise", "formula", "table"}


@pytest.mark.parametrize("key", BINARY)
@pytest.mark.parametrize("samples", [10, 501])
def test_classes_are_balanced_and_the_count_is_exact(key, samples):
    labels = drawn(key, samples=samples)[2]
    assert len(labels) == samples
    assert set(labels) == {0.0, 1.0}
    if key != "xor":
        assert labels.sum() == samples - samples // 2
    assert abs(labels.mean() - 0.5) < 4 * 0.5 / np.sqrt(samples)


def test_circle_is_a_disc_in_a_ring():
    x, y, labels = drawn("circle")
    radius = np.hypot(x, y)
    assert ((radius < 2.5) == (labels == 1)).all()
    assert not ((radius > 2.5) & (radius < 3.5)).any()
    assert radius.max() <= 5


def test_xor_shares_quadrants_and_keeps_off_the_axes():
    x, y, labels = drawn("xor")
    assert ((x * y > 0) == (labels == 1)).all()
    assert min(np.abs(x).min(), np.abs(y).min()) >= 0.3
    assert max(np.abs(x).max(), np.abs(y).max()) <= 5.3


@pytest.mark.parametrize("noise", [0, 25, 50])
def test_gaussians_stand_at_two_corners_and_noise_is_their_variance(noise):
    x, y, labels = drawn("gaussians", samples=20_000, noise=noise)
    variance = 0.5 + 7 * noise / 100
    for label, centre in ((1, 2), (0, -2)):
        for axis in (x, y):
            cloud = axis[labels == label]
            assert abs(cloud.mean() - centre) < 4 * np.sqrt(variance / len(cloud))
            assert abs(cloud.var() / variance - 1) < 4 * np.sqrt(2 / len(cloud))


def test_spiral_arms_are_each_other_turned_by_half_a_turn():
    x, y, labels = drawn("spiral")
    one, other = labels == 1, labels == 0
    np.testing.assert_allclose(x[one], -x[other], atol=1e-12)
    np.testing.assert_allclose(y[one], -y[other], atol=1e-12)
    radius = np.hypot(x, y)[one]
    np.testing.assert_allclose(radius, 5 * np.arange(250) / 250, atol=1e-12)
    angle = np.unwrap(np.arctan2(x[one], y[one])[1:])
    np.testing.assert_allclose(angle - angle[0], (radius[1:] - radius[1]) * 0.7 * np.pi, atol=1e-9)


def test_spiral_noise_moves_points_by_its_share_at_most():
    clean, shaken = drawn("spiral"), drawn("spiral", noise=30)
    moved = np.concatenate([shaken[0] - clean[0], shaken[1] - clean[1]])
    assert 0.29 < np.abs(moved).max() <= 0.3


def test_plane_is_a_tenth_of_the_sum():
    x, y, values = drawn("plane")
    np.testing.assert_allclose(values, (x + y) / 10)


def test_plane_noise_is_uniform_with_its_share_of_the_square():
    x, y, values = drawn("plane", samples=20_000, noise=50)
    jitter = 10 * values - x - y
    # Two uniform draws on ±3 add up to a triangle of variance 6.
    assert np.abs(jitter).max() <= 6
    assert abs(jitter.var() / 6 - 1) < 0.05


def test_multi_gaussian_has_six_cones_on_flat_ground():
    x, y, values = drawn("multi_gaussian", samples=5000)
    for cx, cy, sign in [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1),
                         (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]:  # fmt: skip
        distance = np.hypot(x - cx, y - cy)
        inside = distance < 2
        np.testing.assert_allclose(values[inside], sign * (1 - distance[inside] / 2))
        x, y, values = x[~inside], y[~inside], values[~inside]
    assert len(values)
    assert not values.any()


@pytest.mark.parametrize(("key", "most"), [("circle", 0.5), ("xor", 0.5)])
def test_label_noise_leaves_the_points_and_turns_some_labels(key, most):
    x, y, labels = drawn(key, samples=2000)
    noisy_x, noisy_y, noisy = drawn(key, samples=2000, noise=30)
    np.testing.assert_array_equal((x, y), (noisy_x, noisy_y))
    assert 0.05 < np.mean(labels != noisy) < most


@pytest.mark.parametrize("key", CURVES)
def test_curves_lie_on_their_target_and_noise_is_gaussian_around_it(key):
    task, asked = TASKS[key], Asked(samples=20_000)
    x, _, y = drawn(key, samples=20_000)
    np.testing.assert_array_equal(y, task.target(asked, x))
    noisy_x, _, noisy = drawn(key, samples=20_000, noise=20)
    np.testing.assert_array_equal(x, noisy_x)
    residual = noisy - y
    assert abs(residual.std() / 0.2 - 1) < 0.03
    assert abs(np.mean(np.abs(residual) < 0.2) - 0.6827) < 0.02


def test_curves_are_what_they_are_called():
    x = np.linspace(-1.5, 1.5, 601)
    curve = {key: TASKS[key].target(Asked(), x) for key in CURVES}
    np.testing.assert_array_equal(curve["formula"], curve["sin3x"])
    np.testing.assert_allclose(curve["square"], curve["abs"] ** 2)
    assert set(curve["step"]) == {0.0, 1.0}
    # Eight straight flanks of height 1 in 0.375.
    np.testing.assert_allclose(np.abs(np.diff(curve["sawtooth"])) / np.diff(x), 1 / 0.375)
    assert np.sum(np.diff(np.sign(np.diff(curve["sawtooth"]))) != 0) == 7


@pytest.mark.parametrize("text", ["1/x", "log(x)", "sqrt(x)", "tan(x)/0", "9**9**9"])
def test_a_formula_that_is_not_finite_is_refused_and_says_where(text):
    with pytest.raises(Refusal, match=r"must be finite for every x from -1\.5 to 1\.5") as refused:
        drawn("formula", formula=text)
    assert refused.value.field == "formula"


def test_digits_are_the_published_ones():
    data = TASKS["digits"].data(Asked(), np.random.default_rng(0))
    assert data.inputs.shape == (1797, 64)
    assert (data.inputs.min(), data.inputs.max()) == (0, 16)
    assert list(data.targets.sum(axis=0)) == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # A 0 is hollow and a 1 is not: the labels belong to their images.
    middle = data.inputs.reshape(-1, 8, 8)[:, 3:5, 3:5].mean(axis=(1, 2))
    assert middle[data.classes == 0].mean() < 2 < 10 < middle[data.classes == 1].mean()


def test_penguins_are_learnable_and_in_grams():
    data = TASKS["penguins"].data(Asked(), np.random.default_rng(0))
    grams = data.targets[:, 0]
    assert (grams.min(), grams.max()) == (2700, 6300)
    gentoo = data.inputs[:, data.feature_names.index("species = Gentoo")] == 1
    assert gentoo.sum() == 123
    assert grams[gentoo].mean() > grams[~gentoo].mean() + 1000


def test_fixed_data_cannot_be_written_to():
    data = TASKS["digits"].data(Asked(), np.random.default_rng(0))
    with pytest.raises(ValueError, match="read-only"):
        data.inputs[0, 0] = 1


def test_a_table_must_be_named():
    with pytest.raises(Refusal, match="choose a"):
        drawn("table")
