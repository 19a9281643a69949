"""What stands between a gradient and its weights: underflow, noise or absorption, told apart.

A gradient that became 0 is nothing but noise to the letter (‖g − g₆₄‖ = ‖g₆₄‖), and of a noisy one
much may be lost on the way to the weight as well. So a reading is called by the first obstacle on
that way. The thresholds come from trials made for this project: small networks of up to 32 layers,
in which training stood still past them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .measures import MEASURES
from .optimizers import OPTIMIZERS
from .recording import Recording
from .rounding import REMEDIES

Array = NDArray[np.floating]

# Stopped by underflow: so much of what the twin feels is 0 (measured for this project).
UNDERFLOW_STOPS = 0.5
# Noise dominates: it is as large as the gradient, or less than 75 % of the signs are right
# (measured for this project; at random it would be half of them).
NOISE_DOMINATES = 1.0
WRONG_SIGNS_DOMINATE = 0.25
# Updates absorbed: training slows down visibly, then stops (measured for this project).
ABSORPTION_SLOWS = 0.35
ABSORPTION_STOPS = 0.9

# In the order in which a gradient meets them.
OBSTACLES: dict[str, str] = {
    "underflow": "stopped by underflow",
    "noise": "noise dominates",
    "absorption": "stopped by absorption",
    "slowed": "slowed by absorption",
}
NONE = ""


def first_obstacle(
    gradient_noise: Array,
    wrong_sign_share: Array,
    underflow_share: Array,
    lost_update_share: Array,
    unbiased: bool = False,
) -> NDArray[np.str_]:
    """The key of each reading's first obstacle, "" where there is none; all of one shape.

    What was not measured, NaN, is no obstacle. An `unbiased` remedy makes up for lost updates.
    """
    lost = np.zeros_like(lost_update_share) if unbiased else lost_update_share
    conditions = [
        underflow_share >= UNDERFLOW_STOPS,
        (gradient_noise >= NOISE_DOMINATES) | (wrong_sign_share > WRONG_SIGNS_DOMINATE),
        lost >= ABSORPTION_STOPS,
        lost >= ABSORPTION_SLOWS,
    ]
    return np.select(conditions, list(OBSTACLES), NONE)


def in_epsilon_zone(weight_gradient_rms: Array, epsilon: float) -> NDArray[np.bool_]:
    """Where Adam's and RMSprop's ε outweighs the gradient, which then moves less than its share.

    The quotient g / (|g| + ε) of a steady gradient is under ½ there (Kingma & Ba 2015, Adam).
    """
    return np.asarray((weight_gradient_rms > 0) & (weight_gradient_rms < epsilon))


@dataclass(frozen=True)
class LayerNoise:
    """One layer of one contestant, over all seeds and readings; layers count from 1.

    `shares` is, for each obstacle, the share of the `readings` it is first in. `medians` are those
    of the twin's measures, without what could not be measured; NaN where nothing could.
    `epsilon_zone` is the share of readings there, 0 for an optimiser without ε.
    """

    contestant: int
    layer: int
    readings: int
    shares: dict[str, float]
    medians: dict[str, float]
    epsilon_zone: float

    @property
    def obstacle(self) -> str:
        """The obstacle of at least half of the readings, or ""; what absorption stops it slows."""
        slowed = self.shares["slowed"] + self.shares["absorption"]
        shares = self.shares | {"slowed": slowed}
        return next((key for key in OBSTACLES if shares[key] >= 0.5), NONE)


_TWIN_MEASURES = [measure.key for measure in MEASURES.values() if measure.twin]


def layer_noise(recording: Recording, since: int = 1) -> list[LayerNoise]:
    """Every contestant's layers, from the readings at step `since` and later.

    At step 0 there is no update to lose. Empty for a recording without a float64 twin.
    """
    if not set(_TWIN_MEASURES) <= set(recording.layers.names):
        return []
    contestants, _, layers = recording.layers.channels["gradient_noise"].shape
    return [
        _layer_noise(recording, since, contestant, place)
        for contestant in range(contestants)
        for place in range(layers)
    ]


def _layer_noise(recording: Recording, since: int, contestant: int, place: int) -> LayerNoise:
    network, training = recording.experiment.network, recording.experiment.training
    late = recording.layers.steps[:, 0] >= since
    read = {
        name: recording.layers.values(name)[late, contestant, :, place]  # (rows, seeds)
        for name in (*_TWIN_MEASURES, "weight_gradient_rms")
    }
    known = ~np.isnan(read["gradient_noise"])
    first = first_obstacle(
        read["gradient_noise"], read["wrong_sign_share"], read["underflow_share"],
        read["lost_update_share"], REMEDIES[network.remedy].unbiased,
    )  # fmt: skip
    has_epsilon = "epsilon" in OPTIMIZERS[training.optimizer].hyperparameters
    small = in_epsilon_zone(read["weight_gradient_rms"], training.epsilon if has_epsilon else 0)
    return LayerNoise(
        contestant,
        place + 1,
        int(known.sum()),
        shares={key: _share(first == key, known) for key in OBSTACLES},
        medians={name: _median(read[name]) for name in _TWIN_MEASURES},
        epsilon_zone=_share(small, known),
    )


def _share(where: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    """Share of `among` that lies in `where`; of nothing, 0."""
    return int((where & among).sum()) / max(int(among.sum()), 1)


def _median(values: Array) -> float:
    present = values[~np.isnan(values)]
    return float(np.median(present)) if present.size else float("nan")
