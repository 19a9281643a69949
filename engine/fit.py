"""What the networks have learnt, as people look at it: a curve, a map, hits and misses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .archive import fitting
from .settings import Refusal

Array = NDArray[Any]

KINDS = ("curve", "plane", "confusion", "scatter")

# Bounds of what is looked at, so that a recording can keep it whatever the data.
MAX_SEEDS = 16
MAX_DOTS = 200

_FLOAT, _INT = np.dtype(np.float64), np.dtype(np.int64)


@dataclass(frozen=True)
class FitView:
    """Where a race's networks are looked at; fixed for the race.

    kind: "curve" (one input), "plane" (two inputs: a square grid, row by row from the lowest
    second input), "confusion" (classes), or "scatter" (any other regression: test points of the
    first seed, at most `MAX_DOTS`). points: (n, features) and truth: (n,) or None, as the
    networks read them. `extent` is the lowest and highest input shown, `heights` that of the
    targets. train_inputs: (dots, features) and train_targets: (dots, outputs), at most `MAX_DOTS`
    of the first seed's, for a curve or a plane.
    """

    kind: str
    points: Array
    truth: Array | None
    train_inputs: Array
    train_targets: Array
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    extent: tuple[float, float]
    heights: tuple[float, float]

    @property
    def columns(self) -> Array:
        """The points as a network reads them, (1, features + 1, n)."""
        ones = np.ones((len(self.points), 1))
        return np.concatenate([self.points, ones], axis=1).T[None]

    def seeds(self, raced: int) -> int:
        """Of how many of the seeds raced the answers are looked at."""
        return 1 if self.kind == "scatter" else min(raced, MAX_SEEDS)

    def to_json(self) -> dict[str, Any]:
        """All but the arrays."""
        names = ("kind", "feature_names", "class_names", "extent", "heights")
        return {name: getattr(self, name) for name in names}

    def to_arrays(self) -> dict[str, Array]:
        arrays = {name: getattr(self, name) for name in ("points", "train_inputs", "train_targets")}
        return arrays if self.truth is None else arrays | {"truth": self.truth}

    @classmethod
    def from_arrays(cls, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> FitView:
        """The view that `to_json` and `to_arrays` wrote. Raises Refusal for what does not fit."""
        if about["kind"] not in KINDS:
            raise Refusal("kind", about["kind"], f"must be one of {', '.join(KINDS)}")
        points = fitting(arrays, "points", _FLOAT, (None, None))
        dots = fitting(arrays, "train_inputs", _FLOAT, (None, points.shape[1]))
        view = cls(
            kind=about["kind"],
            points=points,
            truth=fitting(arrays, "truth", _FLOAT, points.shape[:1]) if "truth" in arrays else None,
            train_inputs=dots,
            train_targets=fitting(arrays, "train_targets", _FLOAT, (len(dots), None)),
            feature_names=tuple(str(name) for name in about["feature_names"]),
            class_names=tuple(str(name) for name in about["class_names"]),
            extent=_span("extent", about["extent"]),
            heights=_span("heights", about["heights"]),
        )
        count, features = points.shape
        sound = {
            "curve": count > 0 and features == 1,
            "plane": count > 0 and features == 2 and round(count**0.5) ** 2 == count,
            "confusion": count == 0 and len(view.class_names) > 1,
            "scatter": count > 0 and view.truth is not None,
        }
        if not sound[view.kind]:
            raise Refusal("points", points.shape, f"must be those of a {view.kind}")
        return view


@dataclass(frozen=True)
class Fit:
    """What the networks answer at a step, read-only, for the first `MAX_SEEDS` seeds at most.

    outputs: (contestants, seeds, n), values or the probability of class 1; a scatter has the
    first seed alone. counts: (contestants, seeds, classes, classes), rows true, columns predicted.
    kinks: (contestants, most of them), of a curve: the inputs at which the fit of the seed whose
    histograms are kept has a corner, then NaN; none where the activation is curved.
    """

    step: int
    outputs: Array | None = None
    counts: NDArray[np.int64] | None = None
    kinks: Array | None = None

    def to_arrays(self) -> dict[str, Array]:
        answers = {"outputs": self.outputs, "counts": self.counts, "kinks": self.kinks}
        step = {"step": np.array([self.step])}
        return step | {name: array for name, array in answers.items() if array is not None}

    @classmethod
    def from_arrays(
        cls, view: FitView, lanes: tuple[int, int], dtype: str, arrays: Mapping[str, Array]
    ) -> Fit | None:
        """What `to_arrays` wrote of networks of this `dtype`, (contestants, seeds); None where
        nothing was. Raises Refusal for what is no answer to `view`.
        """
        if "step" not in arrays:
            return None
        step = int(fitting(arrays, "step", _INT, (1,))[0])
        shown = (lanes[0], view.seeds(lanes[1]))
        if view.kind == "confusion":
            square = (len(view.class_names), len(view.class_names))
            return cls(step, counts=fitting(arrays, "counts", _INT, (*shown, *square)))
        each = (len(view.points),)
        kinks = None
        if "kinks" in arrays:
            kinks = fitting(arrays, "kinks", _FLOAT, (lanes[0], None))
        outputs = fitting(arrays, "outputs", np.dtype(dtype), (*shown, *each))
        return cls(step, outputs=outputs, kinks=kinks)


def _span(name: str, ends: Any) -> tuple[float, float]:
    low, high = (float(end) for end in ends)
    if not (np.isfinite(ends).all() and low <= high):
        raise Refusal(name, ends, "must be the lowest and the highest value")
    return low, high
