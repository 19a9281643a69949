"""How many weights a network has, and how wide it may be to have no more than a budget of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from .experiment import Experiment
from .settings import Refusal


def parameters(sizes: Sequence[int]) -> int:
    """Weights and biases of a network with these units, from input to output."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def within_budget(experiment: Experiment, features: int, outputs: int) -> Experiment:
    """The experiment with as many units a layer as its budget of parameters allows, if it has one.

    Raises Refusal where not even one unit a layer, or more than the most there may be, would fit.
    """
    network = experiment.network
    budget, depth = network.parameter_budget, network.depth
    if not budget:
        return experiment

    def needed(width: int) -> int:
        return parameters((features, *(width,) * depth, outputs))

    most = int(experiment.setting("network.width").high)
    width = bisect_right(range(1, most + 1), budget, key=needed)
    if width < 1 or needed(most + 1) <= budget:
        allowed = f"must be {needed(1)} to {needed(most + 1) - 1} at a depth of {depth}"
        raise Refusal("network.parameter_budget", budget, allowed)
    return experiment.with_value("network.width", width)
