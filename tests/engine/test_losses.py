"""Laws of the losses: true gradients, means, no overflow, no false zero, no feeling for company."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.losses import LOSSES, Loss
from engine.ready import replay

FIXTURES = Path(__file__).parent / "fixtures"
TORCH = json.loads((FIXTURES / "torch.json").read_text())["losses"]
PLAYGROUND = json.loads((FIXTURES / "playground.json").read_text())

every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
for_classes = pytest.mark.parametrize(
    "loss", [loss for loss in LOSSES.values() if loss.kinds != ("regression",)], ids=lambda x: x.key
)


def targets_for(
    loss: Loss, rng: np.random.Generator, lanes: int, batch: int, dtype: type = np.float64
) -> np.ndarray:
    """Random targets of the loss's first kind: `(lanes, units, batch)`."""
    kind = loss.kinds[0]
    if kind == "multiclass":
        classes = rng.integers(0, 4, (lanes, batch))
        return np.eye(4, dtype=dtype)[classes].swapaxes(1, 2).copy()
    if kind == "binary":
        return rng.integers(0, 2, (lanes, 1, batch)).astype(dtype)
    return (2 * rng.standard_normal((lanes, 3, batch))).astype(dtype)


def example(
    loss: Loss, lanes: int = 3, batch: int = 7, dtype: type = np.float64
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    targets = targets_for(loss, rng, lanes, batch, dtype)
    return (3 * rng.standard_normal(targets.shape)).astype(dtype), targets


@every_loss
def test_gradient_is_the_values_slope(loss: Loss) -> None:
    outputs, targets = example(loss)
    gradient = loss.gradient(outputs, targets)
    step = 1e-5
    for unit, point in np.ndindex(outputs.shape[1:]):
        shift = np.zeros_like(outputs)
        shift[:, unit, point] = step
        slope = loss.value(outputs + shift, targets) - loss.value(outputs - shift, targets)
        np.testing.assert_allclose(
            gradient[:, unit, point], slope / (2 * step), rtol=1e-6, atol=1e-9
        )


@every_loss
def test_value_is_a_mean_over_the_batch(loss: Loss) -> None:
    outputs, targets = example(loss, batch=10)
    parts = [loss.value(outputs[:, :, i : i + 1], targets[:, :, i : i + 1]) for i in range(10)]
    np.testing.assert_allclose(loss.value(outputs, targets), np.mean(parts, axis=0), rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_loss
def test_far_logits_give_finite_numbers_of_the_same_type(loss: Loss, dtype: type) -> None:
    _, targets = example(loss, dtype=dtype)
    for logits in (np.full_like(targets, 1e3), np.full_like(targets, -1e3), 2e3 * targets - 1e3):
        results = [loss.value(logits, targets), loss.gradient(logits, targets)]
        results += [loss.trivial(targets)]
        for result in results:
            assert result.dtype == dtype
            assert np.isfinite(result).all()


@pytest.mark.parametrize(("dtype", "far"), [(np.float32, 30.0), (np.float64, 60.0)])
@for_classes
def test_no_gradient_is_rounded_away_before_its_time(loss: Loss, dtype: type, far: float) -> None:
    """Of a well-fitted point the gradient is tiny; difference to 1 would make it exactly 0."""
    _, targets = example(loss, dtype=dtype)
    logits = (far * (targets - 0.5)).astype(dtype)
    gradient = loss.gradient(logits, targets)
    assert (np.sign(gradient) == np.where(targets == 1, -1, 1)).all()
    wide = loss.gradient(logits.astype(np.longdouble), targets.astype(np.longdouble))
    np.testing.assert_allclose(gradient, wide.astype(np.float64), rtol=2e2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch", [1, 5, 33, 250])
@every_loss
def test_a_lane_alone_has_the_bits_it_has_in_company(loss: Loss, batch: int, dtype: type) -> None:
    outputs, targets = example(loss, lanes=256, batch=batch, dtype=dtype)
    value, gradient = loss.value(outputs, targets), loss.gradient(outputs, targets)
    trivial = loss.trivial(targets)
    for lane in (0, 1, 100, 255):
        alone = outputs[lane : lane + 1].copy(), targets[lane : lane + 1].copy()
        assert loss.value(*alone)[0] == value[lane]
        assert (loss.gradient(*alone)[0] == gradient[lane]).all()
        assert loss.trivial(alone[1])[0] == trivial[lane]


@every_loss
def test_bits_do_not_depend_on_gaps_in_memory(loss: Loss) -> None:
    """The network hands in views of buffers that carry a row of ones."""
    outputs, targets = example(loss, lanes=5, batch=33)
    lanes, units, batch = outputs.shape
    buffer, samples = np.ones((lanes, units + 1, batch)), np.ones((lanes, units, batch + 3))
    buffer[:, :units], samples[:, :, :batch] = outputs, targets
    apart = buffer[:, :units], samples[:, :, :batch]
    assert (loss.value(*apart) == loss.value(outputs, targets)).all()
    assert (loss.gradient(*apart) == loss.gradient(outputs, targets)).all()
    assert (loss.trivial(apart[1]) == loss.trivial(targets)).all()


@every_loss
def test_out_may_be_the_outputs_and_inputs_stay(loss: Loss) -> None:
    outputs, targets = example(loss)
    before = outputs.copy(), targets.copy()
    expected = loss.gradient(outputs, targets)
    loss.value(outputs, targets)
    loss.trivial(targets)
    assert (outputs == before[0]).all()
    assert (targets == before[1]).all()
    assert loss.gradient(outputs, targets, out=outputs) is outputs
    assert (outputs == expected).all()


@every_loss
def test_a_gradient_made_ready_is_of_what_then_stands_in_its_arrays(loss: Loss) -> None:
    outputs, targets = example(loss)
    buffers = np.ones_like(outputs), np.zeros_like(targets)
    coded, out = np.empty_like(outputs), np.empty_like(outputs)
    calls = [*loss.code(buffers[1], coded), *loss.gradient_of(buffers[0], coded, out)]
    replay(calls)
    for buffer, values in zip(buffers, (outputs, targets), strict=True):
        buffer[...] = values
    replay(calls)
    np.testing.assert_array_equal(out, loss.gradient(outputs, targets))


@every_loss
def test_no_constant_beats_the_trivial_loss(loss: Loss) -> None:
    """A descent over constants comes down to it, and never below."""
    _, targets = example(loss, lanes=4, batch=40)
    trivial = loss.trivial(targets)
    constant = np.zeros((*targets.shape[:2], 1))
    for _ in range(4000):
        slope = loss.gradient(constant + 0 * targets, targets).sum(axis=2, keepdims=True)
        constant -= 0.5 * slope
    reached = loss.value(constant + 0 * targets, targets)
    assert (reached >= trivial - 1e-12).all()
    np.testing.assert_allclose(reached, trivial, rtol=1e-9)


@for_classes
def test_trivial_loss_of_a_single_class_is_zero(loss: Loss) -> None:
    _, targets = example(loss)
    targets[:] = targets[:, :, :1]
    np.testing.assert_allclose(loss.trivial(targets), 0, atol=1e-15)


@pytest.mark.parametrize("case", TORCH, ids=lambda case: case["loss"])
def test_equals_pytorch(case: dict) -> None:
    outputs, targets = np.array([case["outputs"]]), np.array([case["targets"]])
    loss = LOSSES[case["loss"]]
    np.testing.assert_allclose(loss.value(outputs, targets), [case["value"]], rtol=1e-14)
    gradient = loss.gradient(outputs, targets)
    np.testing.assert_allclose(gradient, [case["gradient"]], rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("case", PLAYGROUND["configurations"], ids=lambda case: case["name"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_squared_tanh_is_playgrounds(case: dict, part: str) -> None:
    *points, labels = np.array(PLAYGROUND[part]).T
    activation = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[case["activation"]]
    signal = np.array(points)
    for weights, biases in zip(case["initial"]["W"], case["initial"]["b"], strict=True):
        z = np.array(weights) @ signal + np.array(biases)[:, None]
        signal = activation(z)
    loss = LOSSES["squared_tanh"].value(z[None], (labels[None, None] + 1) / 2)
    expected = case["losses"][0][part == "test"]
    np.testing.assert_allclose(loss, [expected], rtol=1e-14)


def test_half_squared_is_half_of_mse() -> None:
    half, whole = LOSSES["half_squared"], LOSSES["mse"]
    outputs, targets = example(whole)
    assert (2 * half.value(outputs, targets) == whole.value(outputs, targets)).all()
    np.testing.assert_allclose(
        2 * half.gradient(outputs, targets), whole.gradient(outputs, targets), rtol=1e-15
    )


def test_huber_is_squared_near_and_straight_far() -> None:
    huber, half = LOSSES["huber"], LOSSES["half_squared"]
    target = np.zeros((1, 1, 1))
    for near in (-1.0, -0.3, 0.0, 0.9):
        output = np.full((1, 1, 1), near)
        assert huber.value(output, target) == pytest.approx(half.value(output, target), abs=1e-16)
    for far in (-1e3, -1.5, 7.0):
        assert huber.value(target + far, target) == abs(far) - 0.5
        assert huber.gradient(target + far, target) == np.sign(far)
