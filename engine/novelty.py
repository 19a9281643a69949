"""Is this parameter new? Whether an activation's parameter adds functions that weights lack.

A parameter is redundant where moving it does, to first order, what moving weights and biases can
do: then it is a step size, not capacity. Told by the numerical rank of the outputs' derivatives by
the parameters, with and without it. The answer is about the functions within reach, and says
nothing of whether training finds them sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .activations import Parameter
from .contestant import Contestant
from .network import Network
from .settings import Refusal
from .workspace import Workspace

Array = NDArray[np.float64]

# The stand-in: wider than its inputs, so that the slopes of one layer can outnumber the linear
# functions of the input, which is all that they add there.
INPUTS, WIDTH, MOST_LAYERS = 2, 4, 3
DRAWS = 12
POINTS_A_PARAMETER = 6
# Weights large enough that units differ and bend inside the points: with small ones a smooth unit
# is nearly a straight line, and directions fade below the tolerance.
WEIGHT_GAIN, BIAS_STD, INPUT_STD = 1.5, 0.5, 4.0
ELSEWHERE = 0.3
TOLERANCE, ROUNDING = 1e-9, 1e-12


@dataclass(frozen=True)
class Ranks:
    """Independent directions in which a stand-in of `depth` hidden layers can move its outputs.

    `before` is without the parameter, `after` with the `columns` derivatives by its values.
    """

    depth: int
    columns: int
    before: int
    after: int

    @property
    def added(self) -> int:
        return self.after - self.before

    @property
    def all_new(self) -> bool:
        return self.added == self.columns


@dataclass(frozen=True)
class Novelty:
    """What a parameter, trained one a "layer" or one a "unit", adds to weights and biases.

    `at_start` is at the contestant's own value, `elsewhere` at values near it that differ from
    layer to layer and unit to unit, `one_layer` the same with a single hidden layer.
    """

    parameter: str
    mode: str
    at_start: Ranks
    elsewhere: Ranks
    one_layer: Ranks

    @property
    def redundant(self) -> bool:
        return self.elsewhere.added == 0

    @property
    def answer(self) -> str:
        """The finding in words; the ranks are its evidence."""
        found, single = self.elsewhere, self.one_layer
        if self.redundant:
            return "redundant"
        if not found.all_new:
            return f"partly new: {found.added} of {found.columns} directions"
        if self.at_start.added == 0:
            return "new, except exactly at its starting value"
        if not single.all_new:
            return (
                "new from the second hidden layer on; a single one gains "
                f"{single.added} of {single.columns} directions"
            )
        return "new"


@lru_cache(maxsize=64)
def novelty(contestant: Contestant, depth: int, residual: bool = False) -> tuple[Novelty, ...]:
    """Whether each parameter is new in a network, `residual` or not, of `depth` hidden layers.

    Every continuous parameter is tried one a layer and one a unit, added to weights, biases and
    those trained parameters that the record names before it. A stochastic activation is looked at
    in its evaluation form. Raises Refusal without a hidden layer.
    """
    if depth < 1:
        raise Refusal("depth", depth, "must be at least 1: parameters belong to hidden layers")
    depth = min(depth, MOST_LAYERS)
    found = []
    for parameter in contestant.record.parameters:
        for mode in ("layer", "unit"):
            tried = _trying(contestant, parameter, mode)
            found.append(
                Novelty(
                    parameter.name,
                    mode,
                    at_start=_ranks(tried, parameter, depth, residual, 0.0),
                    elsewhere=_ranks(tried, parameter, depth, residual, ELSEWHERE),
                    one_layer=_ranks(tried, parameter, 1, residual, ELSEWHERE),
                )
            )
    return tuple(found)


def _trying(contestant: Contestant, parameter: Parameter, mode: str) -> Contestant:
    """The contestant training `parameter` in this mode, and of the others those named before it.

    They keep their modes if this one's is the contestant's own; else all are tried alike.
    """
    own = contestant.trained[parameter.name] == mode
    trained = dict.fromkeys(contestant.trained, "fixed")
    for earlier in contestant.record.parameters:
        if earlier.name == parameter.name:
            break
        if contestant.trained[earlier.name] != "fixed":
            trained[earlier.name] = contestant.trained[earlier.name] if own else mode
    trained[parameter.name] = mode
    return Contestant(contestant.activation, contestant.parameters, trained)


def _ranks(
    tried: Contestant, parameter: Parameter, depth: int, residual: bool, spread: float
) -> Ranks:
    """The largest ranks that a draw shows.

    Where a unit hardly bends inside the points, a draw misses directions: so many are made. A
    draw whose ranks are in doubt counts after all others.
    """
    sizes, seen = (INPUTS, *(WIDTH,) * depth, 1), []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        network, inputs = stand_in(tried, sizes, rng, spread, residual)
        mine = columns_of(network, parameter)
        columns = jacobian(network, inputs)
        before, clear_before = numerical_rank(columns[:, ~mine])
        after, clear_after = numerical_rank(columns)
        seen.append((clear_before and clear_after, before, after))
    _, before, after = max(seen)
    return Ranks(depth, int(mine.sum()), before, after)


def numerical_rank(columns: Array) -> tuple[int, bool]:
    """The rank of the columns, each first brought to length 1, and whether it is beyond doubt.

    It is where no singular value lies near the tolerance; what rounding leaves is far below it.
    Columns of zeros do not count.
    """
    lengths = np.linalg.norm(columns, axis=0)
    columns = columns[:, lengths > 0] / lengths[lengths > 0]
    singular = np.linalg.svd(columns, compute_uv=False)
    singular /= singular.max(initial=np.finfo(float).tiny)
    rank, wider = (int(np.count_nonzero(singular > t)) for t in (TOLERANCE, ROUNDING))
    return rank, rank == wider


def stand_in(
    tried: Contestant,
    sizes: Sequence[int],
    rng: np.random.Generator,
    spread: float,
    residual: bool = False,
) -> tuple[Network, Array]:
    """A random network, and points for it `(lanes, inputs + 1, 1)`, none of them on a kink.

    Every lane is the same network and has a point of its own. Trained activation parameters lie
    up to `spread` away from the contestant's values.
    """
    count = Network(tried, sizes, 1, "float64").parameters.shape[1]
    lanes = POINTS_A_PARAMETER * count
    network = Network(tried, sizes, lanes, "float64", residual=residual)
    for layer in network.layers:
        fan_out, columns = layer.weights.shape[1:]
        draws = rng.standard_normal((fan_out, columns))
        layer.weights[...] = draws * (WEIGHT_GAIN / np.sqrt(columns - 1))
        layer.weights[:, :, -1] = draws[:, -1] * BIAS_STD
        for one in layer.trained:
            one.raw[...] += rng.uniform(-spread, spread, one.raw.shape[1:])
    inputs = np.ones((network.lanes, sizes[0] + 1, 1))
    inputs[:, :-1] = INPUT_STD * rng.standard_normal((network.lanes, sizes[0], 1))
    return network, inputs


def jacobian(network: Network, inputs: Array) -> Array:
    """∂(output)/∂(parameters), a row a point: gradients are kept a lane, so one pass gives all."""
    workspace = Workspace(network, 1)
    network.forward(inputs, workspace)
    workspace.delta[-1][...] = 1.0
    network.backward(workspace)
    return network.gradients.astype(np.float64)


def columns_of(network: Network, parameter: Parameter) -> NDArray[np.bool_]:
    """Which of the network's parameters, in its buffers' order, are values of this one."""
    network.gradients[...] = 0.0
    for layer in network.layers:
        for one in layer.trained:
            one.gradient[...] = one.parameter.name == parameter.name
    return np.asarray(network.gradients[0] != 0.0)
