"""One contestant on the loss chart: its median, the band of its quartiles, its single seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from ..theme import Theme, contestant_colour
from .band import Band
from .columns import Columns, smooth, zigzag
from .curve import Curve
from .pens import contestant_pen, line_width

_FAR = 1e3  # beyond any axis
_BAND_COLUMNS = 100  # filling an area takes time as the square of its corners
_FEW = 12  # points that are dotted: a line through one of them cannot be seen
_DOT, _DOT_BESIDE = 5.0, 3.5


@dataclass(frozen=True)
class Lines:
    """What a strand draws, in the view's coordinates, by column: x (n,), the others (n,) each."""

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    last: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


class Strand:
    """The items of the contestant at one place among `count`, of this number in the palette."""

    def __init__(self, place: int, count: int, number: int) -> None:
        self._number, self._count = number, count
        self.band = Band()
        self.seeds, self.raw = Curve(), Curve()
        self.beside, self.line = Curve(antialias=True), Curve(antialias=True)
        self.dots = pg.ScatterPlotItem(pen=None, pxMode=True)
        for height, item in enumerate(self.items):
            item.setZValue(10 * height - place)

    @property
    def items(self) -> list[pg.GraphicsObject]:
        """From the bottom to the top."""
        return [self.band, self.seeds, self.beside, self.raw, self.line, self.dots]

    def colour(self, theme: Theme) -> None:
        number, width = self._number, line_width(self._count)
        self.line.setPen(contestant_pen(theme, number, width=width))
        self.raw.setPen(contestant_pen(theme, number, width=1, alpha=0.3))
        self.beside.setPen(contestant_pen(theme, number, width=1, alpha=0.75))
        self.seeds.setPen(contestant_pen(theme, number, width=1, alpha=0.35))
        self.dots.setBrush(contestant_colour(number, theme))
        faint = QColor(contestant_colour(number, theme))
        faint.setAlphaF(0.16)
        self.band.set_colour(faint)

    def clear(self) -> None:
        for item in (self.seeds, self.beside, self.raw, self.line, self.dots):
            item.setData([], [])
        self.band.set_edges(*np.empty((3, 0)))

    def draw(self, lines: Lines, smoothing: float) -> None:
        """`smoothing` is a share of the plot's width; the raw line then stays, faintly."""
        up, down = zigzag(lines.low, lines.high), np.repeat(lines.x, 2)
        self.raw.setVisible(smoothing > 0)
        if smoothing > 0:
            self.raw.setData(down, up)
            self.line.setData(lines.x, smooth(lines.last, smoothing * len(lines.x)))
        else:
            self.line.setData(down, up)
        # Where the upper quartile rests on a diverged seed, the band is open at the top.
        upper = np.where(np.isfinite(lines.high), np.nan_to_num(lines.upper, nan=_FAR), np.nan)
        self._fill(lines.x, lines.lower, upper)

    def _fill(self, x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        """Draw the band, in fewer columns than the lines where these have many."""
        somewhere = np.isfinite(x)  # step 0 is nowhere on a logarithmic axis
        x, lower, upper = x[somewhere], lower[somewhere], upper[somewhere]
        if len(x) > _BAND_COLUMNS:
            columns = Columns.of(x, x[0], x[-1], _BAND_COLUMNS)
            lower, upper = columns.lowest(lower), columns.highest(upper)
            lower, upper = np.append(lower, lower[-1]), np.append(upper, upper[-1])
            x = np.append(columns.first(x), x[-1])
        self.band.set_edges(x, lower, upper)

    def draw_beside(self, x: np.ndarray, values: np.ndarray) -> None:
        if len(x) or self.beside.isVisible():
            self.beside.setData(x, values)
        self.beside.setVisible(len(x) > 0)

    def dot(self, x: np.ndarray, values: np.ndarray, beside: np.ndarray) -> None:
        """A dot at each point while they are few; `beside` may be empty."""
        few = len(x) < _FEW
        along = np.concatenate([x, x[: len(beside)]])
        upright = np.concatenate([values, beside])
        sizes = np.repeat([_DOT, _DOT_BESIDE], [len(values), len(beside)])
        drawn = np.isfinite(along) & np.isfinite(upright) & few
        if few or self.dots.isVisible():
            self.dots.setData(x=along[drawn], y=upright[drawn], size=sizes[drawn])
        self.dots.setVisible(few)

    def draw_seeds(self, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """x: (columns,), low and high: (columns, seeds); all seeds are one path with gaps."""
        path = np.full((2 * len(x) + 1, low.shape[1]), np.nan)
        path[:-1] = zigzag(low, high)
        along = np.append(np.repeat(x, 2), np.nan)
        self.seeds.setData(np.tile(along, low.shape[1]), path.T.ravel())
