"""TensorFlow Playground's six tasks in the plane, with its formulas and its noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ..data import Data, Floats
from .record import Asked, Task

_SOURCE = "TensorFlow Playground, Smilkov, Carter, Sculley, Viégas, Wattenberg, 2017"

# A task's own part: (rng, samples, noise as a share) -> points (n, 2) and their labels (n,).
Draw = Callable[[Generator, int, float], tuple[Floats, Floats]]


def _task(
    key: str, label: str, help: str, kind: str, draw: Draw, criterion_share: float, samples: int
) -> Task:
    def data(asked: Asked, rng: Generator) -> Data:
        points, labels = draw(rng, asked.samples, asked.noise / 100)
        names = () if kind == "regression" else ("−1", "+1")
        return Data(points, labels[:, None], kind, ("x₁", "x₂"), names)

    return Task(
        key, label, help, _SOURCE, kind, inputs=2, outputs=1, data=data,
        criterion_share=criterion_share, default_samples=samples, domain=(-6.0, 6.0),
    )  # fmt: skip


def _in_halves(samples: int) -> tuple[int, int]:
    return samples - samples // 2, samples // 2


def _circle(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    inner, outer = _in_halves(samples)
    radius = np.concatenate([rng.uniform(0, 2.5, inner), rng.uniform(3.5, 5, outer)])
    angle = rng.uniform(0, 2 * np.pi, samples)
    points = radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    shaken = points + noise * rng.uniform(-5, 5, (samples, 2))
    return points, (np.hypot(*shaken.T) < 2.5).astype(float)


def _xor(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    points = rng.uniform(-5, 5, (samples, 2))
    points += np.where(points > 0, 0.3, -0.3)
    shaken = points + noise * rng.uniform(-5, 5, (samples, 2))
    return points, (shaken.prod(axis=1) >= 0).astype(float)


def _gaussians(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    labels = np.repeat([1.0, 0.0], _in_halves(samples))
    deviation = np.sqrt(0.5 + 7 * noise)
    return (4 * labels - 2)[:, None] + deviation * rng.standard_normal((samples, 2)), labels


def _spiral(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    arms = _in_halves(samples)
    labels = np.repeat([1.0, 0.0], arms)
    along = np.concatenate([np.arange(arm) / arm for arm in arms])
    angle = 1.75 * along * 2 * np.pi + np.where(labels == 1, 0, np.pi)
    points = 5 * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return points + noise * rng.uniform(-1, 1, (samples, 2)), labels


def _plane(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    points = rng.uniform(-6, 6, (samples, 2))
    shaken = points + noise * rng.uniform(-6, 6, (samples, 2))
    return points, shaken.sum(axis=1) / 10


_CENTRES = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
_SIGNS = np.array([1, -1, 1, -1, 1, -1])


def _multi_gaussian(rng: Generator, samples: int, noise: float) -> tuple[Floats, Floats]:
    points = rng.uniform(-6, 6, (samples, 2))
    shaken = points + noise * rng.uniform(-6, 6, (samples, 2))
    distance = np.linalg.norm(shaken[:, None] - _CENTRES, axis=2)
    height = np.maximum(0, 1 - distance / 2)
    highest = np.argmax(height, axis=1)
    return points, _SIGNS[highest] * height[np.arange(samples), highest]


PLANES = (
    _task("circle", "Circle", "A disc inside a ring.", "binary", _circle, 0.1, 500),
    _task("xor", "XOR", "Opposite quadrants share a class.", "binary", _xor, 0.2, 500),
    _task("gaussians", "Two gaussians", "Two round clouds.", "binary", _gaussians, 0.05, 500),
    _task("spiral", "Spiral", "Two arms wound into each other.", "binary", _spiral, 0.3, 500),
    _task("plane", "Plane", "A slope, linear in both inputs.", "regression", _plane, 0.01, 1200),
    _task(
        "multi_gaussian", "Six cones", "Six cones, up and down by turns, on flat ground.",
        "regression", _multi_gaussian, 0.2, 1200,
    ),
)  # fmt: skip
