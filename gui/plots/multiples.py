"""The curves of a sweep's races, each in a small chart of its own, all on the same axes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import product
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.sweeps import GridRace, RaceResult

from ..theme import contestant_colour
from .columns import nearest
from .field_scale import in_words
from .loss import QUANTITIES, Quantity
from .race_curve import RaceCurve
from .reading import reading_table
from .small_charts import SmallCharts
from .spans import log_range, share_range
from .sweep_plot import SweepPlot, elsewhere, of_seeds
from .ticks import count, reading
from .view import refill

MOST = 36  # charts: more could neither be told apart nor painted at once
ROWS = 4  # of so many charts: a card is wider than it is high
_SINGLE = [quantity for quantity in QUANTITIES if not quantity.beside]
_NOT_YET, _UNREADABLE = "not raced yet", "its recording cannot be read"

Key = tuple[str, str]  # of a race, and of what is drawn of it


class MultiplesView(SweepPlot):
    """A chart a race, in rows and columns by one field of the grid or two.

    It asks for the curves it lacks, and says of a race without any what has become of it.
    """

    key = "multiples"
    title = "Curves"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantity_box = self.add_list("quantity", "What is drawn upright", (), self.redraw)
        self.across_box = self.add_list("columns", "The field from left to right", (), self.redraw)
        self.down_box = self.add_list("rows", "A second field, from top to bottom", (), self.redraw)
        self.at_box = self.add_list("elsewhere", "The values of the other fields", (), self.redraw)
        self.curves_of: dict[Key, RaceCurve | None] = {}
        self.charts: SmallCharts | None = None
        self.points: list[tuple[Any, ...]] = []  # each chart's values of the fields
        self._here: dict[tuple[Any, ...], tuple[GridRace, RaceResult]] = {}
        self._pictured: Hashable = None

    @property
    def quantity(self) -> Quantity:
        chosen: Quantity = self.quantity_box.currentData()
        return chosen

    def show_curves(self, quantity: Quantity, curves: Mapping[str, RaceCurve | None]) -> None:
        """Curves that were asked for, by the keys of their races; None: there is none to be had."""
        self.curves_of |= {(key, quantity.channel): curve for key, curve in curves.items()}
        self.redraw()

    def build(self) -> None:
        self.curves_of, self.charts, self.points = {}, None, []
        axes = self.sweep.axes if self.sweep else ()
        by_size = sorted(axes, key=lambda axis: -len(axis.values))
        fields = [(self.label(axis.path), axis.path) for axis in by_size]
        refill(self.across_box, fields)
        refill(self.down_box, [*fields[1:], *fields[:1], ("no rows by a field", "")])
        for box in (self.across_box, self.down_box):
            box.setVisible(len(fields) > 1)

    def colour(self) -> None:
        if self.charts is not None:
            self.charts.set_theme(self.theme)

    def refresh(self) -> None:
        outcomes = [result.outcomes for _, result in self.raced]
        known = [q for q in _SINGLE if outcomes and all(q.channel in found for found in outcomes)]
        refill(self.quantity_box, [(q.label, q) for q in known])
        self.quantity_box.setVisible(bool(known))
        fields = self._fields()
        self.offer_elsewhere(self.at_box, *fields)
        if not known:
            self.charts, self.points = None, []
            self.lay_out(None)
            self.say(self.none_done())
            return
        self.points = self._points(fields)
        self._here = {
            tuple(race.values[field] for field in fields): (race, result)
            for race, result in self.raced_at(self.at_box, *fields)
        }
        self._lay_out_charts(fields)
        self._draw(fields)
        self.say(self._describe(fields))
        lacking = [race for race, _ in self._drawn_races() if self._key(race) not in self.curves_of]
        if lacking:
            self.curves_asked.emit(self.quantity, lacking)

    # Which races are drawn, and where.

    def _fields(self) -> list[str]:
        """The field from left to right, and the one from top to bottom, if any."""
        chosen = (self.across_box.currentData(), self.down_box.currentData())
        return [field for field in dict.fromkeys(chosen) if field]

    def _points(self, fields: list[str]) -> list[tuple[Any, ...]]:
        """The values of these fields in each chart, row by row: the first of each field."""
        values = [self.axis(field).values for field in fields]
        sizes = [len(own) for own in values]
        while math.prod(sizes) > MOST:
            sizes[-1 if sizes[-1] > ROWS else 0] -= 1
        across, *down = (own[:size] for own, size in zip(values, sizes, strict=True))
        return [(own, *other) for other in product(*down) for own in across]

    def _drawn_races(self) -> list[tuple[GridRace, RaceResult]]:
        """The finished ones that have a chart."""
        return [self._here[values] for values in self.points if values in self._here]

    def _key(self, race: GridRace) -> Key:
        return race.key, self.quantity.channel

    def _curve(self, values: tuple[Any, ...]) -> RaceCurve | None:
        """The curve in the chart of these values, if it is there."""
        found = self._here.get(values)
        return self.curves_of.get(self._key(found[0])) if found else None

    # Drawing.

    def _lay_out_charts(self, fields: list[str]) -> None:
        columns = len({values[0] for values in self.points}) if len(fields) > 1 else 0
        wanted = (columns, self.points)
        if self.charts is None or self._pictured != wanted:
            # Not with every drawing: an export in another look has it drawn between two paints.
            self.charts = SmallCharts(self._titles(fields), self.names(), self.colours(), columns)
            self.charts.set_theme(self.theme)
            self._pictured = wanted
        self.lay_out(self.charts)

    def _titles(self, fields: list[str]) -> list[list[str]]:
        """The charts' titles: by the fields' labels, by their names in files, by values alone."""
        labels = [f"{self.label(field)} " for field in fields]
        keys = [f"{field.rpartition('.')[2]} " for field in fields]
        scales = [self.scale(field) for field in fields]
        return [
            [
                ", ".join(w + s.words(v) for w, s, v in zip(words, scales, values, strict=True))
                for values in self.points
            ]
            for words in (labels, keys, [""] * len(fields))
        ]

    def _draw(self, fields: list[str]) -> None:
        assert self.charts is not None
        nothing = np.empty(0), np.empty((0, len(self.names())))
        failed = self._failures(fields)
        seen, first, end = [], [], 1.0
        for chart, values in zip(self.charts.charts, self.points, strict=True):
            curve = self._curve(values)
            if curve is None:
                chart.draw(*nothing, self._state_of(values, failed))
                continue
            heights = self._upright(curve.medians)
            chart.draw(curve.steps, heights)
            seen.append(heights.ravel())
            first.append(heights[:1].ravel())
            end = max(end, float(curve.steps.max(initial=0)))
        drawn, began = (np.concatenate([*parts, np.empty(0)]) for parts in (seen, first))
        share = self.quantity.share
        self.charts.name_axes(self.quantity.label, "step", logarithmic=not share)
        self.charts.show_range((0.0, end), share_range(drawn) if share else log_range(drawn, began))

    def _upright(self, values: np.ndarray) -> np.ndarray:
        """Values in the view's coordinates; NaN for what has no place there."""
        if not self.quantity.share:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(values)
        return np.where(np.isfinite(values), values, np.nan)

    def _failures(self, fields: list[str]) -> dict[tuple[Any, ...], str]:
        """Why races among those that are drawn have failed."""
        at = self.at_box.currentData()
        return {
            tuple(race.values[field] for field in fields): reason
            for race, reason in self.failed
            if repr(elsewhere(race.values, *fields)) == at
        }

    def _state_of(self, values: tuple[Any, ...], failed: Mapping[tuple[Any, ...], str]) -> str:
        """What has become of a race without a curve."""
        if values not in self._here:
            return f"failed: {failed[values]}" if values in failed else _NOT_YET
        race, _ = self._here[values]
        return _UNREADABLE if self._key(race) in self.curves_of else ""

    def _describe(self, fields: list[str]) -> str:
        assert self.sweep is not None
        ways = (" across", " down") if len(fields) > 1 else ("",)
        by = [f"{self.label(f).lower()}{way}" for f, way in zip(fields, ways, strict=True)]
        channel = self.quantity.channel
        seeds = of_seeds([r.outcomes[channel].shape[1] for _, r in self.raced])
        words = [
            f"{self.quantity.label} over the steps",
            f"median of {seeds}",
            f"by {', '.join(by)}",
        ]
        charts = math.prod(len(self.axis(field).values) for field in fields)
        if charts > len(self.points):
            words.append(f"the first {len(self.points)} of {charts} charts")
        done, races = len(self.raced), len(self.sweep)
        return " · ".join([*words, f"{done} of {races} races"] if done < races else words)

    # The chart under the mouse.

    def race_at(self, place: QPointF) -> GridRace | None:
        found = self.charts.at(place) if self.charts else None
        if found is None or self.points[found[0]] not in self._here:
            return None
        return self._here[self.points[found[0]]][0]

    def read(self, place: QPointF) -> str:
        """What the curves hold of every contestant at the step nearest to the cursor."""
        found = self.charts.at(place) if self.charts else None
        if found is None or self.charts is None:
            return ""
        number, at = found
        values, words = self.points[number], self.charts.charts[number].words.text
        heading = self.point(dict(zip(self._fields(), values, strict=True)))
        rows = [(self.theme.card, words, "")] if words else []
        curve = self._curve(values)
        if curve is not None and len(curve.steps):
            row = nearest(curve.steps, at.x())
            heading += f" · step {count(curve.steps[row])}"
            rows += [
                (contestant_colour(colour, self.theme), name, reading(value))
                for name, colour, value in zip(
                    self.names(), self.colours(), curve.medians[row].tolist(), strict=True
                )
            ]
        return reading_table(heading, [*rows, self.asks()] if values in self._here else rows)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """A row for each race, contestant and step that is drawn."""
        paths = [axis.path for axis in self.sweep.axes] if self.sweep else []
        if not self.points:
            return [*paths, "contestant", "step"], []
        rows = []
        for values in self.points:
            curve = self._curve(values)
            if curve is None:
                continue
            race, _ = self._here[values]
            at = [in_words(race.values[path]) for path in paths]
            for c, name in enumerate(self.names()):
                pairs = zip(curve.steps.tolist(), curve.medians[:, c].tolist(), strict=True)
                rows += [[*at, name, round(step), value] for step, value in pairs]
        return [*paths, "contestant", "step", self.quantity.channel], rows
