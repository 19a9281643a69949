"""Units as a map: a row a layer, a column a unit, and a code for the state of each."""

from __future__ import annotations

import numpy as np

from engine.experiment import Experiment
from engine.measures import NEARLY_DEAD
from engine.units import kept_units, unit_stride

# Codes of a map; those from the first share on are a scale that ends at 1.
EMPTY, UNKNOWN, ALIVE, SATURATED, NEARLY, DEAD, FIRST_SHARE, LAST_SHARE = *range(7), 255
MOSTLY = 0.5  # a unit in its flat tails on more of the inputs than this is called saturated

STATES = {ALIVE: "alive", SATURATED: "saturated", NEARLY: "nearly dead", DEAD: "dead"}


class UnitMap:
    """Where the units that have a history stand; `layer` and `number` (units,) count from 1.

    A unit that stands for its neighbours too, in a net too wide to keep all, is `stride` wide.
    """

    def __init__(self, experiment: Experiment) -> None:
        kept = kept_units(experiment)
        self.stride = unit_stride(experiment)
        self.layer = np.repeat(np.arange(len(kept)) + 1, [len(units) for units in kept])
        self.number = 1 + np.array([unit for units in kept for unit in units], np.intp)
        self.layers = len(kept)
        self.columns = max(map(len, kept), default=0)

    @property
    def width(self) -> int:
        return self.columns * self.stride

    def codes(self, codes: np.ndarray) -> np.ndarray:
        """(units,) → (layers, columns), the first layer first; nothing where no unit is."""
        result = np.full((self.layers, self.columns), EMPTY, np.uint8)
        result[self.layer - 1, (self.number - 1) // self.stride] = codes
        return result

    def place_of(self, layer: int, number: int) -> int | None:
        """The place of the unit that stands for this one."""
        first = number - (number - 1) % self.stride
        found = np.flatnonzero((self.layer == layer) & (self.number == first))
        return int(found[0]) if len(found) else None

    def beside(self, contestant: int, unit: int, up: int, right: int, maps: int) -> tuple[int, int]:
        """The contestant and place of a unit's neighbour; past its row's end, of the next map."""
        layer = int(self.layer[unit])
        if right:
            row = np.flatnonzero(self.layer == layer)
            if unit + right in row:
                return contestant, unit + right
            return (contestant + right) % maps, int(row[0 if right > 0 else -1])
        row = np.flatnonzero(self.layer == np.clip(layer + up, 1, self.layers))
        column = (int(self.number[unit]) - 1) // self.stride
        return contestant, int(row[min(column, len(row) - 1)])


def states(zero_share: np.ndarray, saturated_share: np.ndarray) -> np.ndarray:
    """The code of each unit's state in one lane, by its shares of probe inputs."""
    codes = np.full(zero_share.shape, ALIVE, np.uint8)
    codes[saturated_share > MOSTLY] = SATURATED
    codes[zero_share > NEARLY_DEAD] = NEARLY
    codes[zero_share == 1] = DEAD
    codes[np.isnan(zero_share)] = UNKNOWN
    return codes


def share_codes(dead_lanes: np.ndarray) -> np.ndarray:
    """The code of each share of lanes in which a unit is dead; one that lives in all is alive."""
    share = np.nan_to_num(dead_lanes)
    scaled = FIRST_SHARE + np.rint(share * (LAST_SHARE - FIRST_SHARE))
    codes = np.asarray(scaled, np.uint8)
    codes[dead_lanes == 0] = ALIVE
    codes[np.isnan(dead_lanes)] = UNKNOWN
    return codes
