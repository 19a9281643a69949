"""Optimisers: how gradients become a step, as `torch.optim` defines them.

Parameters, gradients, state, out and scratch are `(lanes, size)` buffers of one floating type; no
pass looks across lanes. The order is `penalise`, `clip_by_norm`, coupled `decay`, `step`, decoupled
`decay`: penalties belong to the loss, and PyTorch clips before the optimiser adds its decay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .ready import Call, constant, number

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Step:
    """A step on its buffers: `begin(t, learning_rate)` sets its numbers, then `calls` make it."""

    begin: Callable[[int, float], None]
    calls: list[Call]


# (gradients, state, hyper, out)
Stepper = Callable[[Array, list[Array], Mapping[str, float], Array], Step]


@dataclass(frozen=True)
class Optimizer:
    """A rule for the step.

    `slots` is the number of state buffers, zeros at the start. `hyperparameters` names what
    `stepper` reads from `hyper`: momentum, beta1, beta2, alpha, epsilon. `decoupled` says that
    weight decay acts on the weights and not through the gradient. `stepper(gradients, state, hyper,
    out)` makes ready, once, the step on these buffers, which writes into `out` what step number
    `t`, counted from 1, takes from the parameters. `units(hyper)` is what
    each state buffer must be multiplied by to be PyTorch's.
    """

    key: str
    label: str
    help: str
    source: str
    slots: int
    hyperparameters: tuple[str, ...]
    stepper: Stepper
    units: Callable[[Mapping[str, float]], tuple[float, ...]]
    decoupled: bool = False


def _sgd(gradients: Array, state: list[Array], hyper: Mapping[str, float], out: Array) -> Step:
    rate = number(out)
    calls: list[Call] = [partial(np.multiply, gradients, rate, out)]
    return Step(_sets(rate), calls)


def _sets(rate: Array) -> Callable[[int, float], None]:
    """Where the learning rate is all that a step hangs on."""

    def begin(t: int, learning_rate: float) -> None:
        rate[...] = learning_rate

    return begin


def _momentum(gradients: Array, state: list[Array], hyper: Mapping[str, float], out: Array) -> Step:
    (velocity,) = state
    rate = number(out)
    calls: list[Call] = [
        *_accumulate(velocity, gradients, hyper["momentum"]),
        partial(np.multiply, velocity, rate, out),
    ]
    return Step(_sets(rate), calls)


def _nesterov(gradients: Array, state: list[Array], hyper: Mapping[str, float], out: Array) -> Step:
    (velocity,) = state
    rate, momentum = number(out), hyper["momentum"]
    calls: list[Call] = [
        *_accumulate(velocity, gradients, momentum),
        partial(np.multiply, velocity, constant(out, momentum), out),
        partial(np.add, out, gradients, out),
        partial(np.multiply, out, rate, out),
    ]
    return Step(_sets(rate), calls)


# RMSprop and Adam keep their moments *unnormalised*, without the factors 1 − α, 1 − β₁, 1 − β₂
# that would cost a pass each: S ← α S + g² is PyTorch's square_avg / (1 − α). Those factors and
# Adam's bias corrections come back as two scalars. With √(true second moment) = r √S and true
# first moment = c M, the step is
#     η c M / (r √S + ε)  =  (η c / r) · M / (√S + ε / r).


def _rmsprop(gradients: Array, state: list[Array], hyper: Mapping[str, float], out: Array) -> Step:
    (squares,) = state
    r = sqrt(1 - hyper["alpha"])
    factor = number(out)

    def begin(t: int, learning_rate: float) -> None:
        factor[...] = learning_rate / r

    calls: list[Call] = [
        *_accumulate_squares(squares, gradients, hyper["alpha"], out),
        *_divide_by_root(gradients, squares, constant(out, hyper["epsilon"] / r), out),
        partial(np.multiply, out, factor, out),
    ]
    return Step(begin, calls)


def _adam(gradients: Array, state: list[Array], hyper: Mapping[str, float], out: Array) -> Step:
    first, squares = state
    beta1, beta2, wanted = hyper["beta1"], hyper["beta2"], hyper["epsilon"]
    epsilon, factor = number(out), number(out)

    def begin(t: int, learning_rate: float) -> None:
        c = (1 - beta1) / (1 - beta1**t)
        r = sqrt((1 - beta2) / (1 - beta2**t))
        epsilon[...] = wanted / r
        factor[...] = learning_rate * c / r

    calls: list[Call] = [
        *_accumulate(first, gradients, beta1),
        *_accumulate_squares(squares, gradients, beta2, out),
        *_divide_by_root(first, squares, epsilon, out),
        partial(np.multiply, out, factor, out),
    ]
    return Step(begin, calls)


def _no_units(hyper: Mapping[str, float]) -> tuple[float, ...]:
    return ()


def _momentum_units(hyper: Mapping[str, float]) -> tuple[float, ...]:
    return (1.0,)


def _rmsprop_units(hyper: Mapping[str, float]) -> tuple[float, ...]:
    return (1 - hyper["alpha"],)


def _adam_units(hyper: Mapping[str, float]) -> tuple[float, ...]:
    return (1 - hyper["beta1"], 1 - hyper["beta2"])


def _accumulate(sums: Array, gradients: Array, keep: float) -> list[Call]:
    return [
        partial(np.multiply, sums, constant(sums, keep), sums),
        partial(np.add, sums, gradients, sums),
    ]


def _accumulate_squares(
    squares: Array, gradients: Array, keep: float, scratch: Array
) -> list[Call]:
    return [
        partial(np.multiply, gradients, gradients, scratch),
        *_accumulate(squares, scratch, keep),
    ]


def _divide_by_root(numerator: Array, squares: Array, epsilon: Array, scratch: Array) -> list[Call]:
    """scratch = numerator / (√squares + ε)"""
    return [
        partial(np.sqrt, squares, scratch),
        partial(np.add, scratch, epsilon, scratch),
        partial(np.divide, numerator, scratch, scratch),
    ]


def penalise(
    parameters: Array, gradients: Array, mask: Array, l1: float, l2: float, scratch: Array
) -> None:
    """Add the gradient of l1·|w| + l2·w²/2, where `mask` `(size,)`, of 0 and 1, is 1."""
    if l1:
        np.sign(parameters, out=scratch)
        scratch *= mask
        scratch *= l1
        gradients += scratch
    if l2:
        np.multiply(parameters, mask, out=scratch)
        scratch *= l2
        gradients += scratch


def clip_by_norm(gradients: Array, limit: float) -> Array:
    """Scale each lane's gradient to a norm of at most `limit`; the norms before, `(lanes,)`.

    As `torch.nn.utils.clip_grad_norm_`, its 1e-6 included, for every lane by itself.
    """
    # One dot product a lane: its bits cannot depend on the lanes beside it.
    norms: Array = np.sqrt(np.vecdot(gradients, gradients))
    gradients *= np.minimum(limit / (norms + 1e-6), 1)[:, None]
    return norms


def decay(parameters: Array, target: Array, mask: Array, strength: float, scratch: Array) -> None:
    """Add `strength` times the parameters to the target, where `mask` `(size,)` is 1.

    Coupled decay goes into the gradients; decoupled, its strength times the learning rate, into
    the step (Loshchilov & Hutter 2019, Decoupled weight decay regularization).
    """
    np.multiply(parameters, mask, out=scratch)
    scratch *= strength
    target += scratch


_RECORDS = (
    Optimizer(
        key="sgd",
        label="SGD",
        help="A step straight down the batch's gradient.",
        source="Robbins & Monro 1951, A stochastic approximation method",
        slots=0,
        hyperparameters=(),
        stepper=_sgd,
        units=_no_units,
    ),
    Optimizer(
        key="momentum",
        label="SGD with momentum",
        help="A rolling ball: steps add up along directions that persist.",
        source="Polyak 1964, Some methods of speeding up the convergence of iteration methods",
        slots=1,
        hyperparameters=("momentum",),
        stepper=_momentum,
        units=_momentum_units,
    ),
    Optimizer(
        key="nesterov",
        label="Nesterov momentum",
        help="Momentum that looks one step ahead, and so brakes earlier.",
        source="Nesterov 1983; Sutskever et al. 2013, On the importance of initialization "
        "and momentum",
        slots=1,
        hyperparameters=("momentum",),
        stepper=_nesterov,
        units=_momentum_units,
    ),
    Optimizer(
        key="rmsprop",
        label="RMSprop",
        help="Each parameter's gradient divided by the size it has had lately.",
        source="Tieleman & Hinton 2012, Neural networks for machine learning, lecture 6.5",
        slots=1,
        hyperparameters=("alpha", "epsilon"),
        stepper=_rmsprop,
        units=_rmsprop_units,
    ),
    Optimizer(
        key="adam",
        label="Adam",
        help="Momentum, divided by the gradients' recent size; decay goes through the gradient.",
        source="Kingma & Ba 2015, Adam: a method for stochastic optimization",
        slots=2,
        hyperparameters=("beta1", "beta2", "epsilon"),
        stepper=_adam,
        units=_adam_units,
    ),
    Optimizer(
        key="adamw",
        label="AdamW",
        help="Adam whose weight decay acts on the weights themselves.",
        source="Loshchilov & Hutter 2019, Decoupled weight decay regularization",
        slots=2,
        hyperparameters=("beta1", "beta2", "epsilon"),
        stepper=_adam,
        units=_adam_units,
        decoupled=True,
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {optimizer.key: optimizer for optimizer in _RECORDS}
