"""Laws of the optimisers: PyTorch's trajectories, lanes that do not feel each other, true norms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.optimizers import OPTIMIZERS, Optimizer, Step, clip_by_norm, decay, penalise
from engine.ready import replay

TORCH = json.loads((Path(__file__).parent / "fixtures" / "torch.json").read_text())
CASES = TORCH["trajectories"]
HYPER = {"momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "alpha": 0.99, "epsilon": 1e-8}

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())


def slope_of_valley(w: np.ndarray) -> np.ndarray:
    """Gradient of the fixture's objective, sum of (w[i+1] - w[i]²)² + (1 - w[i])² / 2."""
    rest = w[:, 1:] - w[:, :-1] ** 2
    gradient = np.zeros_like(w)
    gradient[:, 1:] += 2 * rest
    gradient[:, :-1] -= 4 * w[:, :-1] * rest + (1 - w[:, :-1])
    return gradient


def states(optimizer: Optimizer, w: np.ndarray) -> list[np.ndarray]:
    return [np.zeros_like(w) for _ in range(optimizer.slots)]


def take(step: Step, t: int, rate: float) -> None:
    step.begin(t, rate)
    replay(step.calls)


def descend(
    optimizer: Optimizer,
    w: np.ndarray,
    gradient: np.ndarray,
    state: list[np.ndarray],
    t: int,
    rate: float,
    hyper: dict[str, float],
    mask: np.ndarray,
    weight_decay: float,
) -> None:
    """One step with its decay, in the order of training."""
    step = np.empty_like(w)
    if not optimizer.decoupled:
        decay(w, gradient, mask, weight_decay, step)
    take(optimizer.stepper(gradient, state, hyper, step), t, rate)
    if optimizer.decoupled:
        decay(w, step, mask, rate * weight_decay, np.empty_like(w))
    w -= step


def trajectory(case: dict[str, Any], lanes: int = 1) -> np.ndarray:
    """Our parameters after the fixture's kept steps, `(kept, lanes, size)`."""
    optimizer = OPTIMIZERS[case["optimizer"]]
    w = np.tile(np.array(TORCH["start"]), (lanes, 1))
    mask = (np.arange(w.shape[1]) < TORCH["decayed"]).astype(w.dtype)
    state, path = states(optimizer, w), []
    for t in range(1, TORCH["kept"][-1] + 1):
        rate = case["learning_rate"] * case.get("factors", {t - 1: 1.0})[t - 1]
        gradient = slope_of_valley(w)
        if case["clip_norm"]:
            clip_by_norm(gradient, case["clip_norm"])
        descend(optimizer, w, gradient, state, t, rate, case, mask, case["weight_decay"])
        if t in TORCH["kept"]:
            path.append(w.copy())
    return np.array(path)


@pytest.mark.parametrize(
    "case",
    CASES,
    ids=lambda c: f"{c['optimizer']}-{c['learning_rate']}-{c['weight_decay']}-{c['clip_norm']}",
)
def test_trajectory_is_pytorchs(case: dict[str, Any]) -> None:
    np.testing.assert_allclose(trajectory(case)[:, 0], case["path"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", TORCH["scheduled"], ids=lambda c: f"{c['schedule']}-{c['warmup']}")
def test_scheduled_trajectory_is_pytorchs(case: dict[str, Any]) -> None:
    np.testing.assert_allclose(trajectory(case)[:, 0], case["path"], rtol=0, atol=1e-10)


def test_fixture_covers_what_it_should() -> None:
    seen = {(case["optimizer"], case["weight_decay"] > 0) for case in CASES}
    assert seen == {(key, decayed) for key in OPTIMIZERS for decayed in (False, True)}
    assert any(0 < case["clipped"] < TORCH["kept"][-1] for case in CASES)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 13, 1001])
@every_optimizer
def test_a_lane_alone_has_the_bits_it_has_in_company(
    optimizer: Optimizer, size: int, dtype: type
) -> None:
    start = np.random.default_rng(3).standard_normal((64, size)).astype(dtype)

    def after_five_steps(w: np.ndarray) -> np.ndarray:
        mask, state, scratch = np.ones(size, dtype), states(optimizer, w), np.empty_like(w)
        for t in range(1, 6):
            gradient = np.sin(7 * w)
            penalise(w, gradient, mask, 0.01, 0.02, scratch)
            clip_by_norm(gradient, 0.5 * size**0.5)
            descend(optimizer, w, gradient, state, t, 0.01, HYPER, mask, 0.1)
        assert {buffer.dtype for buffer in (w, gradient, *state)} == {np.dtype(dtype)}
        return w

    together = after_five_steps(start.copy())
    assert (together != start).any()
    for lane in (0, 1, 31, 63):
        assert (after_five_steps(start[lane : lane + 1].copy())[0] == together[lane]).all()


