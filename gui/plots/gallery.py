"""Small images side by side, one a contestant, all of one size and over one range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsGridLayout

from ..theme import Theme
from .axes import QuietAxis
from .bases import GraphicsWidget
from .chart import Box, Range
from .code_image import CodeImage
from .colour_key import ColourKey
from .headings import ContestantTitle, Legend
from .pens import contestant_pen, small_font, small_metrics

_GAP = 10
_BESIDE = _GAP - 4  # of which a title over a square image may use so much
_NAMES = 0.2  # of the width, which the names at the left may take


class Tile:
    """One contestant's title, image and lower axis."""

    def __init__(self, name: str, colour: int, place: int) -> None:
        self.place = place
        self.title = ContestantTitle(name, colour)
        self.box = Box(enableMouse=False)
        self.image = CodeImage()
        self.box.addItem(self.image, ignoreBounds=True)
        self.bottom = QuietAxis("bottom", whole=True, beyond=0.0)
        self.bottom.linkToView(self.box)

    def show(self, codes: np.ndarray, table: np.ndarray, area: QRectF) -> None:
        """Codes (rows, columns) uint8, the lowest row first; table: (256, 3) colours."""
        self.image.set_codes(codes, table, area)


class Gallery(GraphicsWidget):
    """Arranges tiles in rows that suit its shape, with a `key` to the colours at their right.

    Where the tiles are too narrow for the contestants' names, these stand in a legend above.
    `colours` are the contestants' numbers in the palette.
    `aspect` is the width over the height that a tile should come near; `square` ones keep it.
    `names` are what the left axis writes in place of numbers.
    """

    def __init__(
        self,
        contestants: list[str],
        colours: list[int],
        aspect: float,
        *,
        left: str,
        bottom: str,
        names: dict[float, str] | None = None,
        square: bool = False,
        key: ColourKey | None = None,
    ) -> None:
        super().__init__()
        self.tiles = [
            Tile(name, colour, place)
            for place, (name, colour) in enumerate(zip(contestants, colours, strict=True))
        ]
        self.lefts = [QuietAxis("left", whole=True) for _ in contestants]
        self._aspect, self._key, self._square = aspect, key, square
        self._words = (left, bottom)
        self._names = names or {}
        self._ranges: tuple[Range, Range] | None = None
        self._columns = 0
        self._entries = list(zip(contestants, colours, strict=True))
        self._legend = Legend()
        self._legend.set_entries([(name, QPen()) for name in contestants])
        self._legend.setParentItem(self)
        self._named = True  # in the titles
        self._grid: Any = None
        # Else the sizes given to the rows and columns would keep it from ever shrinking.
        self.setMinimumSize(0, 0)
        for axis in self.lefts:
            axis.setParentItem(self)
            axis.set_names(self._names)
        self._arrange()

    def set_shown(self, shown: bool) -> None:
        """Show it, or leave its place empty; axes that are hidden would come back without room."""
        self.setOpacity(float(shown))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        for axis in self.lefts:
            axis.set_longest(_NAMES * self.width())
        self._arrange()

    def _arrange(self) -> None:
        """Lay the tiles out anew where another number of columns suits the shape better."""
        before = (self._columns, self._over)
        self._named = True
        self._columns = self._best_columns()
        self._named = self._names_fit()
        if not self._named:
            self._legend.resize(self.width(), self._legend.maximumHeight())
            self._columns = self._best_columns()
        if (self._columns, self._over) != before:
            self._place_all()
        self._name_below()
        if self._square:
            self._keep_square()

    def _best_columns(self) -> int:
        return max(range(1, len(self.tiles) + 1), key=self._worth)

    def _names_fit(self) -> bool:
        """Whether each tile has room for its contestant's name."""
        room = self._room(self._columns)[0] + (_BESIDE if self._square else 0)
        return all(tile.title.widest <= room for tile in self.tiles)

    def _room(self, columns: int) -> tuple[float, float]:
        """Width and height left for each image."""
        line, rows = small_metrics().height(), math.ceil(len(self.tiles) / columns)
        key = 0.0
        if self._key is not None and self._key.isVisible():
            key = self._key.maximumWidth()
        width = (self.width() - self._left(line) - key) / columns - _GAP
        height = (self.height() - self._over - line - 8) / rows - 2 * line - 12
        return max(1.0, width), max(1.0, height)

    @property
    def _over(self) -> float:
        """Height of the legend."""
        return 0.0 if self._named else self._legend.maximumHeight()

    def _left(self, line: float) -> float:
        """Width of the left axis: its word upright, and its numbers or names."""
        widths = [small_metrics().horizontalAdvance(name) for name in self._names.values()]
        return 2 * line + min(max(widths, default=0.5 * line), _NAMES * self.width())

    def _name_below(self) -> None:
        """Name the lowest axes; the middle one for all where the word is wider than a tile."""
        columns, word = self._columns, self._words[1]
        fits = small_metrics().horizontalAdvance(word) <= self._side(*self._room(columns))
        for tile in self.tiles:
            lowest = tile.place + columns >= len(self.tiles)
            chosen = fits or tile.place % columns == (columns - 1) // 2
            tile.bottom.name_it(word if lowest and chosen else "")

    def _side(self, width: float, height: float) -> float:
        """The width that an image has of its room."""
        return math.floor(min(width, height)) if self._square else width

    def _worth(self, columns: int) -> tuple[float, int]:
        """The size of an image of the aspect wanted; of equals, the fewest empty places."""
        width, height = self._room(columns)
        return round(min(width / self._aspect, height)), -(-len(self.tiles) % columns)

    def _place_all(self) -> None:
        columns = self._columns
        grid: Any = QGraphicsGridLayout()
        self._grid = grid
        grid.setContentsMargins(0, self._over, 0, 0)
        grid.setSpacing(0)
        rows = math.ceil(len(self.tiles) / columns)
        self._legend.setVisible(not self._named)
        for tile in self.tiles:
            row, column = divmod(tile.place, columns)
            tile.title.set_named(self._named)
            for part, item in enumerate((tile.title, tile.box, tile.bottom)):
                # The columns between them keep the tiles apart.
                grid.addItem(item, 3 * row + part + 1, 2 * column + 1)
            tile.bottom.crowded = column < columns - 1
        for row, axis in enumerate(self.lefts):
            # One that is merely set visible would keep the width of nothing.
            axis.hide()
            if row < rows:
                axis.show()
                axis.linkToView(self.tiles[row * columns].box)
                axis.name_it(self._words[0])
                grid.addItem(axis, 3 * row + 2, 0)
                grid.setRowStretchFactor(3 * row + 2, 1)
        for column in range(columns):
            grid.setColumnStretchFactor(2 * column + 1, 1)
            grid.setColumnPreferredWidth(2 * column + 1, 100)
            grid.setColumnMinimumWidth(2 * column + 2, _GAP)
            grid.setColumnStretchFactor(2 * column + 2, int(self._square))
        if self._key is not None:
            grid.addItem(self._key, 1, 2 * columns + 1, 3 * rows, 1)
        for edge in (0, 3 * rows + 1):
            grid.setRowStretchFactor(edge, int(self._square))
        self.setLayout(grid)
        grid.activate()

    def _keep_square(self) -> None:
        width, height = self._room(self._columns)
        side, grid = self._side(width, height), self._grid
        for place, tile in enumerate(self.tiles):
            row, column = divmod(place, self._columns)
            grid.setColumnFixedWidth(2 * column + 1, side)
            grid.setRowFixedHeight(3 * row + 2, side)
            tile.title.set_spare(width - side + _BESIDE)
        grid.activate()

    def set_theme(self, theme: Theme) -> None:
        font = small_font()
        for axis in (*self.lefts, *(tile.bottom for tile in self.tiles)):
            axis.set_theme(theme, font)
        for tile in self.tiles:
            tile.title.set_theme(theme)
        self._legend.set_theme(theme)
        pens = [(name, contestant_pen(theme, number)) for name, number in self._entries]
        self._legend.set_entries(pens)
        if self._key is not None:
            self._key.set_theme(theme)

    def show_values(self, values: Sequence[str]) -> None:
        """What stands beside each contestant's name."""
        for tile, value in zip(self.tiles, values, strict=True):
            tile.title.set_value(value)
        self._arrange()

    def show_range(self, x: Range, y: Range) -> None:
        if (x, y) != self._ranges:
            self._ranges = (x, y)
            for tile in self.tiles:
                tile.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)

    def at(self, place: QPointF) -> tuple[Tile, QPointF] | None:
        """The tile at a place of the scene, and the place in its coordinates."""
        for tile in self.tiles:
            if tile.box.sceneBoundingRect().contains(place):
                return tile, tile.box.mapSceneToView(place)
        return None


def colour_table(*colours: Any) -> np.ndarray:
    """(n, 3) uint8 of colours by name."""
    return np.array([pg.mkColor(colour).getRgb()[:3] for colour in colours], np.uint8)
