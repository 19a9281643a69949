"""Classes: which are taken for which, one matrix a contestant."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from engine.fit import Fit
from engine.fit import FitView as Look

from ..theme import Theme, contestant_colour
from .bases import GraphicsObject
from .chart import Box
from .gallery import Gallery, colour_table
from .pens import small_font, small_metrics
from .picture import Picture, chosen
from .reading import reading_table
from .ticks import reading

_RIGHT, _WRONG = "#2E86C9", "#E07B1F"
_HALF = 128  # codes of right answers lie below, those of wrong ones above


class ConfusionPicture(Picture):
    """Rows are true classes and sum to 1; right answers and errors have a colour each."""

    def __init__(
        self, names: list[str], colours: list[int], look: Look, task: str, kept: int
    ) -> None:
        super().__init__(names, colours, look, task, kept)
        classes = look.class_names
        count = len(classes)
        self.counts = np.zeros((len(names), count, count))
        upright = {float(count - 1 - row): name for row, name in enumerate(classes)}
        self.item = self.gallery = Gallery(
            names,
            colours,
            1.0,
            left="true class",
            bottom="predicted class",
            names=upright,
            square=True,
        )
        self.words = []
        for tile in self.gallery.tiles:
            tile.bottom.set_names({float(place): name for place, name in enumerate(classes)})
            self.words.append(CellWords(tile.box))
        self._table = np.zeros((256, 3), np.uint8)
        self._area = QRectF(-0.5, -0.5, count, count)
        self.gallery.show_range((-0.5, count - 0.5), (-0.5, count - 0.5))

    def set_theme(self, theme: Theme) -> None:
        self.gallery.set_theme(theme)
        empty, right, wrong = colour_table(theme.field, _RIGHT, _WRONG).astype(float)
        share = np.linspace(0, 1, _HALF)[:, None]
        ramps = [empty + share * (end - empty) for end in (right, wrong)]
        self._table = np.concatenate(ramps).astype(np.uint8)
        for words in self.words:
            words.set_colour(QColor(theme.text))
        self.theme = theme

    @property
    def shares(self) -> np.ndarray:
        """(contestants, true, predicted), of the row's total."""
        totals = self.counts.sum(axis=2, keepdims=True)
        return np.asarray(self.counts / np.maximum(totals, 1e-9))

    def draw(self, fit: Fit, seed: int | None) -> None:
        self.counts = chosen(fit.counts, seed).mean(axis=1)
        # The root makes rare errors visible beside the many right answers.
        codes = np.rint((_HALF - 1) * np.sqrt(self.shares)).astype(np.uint8)
        wrong = ~np.eye(codes.shape[1], dtype=bool)
        codes[:, wrong] += _HALF
        total = self.counts.sum(axis=(1, 2))
        right = self.counts.trace(axis1=1, axis2=2) / np.maximum(total, 1e-9)
        for place, tile in enumerate(self.gallery.tiles):
            tile.show(np.ascontiguousarray(codes[place, ::-1]), self._table, self._area)
            self.words[place].set_values(self.shares[place, ::-1])
        self.gallery.show_values([f"{100 * share:.1f} %" for share in right])

    def describe(self, seeds: str, many: bool) -> str:
        over = f"mean of {seeds}" if many else seeds
        return f"share of each true class (row) by predicted class, test data · {over}"

    def read(self, place: QPointF) -> str:
        found = self.gallery.at(place)
        if found is None:
            return ""
        tile, at = found
        classes = self.look.class_names
        row, column = len(classes) - 1 - round(at.y()), round(at.x())
        if not (0 <= row < len(classes) and 0 <= column < len(classes)):
            return ""
        number = self.counts[tile.place, row, column]
        share = self.shares[tile.place, row, column]
        return reading_table(
            f"true {classes[row]}, predicted {classes[column]}",
            [
                (
                    contestant_colour(self.colours[tile.place], self.theme),
                    self.names[tile.place],
                    f"{reading(number)} points, {share:.1%} of the row",
                )
            ],
        )

    def table(self) -> tuple[list[str], list[list[Any]]]:
        classes = self.look.class_names
        rows = [
            [name, classes[true], *row]
            for name, matrix in zip(self.names, self.counts.tolist(), strict=True)
            for true, row in enumerate(matrix)
        ]
        return ["contestant", "true class", *(f"predicted {name}" for name in classes)], rows


class CellWords(GraphicsObject):
    """Percentages in the cells of a square image, where the cells have room for them."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self._box = box
        self._values = np.empty((0, 0))
        self._colour = QColor("#808080")
        self._font, self._metrics = small_font(), small_metrics()
        self.setParentItem(box)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigResized.connect(lambda *_: self.prepareGeometryChange())

    def set_colour(self, colour: QColor) -> None:
        self._colour = colour
        self.update()

    def set_values(self, values: np.ndarray) -> None:
        """(rows, columns), the lowest row first."""
        self._values = values
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box.rect()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self._values.size:
            return
        unit = self._box.mapFromView(QPointF(1, 0)) - self._box.mapFromView(QPointF(0, 0))
        width = abs(unit.x())
        if width < self._metrics.horizontalAdvance("100 ") or width < 1.3 * self._metrics.height():
            return
        painter.setFont(self._font)
        painter.setPen(self._colour)
        for (row, column), value in np.ndenumerate(self._values):
            if value >= 0.0005:
                middle = self._box.mapFromView(QPointF(column, row))
                cell = QRectF(middle.x() - width / 2, middle.y() - width / 2, width, width)
                word = f"{100 * value:.0f}" if value >= 0.095 else f"{100 * value:.1f}"
                painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), word)
