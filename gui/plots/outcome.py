"""What the races of a sweep came to, over one field of its grid or two."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.outcomes import OUTCOMES
from engine.statistics import Interval, median
from engine.sweeps import GridRace, RaceResult

from ..theme import contestant_colour
from .field_scale import in_words
from .outcome_lines import OutcomeLines
from .outcome_maps import OutcomeMaps
from .reading import reading_table
from .sweep_plot import SweepPlot, of_seeds, short
from .ticks import reading
from .view import refill

ENOUGH = 6  # seeds for a median to have a 95 % interval


class OutcomeView(SweepPlot):
    """Medians over the seeds: lines with their intervals along one field, maps over two."""

    key = "outcome"
    title = "Outcomes"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outcome_box = self.add_list("outcome", "What the races came to", (), self.redraw)
        self.along_box = self.add_list("field", "The field drawn along", (), self.redraw)
        self.up_box = self.add_list(
            "second field", "A second field, drawn upwards: maps in place of lines", (),
            self.redraw,
        )  # fmt: skip
        self.at_box = self.add_list("elsewhere", "The values of the other fields", (), self.redraw)
        self.picture: OutcomeLines | OutcomeMaps | None = None
        self._pictured: tuple[list[str], str] = ([], "")

    def build(self) -> None:
        self.picture = None
        axes = self.sweep.axes if self.sweep else ()
        fields = [(self.label(axis.path), axis.path) for axis in axes]
        refill(self.along_box, fields)
        refill(self.up_box, [("lines", ""), *fields])
        self.along_box.setVisible(len(fields) > 1)
        self.up_box.setVisible(len(fields) > 1)

    def colour(self) -> None:
        if self.picture is not None:
            self.picture.set_theme(self.theme)

    def refresh(self) -> None:
        results = [result for _, result in self.raced]
        keys = [key for key in OUTCOMES if all(key in result.outcomes for result in results)]
        refill(self.outcome_box, [(short(OUTCOMES[key]), key) for key in keys if results])
        self.outcome_box.setVisible(bool(results))
        fields = self._fields()
        self.offer_elsewhere(self.at_box, *fields)
        if not self.raced or not fields:
            self.picture = None
            self.lay_out(None)
            self.say(self.none_done())
            return
        if self.picture is None or self._pictured != (fields, self.outcome):
            # Not with every drawing: an export in another look has it drawn between two paints.
            self.picture, self._pictured = self._picture(fields), (fields, self.outcome)
            self.picture.set_theme(self.theme)
        self.lay_out(self.picture.item)
        here = self._here(fields)
        self.picture.draw({key: self._medians(result) for key, (_, result) in here.items()})
        self.say(self._describe(fields, [result for _, result in here.values()]))

    def _fields(self) -> list[str]:
        """The field drawn along, and the one drawn upwards, if any."""
        chosen = (self.along_box.currentData(), self.up_box.currentData())
        return [field for field in dict.fromkeys(chosen) if field]

    def _picture(self, fields: list[str]) -> OutcomeLines | OutcomeMaps:
        kind = OutcomeMaps if len(fields) > 1 else OutcomeLines
        scales = [self.scale(field, evenly=len(fields) > 1) for field in fields]
        labels = [self.label(field) for field in fields]
        return kind(self.names(), self.colours(), scales, labels, OUTCOMES[self.outcome])

    @property
    def outcome(self) -> str:
        """The key of the outcome that is drawn; empty without races."""
        return self.outcome_box.currentData() or ""

    def _here(self, fields: list[str]) -> dict[tuple[Any, ...], tuple[GridRace, RaceResult]]:
        """The races that are drawn with their results, by their values of these fields."""
        return {
            tuple(race.values[field] for field in fields): (race, result)
            for race, result in self.raced_at(self.at_box, *fields)
        }

    def _medians(self, result: RaceResult) -> list[Interval]:
        """The median of each contestant, with its interval."""
        return [median(values) for values in result.outcomes[self.outcome]]

    def _describe(self, fields: list[str], drawn: list[RaceResult]) -> str:
        assert self.sweep is not None
        over = " and ".join(self.label(field).lower() for field in fields)
        seeds = _of_seeds(
            [result.outcomes[self.outcome].shape[1] for result in drawn], len(fields) == 1
        )
        words = [f"{short(OUTCOMES[self.outcome])} over {over}", f"median of {seeds}"]
        done, races = len(self.raced), len(self.sweep)
        return " · ".join([*words, f"{done} of {races} races"] if done < races else words)

    def race_at(self, place: QPointF) -> GridRace | None:
        found = self._at(place)
        return found[0] if found else None

    def read(self, place: QPointF) -> str:
        found = self._at(place)
        if found is None:
            return ""
        race, result = found
        rows = [
            (contestant_colour(number, self.theme), name, _in_words(middle))
            for name, number, middle in zip(
                self.names(), self.colours(), self._medians(result), strict=True
            )
        ]
        return reading_table(self.point(race.values), [*rows, self.asks()])

    def _at(self, place: QPointF) -> tuple[GridRace, RaceResult] | None:
        if self.picture is None:
            return None
        values = self.picture.at(place)
        if values is None:
            return None
        return self._here(self._fields()).get(values)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """A row for each finished race and contestant, whichever are drawn."""
        paths = [axis.path for axis in self.sweep.axes] if self.sweep else []
        header = [*paths, "contestant", self.outcome, "lower limit", "upper limit"]
        return header, [
            [*(in_words(race.values[path]) for path in paths), name, m.estimate, m.low, m.high]
            for race, result in self.raced
            for name, m in zip(self.names(), self._medians(result), strict=True)
        ]


def _of_seeds(counts: list[int], intervals: bool) -> str:
    """How many seeds medians are of, and where they have the intervals that are drawn."""
    words = of_seeds(counts)
    if not intervals or max(counts) < ENOUGH:
        return words
    return f"{words} with its 95 % interval{f' from {ENOUGH} on' * (min(counts) < ENOUGH)}"


def _in_words(middle: Interval) -> str:
    """A median between its limits, where there are enough seeds for any."""
    limits = f"  [{reading(middle.low)} to {reading(middle.high)}]"
    return reading(middle.estimate) + (limits if middle.high < float("inf") else "")
