"""What the fit view asks of a picture: one kind of task, one way to look at what was learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF

from engine.fit import Fit
from engine.fit import FitView as Look

from ..theme import LIGHT, Theme


class Picture:
    """Draws the fits of contestants with these names, looked at as `look` says.

    `colours` are their numbers in the palette. `item` goes onto the canvas. `task` is "regression",
    "binary" or "multiclass"; `kept` is the number of the seed that is looked at alone.
    """

    item: pg.GraphicsWidget
    has_all_seeds = True  # False: the first seed's answers alone are known

    def __init__(
        self, names: list[str], colours: list[int], look: Look, task: str, kept: int
    ) -> None:
        self.names, self.colours, self.look = names, colours, look
        self.task, self.kept = task, kept
        self.theme: Theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        raise NotImplementedError

    def draw(self, fit: Fit, seed: int | None) -> None:
        """`seed`: the place of the only one to be drawn; None: all together."""
        raise NotImplementedError

    def describe(self, seeds: str, many: bool) -> str:
        """The caption; `seeds` names those drawn, which are one or `many`."""
        raise NotImplementedError

    def read(self, place: QPointF) -> str:
        """Rich text for a place of the scene."""
        return ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Header and rows of what is drawn."""
        raise NotImplementedError


def chosen(values: np.ndarray | None, seed: int | None) -> np.ndarray:
    """(contestants, seeds, …) → the same with one seed, or with all."""
    assert values is not None, "the fit is not of the kind that the look asked for"
    return values if seed is None else values[:, seed : seed + 1]
