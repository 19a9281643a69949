"""Layer × unit maps, one a contestant: which units are dead, and in how many seeds."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.units import QUANTILES

from ..theme import NAN_COLOUR, contestant_colour, heat_colormap, state_colours
from .colour_key import ColourKey
from .curve import Curve
from .gallery import Gallery, colour_table
from .mesh import Mesh
from .plot import Plot
from .reading import reading_table
from .ticks import count
from .unit_history import UnitHistory
from .unit_map import (
    ALIVE,
    FIRST_SHARE,
    LAST_SHARE,
    STATES,
    UnitMap,
    share_codes,
    states,
)
from .view import NO_RACE, refill

NO_UNITS = "no hidden units"
_ASPECT = 1.6
_FAINTEST = 0.25  # where on the heat maps' colours the scale begins: below, some look like a gap
_EVEN = 100  # any size, the same for maps and history, so that they share the card evenly
_ROOM_FOR_KEY = 260  # pixels: in a narrower card the maps have all of it, and hover says the rest
_WIDE = 1.5  # a card wider than so many heights has the history beside the maps, else below
_SHARES = ("dead_lanes", "zero_share", "saturated_share")
_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0),
}  # fmt: skip

Chosen = tuple[int, int]  # a contestant, and the place of one of its units


class UnitsView(Plot):
    """Which units live: over all seeds, or in one; a click on a unit shows its history in one."""

    key = "units"
    title = "Units"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seed_box = self.add_list(
            "seeds", "In how many of all seeds a unit is dead, or its state in the one seed that "
            "is looked at alone", [("all seeds", False)], self.redraw,
        )  # fmt: skip
        self.gallery: Gallery | None = None
        self.colour_key = ColourKey()
        self.map: UnitMap | None = None
        self.chosen: Chosen | None = None
        self.history: UnitHistory | None = None
        self._frame = Curve()
        self._meshes: list[Mesh] = []
        self.plot_widget.sceneObj.sigMouseClicked.connect(self._clicked)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Units: arrow keys choose a unit, Escape lets it go")

    @property
    def alone(self) -> bool:
        """Whether the one chosen seed is shown."""
        return bool(self.seed_box.currentData())

    def build(self) -> None:
        self.plot_widget.clear()
        self.gallery = self.map = self.history = self.chosen = None
        self._meshes = []
        self.colour_key, self._frame = ColourKey(), Curve()
        if self.recording is None:
            return
        experiment = self.shown.experiment
        self.map = UnitMap(experiment)
        if not self.map.columns:
            return
        self.gallery = Gallery(
            self.names(), self.colours(), _ASPECT,
            left="layer", bottom="unit", key=self.colour_key,
        )  # fmt: skip
        self.gallery.setPreferredSize(_EVEN, _EVEN)
        self.plot_widget.addItem(self.gallery, 0, 0)
        self._meshes = [Mesh() for _ in self.gallery.tiles]
        for tile, mesh in zip(self.gallery.tiles, self._meshes, strict=True):
            tile.box.addItem(mesh, ignoreBounds=True)
        alone = (f"seed {self._seed}", True)
        many = experiment.population.seeds > 1
        refill(self.seed_box, [("all seeds", False), alone] if many else [alone])
        self.seed_box.setEnabled(many)

    @property
    def _seed(self) -> int:
        """The number of the seed that is looked at alone."""
        population = self.shown.experiment.population
        return population.seed_numbers[population.histogram_seed - 1]

    def colour(self) -> None:
        for part in (self.gallery, self.history):
            if part is not None:
                part.set_theme(self.theme)
        for mesh in self._meshes:
            mesh.set_colour(self.theme.card)
        self._frame.setPen(pg.mkPen(self.theme.text, width=2))

    def state(self) -> Hashable:
        units = self.units if self.recording else None
        newest = tuple(units.steps[-1]) if units is not None and len(units) else ()
        return id(self.recording), newest

    def refresh(self) -> None:
        known = self.recording is not None and len(self.units) > 0
        self.colour_key.setVisible(known and self.width() >= _ROOM_FOR_KEY)
        if self.gallery is not None:
            self.gallery.set_shown(known)
        if self.gallery is None or self.map is None or not known:
            self.say(NO_RACE if self.map is None or self.map.columns else NO_UNITS)
            return
        layers, width = self.map.layers, self.map.width
        area, table = QRectF(0.5, 0.5, width, layers), self._table()
        for tile, codes in zip(self.gallery.tiles, self.codes(), strict=True):
            tile.show(self.map.codes(codes), table, area)
        self.gallery.show_values([self._dead(place) for place in range(len(self.gallery.tiles))])
        for mesh in self._meshes:
            mesh.set_cells(self.map.columns, layers, area)
        self.gallery.show_range((0.5, width + 0.5), (0.5, layers + 0.5))
        self._explain(table)
        if self.history is not None:
            self.history.refresh()
        self.say(self._describe())

    def _now(self, name: str) -> np.ndarray:
        """The newest row of one of the units' channels, (contestants, units, ...)."""
        return self.units.newest(name)

    def codes(self) -> np.ndarray:
        """The code of each contestant's units, (contestants, units)."""
        if self.alone:
            return states(self._now("zero_share"), self._now("saturated_share"))
        return share_codes(self._now("dead_lanes"))

    def _dead(self, contestant: int) -> str:
        """How many of a contestant's units are dead, in words."""
        zero = self._now("zero_share")[contestant]
        share = np.where(np.isnan(zero), np.nan, zero == 1)
        mean = float(np.mean(share if self.alone else self._now("dead_lanes")[contestant]))
        return "diverged" if np.isnan(mean) else f"{100 * mean:.3g} %"

    def _table(self) -> np.ndarray:
        """The colour of each code, (256, 3)."""
        scale = heat_colormap(self.theme).getLookupTable(
            start=_FAINTEST, nPts=LAST_SHARE - FIRST_SHARE + 1, alpha=False
        )
        known = [state_colours(self.theme)[name] for name in STATES.values()]
        fixed = colour_table(self.theme.card, NAN_COLOUR, *known)
        return np.concatenate([fixed, scale.astype(np.uint8)])

    def _explain(self, table: np.ndarray) -> None:
        """Say in the key what the colours mean."""
        colours = state_colours(self.theme)
        if self.alone:
            self.colour_key.set_scale(0.0, 1.0, False, table[:0])
            self.colour_key.set_words([], [(colours[name], name) for name in STATES.values()])
        else:
            self.colour_key.set_scale(0.0, 1.0, False, table[FIRST_SHARE:])
            self.colour_key.set_words([], [(colours[STATES[ALIVE]], "in no seed")])

    def _describe(self) -> str:
        seeds = self.shown.experiment.population.seeds
        what = f"in what share of {seeds} seeds each unit is dead, its mean over each map"
        if self.alone:
            which = f"seed {self._seed}, one of {seeds} seeds" if seeds > 1 else "one seed"
            what = f"state of each unit in {which}, share of dead ones over each map"
        words = [what, f"step {count(int(self.units.steps[-1, 1]))}", "input at the bottom"]
        if self.map is not None and self.map.stride > 1:
            words.append(f"one of {self.map.stride} neighbouring units is kept")
        if self.chosen:
            words.append("z: median, middle half, all inputs")
        return " · ".join(words)

    # One unit, chosen by the mouse or the arrow keys.

    def unit_at(self, place: QPointF) -> Chosen | None:
        """The unit at a place of the scene."""
        found = self.gallery.at(place) if self.gallery else None
        if found is None or self.map is None or not len(self.units):
            return None
        tile, at = found
        unit = self.map.place_of(round(at.y()), round(at.x()))
        return None if unit is None else (tile.place, unit)

    def choose(self, chosen: Chosen | None) -> None:
        """Show a unit's history; None: no more."""
        if self.history is not None:
            self.plot_widget.removeItem(self.history)
            self.history.deleteLater()
            self.history = None
        if self._frame.scene() is not None:
            self._frame.scene().removeItem(self._frame)
        self.chosen = chosen
        if chosen is not None and self.gallery is not None and self.map is not None:
            contestant, unit = chosen
            layer, number = int(self.map.layer[unit]), int(self.map.number[unit])
            right, top = number + self.map.stride, layer + 1
            around = np.array([(number, layer), (right, layer), (right, top), (number, top)]) - 0.5
            self._frame.setData(*around[[0, 1, 2, 3, 0]].T)
            self.gallery.tiles[contestant].box.addItem(self._frame, ignoreBounds=True)
            name = f"{self.names()[contestant]} · layer {layer}, unit {number}, seed {self._seed}"
            self.history = UnitHistory(
                self.units, contestant, unit, name, self.colours()[contestant]
            )
            self.history.setPreferredSize(_EVEN, _EVEN)
        self._place_history()
        self.colour()
        self.redraw()

    def _place_history(self) -> None:
        """Beside the maps in a wide card, below them in another."""
        layout = self.plot_widget.ci.layout
        wide = self.width() > _WIDE * self.height()
        if self.history is not None:
            if self.history in self.plot_widget.ci.items:
                self.plot_widget.removeItem(self.history)
            self.plot_widget.addItem(self.history, *((0, 1) if wide else (1, 0)))
        across, down = (self.history is not None and beside for beside in (wide, not wide))
        for place, (column, row) in enumerate(((True, True), (across, down))):
            layout.setColumnStretchFactor(place, int(column))
            layout.setRowStretchFactor(place, int(row))
        layout.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.colour_key.setVisible(self.gallery is not None and self.width() >= _ROOM_FOR_KEY)
        if self.history is not None:
            self._place_history()

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.gallery is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            unit = self.unit_at(event.scenePos())
            self.choose(None if unit == self.chosen else unit)

    def event(self, event: QEvent) -> bool:
        """Escape lets go of the unit before it means anything to the window."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and self.chosen is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _ARROWS.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.chosen is not None:
            self.choose(None)
        elif move is not None and self.map is not None and self.map.columns:
            start, maps = self.chosen, len(self.names())
            self.choose((0, 0) if start is None else self.map.beside(*start, *move, maps))
        else:
            super().keyPressEvent(event)

    def read(self, place: QPointF) -> str:
        if self.history is not None and (text := self.history.read(place)):
            return text
        unit = self.unit_at(place)
        return self.read_unit(*unit) if unit is not None else ""

    def read_unit(self, contestant: int, unit: int) -> str:
        """Rich text for one unit now."""
        assert self.map is not None
        dead, zero, saturated = (float(self._now(name)[contestant, unit]) for name in _SHARES)
        code = int(states(*(np.array([share]) for share in (zero, saturated)))[0])
        colour = contestant_colour(self.colours()[contestant], self.theme)
        rows = [
            ("dead in", f"{dead:.1%} of the seeds"),
            (f"in seed {self._seed}", STATES.get(code, "diverged")),
            ("slope exactly 0", f"{zero:.1%} of the inputs"),
            ("in flat tails", f"{saturated:.1%} of the inputs"),
            ("its history", "with a click"),
        ]
        heading = f"{self.names()[contestant]} · layer {self.map.layer[unit]}"
        return reading_table(
            f"{heading}, unit {self.map.number[unit]}", [(colour, *row) for row in rows]
        )

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """A row of each unit now, then the earlier ones of the unit whose history is shown."""
        spread = [f"z quantile {share}" for share in QUANTILES]
        header = ["contestant", "layer", "unit", "first step", "last step", *_SHARES, *spread]
        if self.map is None or not len(self.units):
            return header, []
        newest = len(self.units) - 1
        wanted = [(newest, *place) for place in np.ndindex(self._now("dead_lanes").shape)]
        if self.chosen is not None:
            wanted += [(row, *self.chosen) for row in range(newest)]
        return header, [self._table_row(*place) for place in wanted]

    def _table_row(self, row: int, contestant: int, unit: int) -> list[Any]:
        assert self.map is not None
        track, at = self.units, (row, contestant, unit)
        return [
            self.names()[contestant], int(self.map.layer[unit]), int(self.map.number[unit]),
            *track.steps[row].tolist(), *(float(track.values(name)[at]) for name in _SHARES),
            *track.values("preactivation")[at].tolist(),
        ]  # fmt: skip
