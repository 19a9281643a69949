"""Losses: what training makes small, each with its gradient and what the best constant would score.

Outputs and targets are `(lanes, units, batch)` in this order in memory (gaps are allowed), of one
floating type, which the results keep. A lane's bits do not depend on the lanes beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .ready import Call, constant, minimum, product, replay

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Loss:
    """How wrong outputs are: a mean over the batch, as PyTorch's `reduction="mean"`.

    `kinds` are the kinds of task it fits. `value(outputs, targets)` is `(lanes,)`.
    `code(targets, coded)` makes ready, once, the calls that write into `coded`, shaped as the
    outputs, what the gradient reads of the targets. Those of `gradient_of(outputs, coded, out)`
    fill `out` with that mean's gradient by the outputs, whatever then stands in these arrays; `out`
    may be the outputs themselves. `trivial(targets)` is `(lanes,)`: the smallest loss that outputs
    deaf to the inputs can reach. `response(outputs)` is what people read: the value itself, or the
    probability of class 1 or of each class.
    """

    key: str
    label: str
    help: str
    source: str
    kinds: tuple[str, ...]
    value: Callable[[Array, Array], Array]
    code: Callable[[Array, Array], list[Call]]
    gradient_of: Callable[[Array, Array, Array], list[Call]]
    trivial: Callable[[Array], Array]
    response: Callable[[Array], Array]

    def gradient(self, outputs: Array, targets: Array, out: Array | None = None) -> Array:
        """The gradient of these outputs."""
        out = np.empty_like(outputs) if out is None else out
        coded = np.empty_like(outputs)
        with np.errstate(over="ignore"):  # 1 over an infinite exponential is the 0 that is meant
            replay([*self.code(targets, coded), *self.gradient_of(outputs, coded, out)])
        return out


def _mean(terms: Array) -> Array:
    """Mean of each lane, `(lanes,)`."""
    # One run a lane: NumPy then adds in an order that the other lanes cannot change.
    return np.asarray(terms.reshape(len(terms), -1).mean(axis=1))


def _entries(outputs: Array) -> int:
    return outputs.size // len(outputs)


def _identity(outputs: Array) -> Array:
    return outputs


def _average(targets: Array) -> Array:
    return np.asarray(targets.mean(axis=2, keepdims=True))


# Squared errors and Huber's: targets are any numbers.


def _squared(outputs: Array, targets: Array) -> Array:
    return _mean((outputs - targets) ** 2)


def _as_they_are(targets: Array, coded: Array) -> list[Call]:
    return [partial(np.copyto, coded, targets)]


def _squared_gradient(outputs: Array, targets: Array, out: Array) -> list[Call]:
    return _error_times(2 / _entries(outputs), outputs, targets, out)


def _error_times(factor: float, outputs: Array, targets: Array, out: Array) -> list[Call]:
    return [
        partial(np.subtract, outputs, targets, out),
        partial(np.multiply, out, constant(out, factor), out),
    ]


def _squared_trivial(targets: Array) -> Array:
    return _squared(_average(targets), targets)


def _half_squared(outputs: Array, targets: Array) -> Array:
    return _squared(outputs, targets) / 2


def _half_squared_gradient(outputs: Array, targets: Array, out: Array) -> list[Call]:
    return _error_times(1 / _entries(outputs), outputs, targets, out)


def _half_squared_trivial(targets: Array) -> Array:
    return _squared_trivial(targets) / 2


def _huber(outputs: Array, targets: Array) -> Array:
    size = np.abs(outputs - targets)
    near = np.minimum(size, 1)
    return _mean(near * (size - near / 2))


def _huber_gradient(outputs: Array, targets: Array, out: Array) -> list[Call]:
    return [
        partial(np.subtract, outputs, targets, out),
        partial(out.clip, -1, 1, out),
        partial(np.multiply, out, constant(out, 1 / _entries(outputs)), out),
    ]


def _huber_trivial(targets: Array) -> Array:
    """By bisection: between mean and median, the best constant has no closed form."""
    low = targets.min(axis=2, keepdims=True)
    high = targets.max(axis=2, keepdims=True)
    for _ in range(60):
        middle = low + (high - low) / 2
        slope = np.clip(middle - targets, -1, 1).sum(axis=2, keepdims=True)
        low = np.where(slope < 0, middle, low)
        high = np.where(slope < 0, high, middle)
    return _huber(low, targets)


# Two classes: one output, targets 0 or 1.


def _odds(logits: Array) -> tuple[Array, Array]:
    """`p, q` with sigmoid = p / (p + q); the larger of them is 1, so that nothing overflows."""
    return np.exp(np.minimum(logits, 0)), np.exp(-np.maximum(logits, 0))


def _miss(p: Array, q: Array, targets: Array) -> Array:
    """`(p + q)(sigmoid - target)`, written without the difference of two numbers near 1.

    That difference would be exactly 0 from logit 17 (float32) or 37 (float64) upward: a
    saturation which is none of the network's.
    """
    return (1 - targets) * p - targets * q


def _sigmoid(logits: Array) -> Array:
    p, q = _odds(logits)
    return p / (p + q)


def _binary_cross_entropy(logits: Array, targets: Array) -> Array:
    return _mean(np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits))))


def _sides(by: float, targets: Array, coded: Array) -> list[Call]:
    """`by` for class 1, −`by` for class 0."""
    return [
        partial(np.multiply, targets, constant(coded, 2 * by), coded),
        partial(np.subtract, coded, constant(coded, by), coded),
    ]


def _binary_cross_entropy_gradient(outputs: Array, sides: Array, out: Array) -> list[Call]:
    """With labels y = ±1 and e = exp(y o), sigmoid(o) − target = −y / (1 + e).

    Like `_miss`, it is no difference of two numbers near 1; where e is infinite, it is 0.
    """
    total = np.empty_like(outputs)
    return [
        partial(np.multiply, outputs, sides, total),
        partial(np.exp, total, total),
        partial(np.add, total, constant(out, 1), total),
        partial(np.divide, sides, total, out),
        partial(np.multiply, out, constant(out, -1 / _entries(outputs)), out),
    ]


def _binary_entropy(targets: Array) -> Array:
    share = _average(targets)
    return _mean(-_times_log(share) - _times_log(1 - share))


def _times_log(share: Array) -> Array:
    """`x log x`, 0 at 0."""
    return np.asarray(share * np.log(np.where(share > 0, share, 1)))


# With labels -1 and +1, (tanh(o) - label)² / 2 = 2 (sigmoid(2 o) - target)².


def _squared_tanh(outputs: Array, targets: Array) -> Array:
    p, q = _odds(2 * outputs)
    return 2 * _mean((_miss(p, q, targets) / (p + q)) ** 2)


def _squared_tanh_gradient(outputs: Array, sides: Array, out: Array) -> list[Call]:
    """With labels y = ±1 and e = exp(2 y o), (tanh(o) - y)(1 - tanh² o) = -8 y e / (1 + e)³.

    Like `_miss`, it is no difference of two numbers near 1. `sides` are 2 y.
    """
    e, total = np.empty_like(outputs), np.empty_like(outputs)
    # Short of where e^x is infinite.
    farthest = constant(out, np.log(np.finfo(out.dtype).max) - 1)
    return [
        partial(np.multiply, outputs, sides, e),
        minimum(e, farthest, e),
        partial(np.exp, e, e),
        partial(np.add, e, constant(out, 1), total),
        partial(np.divide, e, total, out),
        partial(np.divide, out, total, out),
        partial(np.divide, out, total, out),
        partial(np.multiply, out, sides, out),
        partial(np.multiply, out, constant(out, -4 / _entries(outputs)), out),
    ]


def _squared_tanh_trivial(targets: Array) -> Array:
    return 2 * _squared_trivial(targets)


def _squared_tanh_response(outputs: Array) -> Array:
    return _sigmoid(2 * outputs)


# Several classes: one output each, targets one-hot.


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _cross_entropy(logits: Array, targets: Array) -> Array:
    below = logits - logits.max(axis=1, keepdims=True)
    return _mean(np.log(np.exp(below).sum(axis=1)) - (targets * below).sum(axis=1))


def _cross_entropy_gradient(logits: Array, targets: Array, out: Array) -> list[Call]:
    """The right class gets minus the sum of the others, as in `_miss`.

    Sums over the classes are products with a matrix of ones, which gives every class its sum.
    """
    units, points = logits.shape[1:]
    largest, sums, others = np.empty_like(logits[:, :1]), np.empty_like(logits), np.empty_like(out)
    ones = np.ones((1, units, units), out.dtype)
    wrong = np.empty_like(out)
    return [
        partial(np.maximum.reduce, logits, 1, None, largest, True),
        partial(np.subtract, logits, largest, out),
        partial(np.exp, out, out),
        product(points * ones, out, sums),
        partial(np.subtract, constant(out, 1), targets, others),
        partial(np.multiply, out, others, out),
        product(ones, out, wrong),
        partial(np.multiply, targets, wrong, others),
        partial(np.subtract, out, others, out),
        partial(np.divide, out, sums, out),
    ]


def _class_entropy(targets: Array) -> Array:
    return np.asarray(-_times_log(targets.mean(axis=2)).sum(axis=1))


_RECORDS = (
    Loss(
        key="mse",
        label="mean squared error",
        help="(output − target)²: twice as wrong counts four times.",
        source="Legendre 1805; torch.nn.MSELoss",
        kinds=("regression",),
        value=_squared,
        code=_as_they_are,
        gradient_of=_squared_gradient,
        trivial=_squared_trivial,
        response=_identity,
    ),
    Loss(
        key="huber",
        label="Huber",
        help="Squared within 1 of the target, straight beyond: outliers pull less.",
        source="Huber 1964, Robust estimation of a location parameter; torch.nn.HuberLoss, delta 1",
        kinds=("regression",),
        value=_huber,
        code=_as_they_are,
        gradient_of=_huber_gradient,
        trivial=_huber_trivial,
        response=_identity,
    ),
    Loss(
        key="half_squared",
        label="half squared error",
        help="TensorFlow Playground's for regression: half the squared error.",
        source="Smilkov et al. 2017, Direct-manipulation visualization of deep networks",
        kinds=("regression",),
        value=_half_squared,
        code=_as_they_are,
        gradient_of=_half_squared_gradient,
        trivial=_half_squared_trivial,
        response=_identity,
    ),
    Loss(
        key="binary_cross_entropy",
        label="binary cross-entropy",
        help="Surprise, in nats, at the true one of two classes; the output is a logit.",
        source="Good 1952, Rational decisions; torch.nn.BCEWithLogitsLoss",
        kinds=("binary",),
        value=_binary_cross_entropy,
        code=partial(_sides, 1),
        gradient_of=_binary_cross_entropy_gradient,
        trivial=_binary_entropy,
        response=_sigmoid,
    ),
    Loss(
        key="squared_tanh",
        label="squared error of tanh",
        help="TensorFlow Playground's for two classes: half the squared error of tanh(output), "
        "labels −1 and +1.",
        source="Smilkov et al. 2017, Direct-manipulation visualization of deep networks",
        kinds=("binary",),
        value=_squared_tanh,
        code=partial(_sides, 2),
        gradient_of=_squared_tanh_gradient,
        trivial=_squared_tanh_trivial,
        response=_squared_tanh_response,
    ),
    Loss(
        key="cross_entropy",
        label="softmax cross-entropy",
        help="Surprise, in nats, at the true class; the outputs are logits.",
        source="Bridle 1990, Training stochastic model recognition algorithms as networks; "
        "torch.nn.CrossEntropyLoss",
        kinds=("multiclass",),
        value=_cross_entropy,
        code=_as_they_are,
        gradient_of=_cross_entropy_gradient,
        trivial=_class_entropy,
        response=_softmax,
    ),
)

LOSSES: dict[str, Loss] = {loss.key: loss for loss in _RECORDS}
