"""Small images side by side, one a contestant, all of one size and over one range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsGridLayout

from ..theme import Theme
from .axes import QuietAxis
from .chart import Box, Range, small_font, small_metrics
from .headings import Title

_GAP = 10


class Tile:
    """One contestant's title, image and lower axis."""

    def __init__(self, name: str, place: int, square: bool) -> None:
        self.place = place
        self.title = Title(name, place)
        self.box = Box(enableMouse=False, lockAspect=square)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setAutoDownsample(False)
        self.box.addItem(self.image, ignoreBounds=True)
        self.bottom = QuietAxis("bottom", whole=True, beyond=_GAP / 3)
        self.bottom.linkToView(self.box)

    def show(self, codes: np.ndarray, table: np.ndarray, area: QRectF) -> None:
        """Codes (rows, columns) uint8, the lowest row first; table: (256, 3) colours."""
        self.image.setImage(codes, autoLevels=False, levels=(0, 255), lut=table)
        self.image.setRect(area)


class Gallery(pg.GraphicsWidget):
    """Arranges tiles in rows that suit its shape, with a `key` to the colours at their right.

    `aspect` is the width over the height that a tile should come near; `square` ones keep it.
    `names` are what the left axis writes in place of numbers.
    """

    def __init__(
        self,
        contestants: list[str],
        aspect: float,
        *,
        left: str,
        bottom: str,
        names: dict[float, str] | None = None,
        square: bool = False,
        key: pg.GraphicsWidget | None = None,
    ) -> None:
        super().__init__()
        self.tiles = [Tile(name, place, square) for place, name in enumerate(contestants)]
        self.lefts = [QuietAxis("left", whole=True) for _ in contestants]
        self._aspect, self._key = aspect, key
        self._words = (left, bottom)
        self._ranges: tuple[Range, Range] | None = None
        self._columns = 0
        for axis in self.lefts:
            axis.setParentItem(self)
            axis.set_names(names or {})
        self._arrange()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Lay the tiles out anew where another number of columns suits the shape better."""
        columns = self._best_columns()
        if columns == self._columns:
            return
        self._columns = columns
        grid = QGraphicsGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        rows = math.ceil(len(self.tiles) / columns)
        for tile in self.tiles:
            row, column = divmod(tile.place, columns)
            for part, item in enumerate((tile.title, tile.box, tile.bottom)):
                # The columns between them keep the tiles apart.
                grid.addItem(item, 3 * row + part, 2 * column + 1)
            tile.bottom.name_it(self._words[1] if tile.place + columns >= len(self.tiles) else "")
        for row, axis in enumerate(self.lefts):
            axis.setVisible(row < rows)
            if row < rows:
                axis.linkToView(self.tiles[row * columns].box)
                axis.name_it(self._words[0])
                grid.addItem(axis, 3 * row + 1, 0)
                grid.setRowStretchFactor(3 * row + 1, 1)
        for column in range(columns):
            grid.setColumnStretchFactor(2 * column + 1, 1)
            grid.setColumnPreferredWidth(2 * column + 1, 100)
            grid.setColumnFixedWidth(2 * column + 2, _GAP)
        if self._key is not None:
            grid.addItem(self._key, 0, 2 * columns + 1, 3 * rows, 1)
        self.setLayout(grid)
        grid.activate()

    def _best_columns(self) -> int:
        """The number of columns whose tiles come nearest to the aspect wanted."""
        count, line = len(self.tiles), small_metrics().height()

        def strangeness(columns: int) -> float:
            width = max(1.0, self.width() - 6 * line) / columns
            height = max(1.0, self.height() / math.ceil(count / columns) - 3 * line)
            return abs(math.log(width / height / self._aspect))

        return min(range(1, count + 1), key=strangeness)

    def set_theme(self, theme: Theme) -> None:
        font = small_font()
        for axis in (*self.lefts, *(tile.bottom for tile in self.tiles)):
            axis.set_theme(theme, font)
        for tile in self.tiles:
            tile.title.set_theme(theme)
        if self._key is not None:
            self._key.set_theme(theme)

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