@every_optimizer
def test_a_step_leaves_the_gradients_alone_and_leads_down(optimizer: Optimizer) -> None:
    gradient, step = np.array([[0.5, 0.25]]), np.empty((1, 2))
    take(optimizer.stepper(gradient, states(optimizer, gradient), HYPER, step), 1, 0.1)
    assert (gradient == [[0.5, 0.25]]).all()
    assert (step > 0).all()


@every_optimizer
def test_it_reads_just_the_hyperparameters_it_names(optimizer: Optimizer) -> None:
    ones = np.ones((1, 2))
    named = {name: HYPER[name] for name in optimizer.hyperparameters}
    take(optimizer.stepper(ones, states(optimizer, ones), named, np.empty_like(ones)), 1, 0.1)
    for name in named:
        fewer = {key: value for key, value in named.items() if key != name}
        with pytest.raises(KeyError, match=name):
            optimizer.stepper(ones, states(optimizer, ones), fewer, np.empty_like(ones))


@every_optimizer
def test_state_times_its_units_is_pytorchs_after_the_first_step(optimizer: Optimizer) -> None:
    g = np.array([[0.5, -2.0]])
    adam = ((1 - HYPER["beta1"]) * g, (1 - HYPER["beta2"]) * g**2)
    expected = {"sgd": (), "momentum": (g,), "nesterov": (g,), "adam": adam, "adamw": adam}
    expected["rmsprop"] = ((1 - HYPER["alpha"]) * g**2,)
    state = states(optimizer, g)
    take(optimizer.stepper(g, state, HYPER, np.empty_like(g)), 1, 0.1)
    units = optimizer.units(HYPER)
    for buffer, unit, value in zip(state, units, expected[optimizer.key], strict=True):
        np.testing.assert_allclose(buffer * unit, value, rtol=1e-15)


@every_optimizer
def test_no_gradient_no_step(optimizer: Optimizer) -> None:
    zero = np.zeros((1, 2))
    state, step = states(optimizer, zero), np.empty((1, 2))
    for t in range(1, 4):
        take(optimizer.stepper(zero, state, HYPER, step), t, 0.1)
        assert (step == 0).all()


def test_decay_spares_what_the_mask_spares() -> None:
    w, target = np.full((2, 3), 2.0), np.ones((2, 3))
    decay(w, target, np.array([1.0, 0.0, 1.0]), 0.25, np.empty_like(w))
    assert (w == 2).all()
    assert (target == 1 + 2 * 0.25 * np.array([1, 0, 1])).all()


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
def test_penalty_adds_the_slope_of_its_sum(l1: float, l2: float) -> None:
    rng = np.random.default_rng(1)
    w, before = rng.standard_normal((2, 5)), rng.standard_normal((2, 5))
    mask = np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    gradient = before.copy()
    penalise(w, gradient, mask, l1, l2, np.empty_like(w))

    def penalty(w: np.ndarray) -> np.ndarray:
        return mask * (l1 * np.abs(w) + l2 * w**2 / 2)

    slope = (penalty(w + 1e-6) - penalty(w - 1e-6)) / 2e-6
    np.testing.assert_allclose(gradient - before, slope, atol=1e-9)


def test_l2_and_coupled_decay_are_one_thing() -> None:
    w, mask = np.random.default_rng(2).standard_normal((3, 4)), np.ones(4)
    penalised, decayed, scratch = np.ones_like(w), np.ones_like(w), np.empty_like(w)
    penalise(w, penalised, mask, 0.0, 0.2, scratch)
    decay(w, decayed, mask, 0.2, scratch)
    assert (penalised == decayed).all()


def test_clipping_scales_the_long_and_leaves_the_short() -> None:
    gradients = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    before = gradients.copy()
    norms = clip_by_norm(gradients, 1.0)
    np.testing.assert_allclose(norms, [5, 0.5, 0], rtol=1e-15)
    np.testing.assert_allclose(gradients[0], before[0] / (5 + 1e-6), rtol=1e-15)
    assert (gradients[1:] == before[1:]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_norm_does_not_depend_on_where_its_lane_lies(dtype: type) -> None:
    gradients = np.random.default_rng(4).standard_normal((256, 37)).astype(dtype)
    norms = clip_by_norm(gradients.copy(), np.inf)
    assert norms.dtype == dtype
    for lane in range(256):
        assert clip_by_norm(gradients[lane : lane + 1].copy(), np.inf)[0] == norms[lane]
