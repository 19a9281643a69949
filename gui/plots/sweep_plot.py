"""What the views of a sweep share: its races as they come in, and a click that asks for one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from engine.outcomes import Outcome
from engine.sweeps import Axis, GridRace, RaceResult, Sweep, sweep_file
from engine.sweeps.disparity import Raced
from engine.sweeps.grid import choices, label
from engine.wording import counted

from .field_scale import FieldScale, point
from .loss import Quantity
from .plot import Plot
from .race_curve import RaceCurve
from .view import refill

Failed = Sequence[tuple[GridRace, str]]
NO_SWEEP = "no sweep yet"


class SweepPlot(Plot):
    """A plot of a sweep's finished races. `race_asked` hands over the one that was clicked on.

    `build` is called for another sweep, `refresh` for each race more. `curves_asked` names a
    quantity and the races whose curves of it are wanted; `show_curves` brings them.
    """

    empty: ClassVar[str] = NO_SWEEP
    hint: ClassVar[str] = "Run the sweep, or open one"
    race_asked = Signal(object)
    curves_asked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sweep: Sweep | None = None
        self.raced: Raced = ()
        self.failed: Failed = ()
        self.racing = False
        self._by_point: dict[frozenset[tuple[str, Any]], tuple[GridRace, RaceResult]] = {}
        self._laid_out: Any = None
        self.plot_widget.sceneObj.sigMouseClicked.connect(self._clicked)

    def show_sweep(
        self, sweep: Sweep | None, raced: Raced, failed: Failed = (), racing: bool = False
    ) -> None:
        """The races of a sweep that are finished, in the order of its grid; or none.

        failed: those that were given up, and why. racing: whether more are on their way.
        """
        another = sweep is not self.sweep
        if raced is not self.raced:
            self._by_point = {frozenset(race.values.items()): (race, r) for race, r in raced}
        self.sweep, self.raced, self.failed, self.racing = sweep, raced, failed, racing
        self._planned = sweep.experiment if sweep else None
        if another:
            self._rebuild()
        elif self.state() != self._drawn:
            self.redraw()

    @property
    def advice(self) -> str:
        """Where nothing is drawn, what to do about it, or why that is so."""
        return "" if self._laid_out is not None else super().advice or self.caption

    def none_done(self) -> str:
        """The caption where no race is drawn."""
        if self.sweep is None or not (self.failed or self.racing):
            return NO_SWEEP
        if not self.failed:
            return f"racing 1 of {len(self.sweep)} …"
        failed, races = len(self.failed), len(self.sweep)
        race, reason = self.failed[0]
        first = f"the first, {self.point(race.values)}: {reason}"
        return f"{failed} of {counted(races, 'race')} failed, none is done; {first}"

    def document(self) -> str:
        return sweep_file.dumps(self.sweep) if self.sweep else ""

    def state(self) -> Hashable:
        return id(self.sweep), len(self.raced), len(self.failed), self.racing and not self.raced

    def show_curves(self, quantity: Quantity, curves: Mapping[str, RaceCurve | None]) -> None:
        """Curves that were asked for, by the keys of their races; None: there is none to be had."""

    def race_at(self, place: QPointF) -> GridRace | None:
        """The race that is drawn at a place of the scene."""
        raise NotImplementedError

    def label(self, path: str) -> str:
        """A field of the grid, as people read it."""
        assert self.sweep is not None
        return label(self.sweep.experiment, path)

    def axis(self, path: str) -> Axis:
        assert self.sweep is not None
        return next(axis for axis in self.sweep.axes if axis.path == path)

    def scale(self, path: str, evenly: bool = False) -> FieldScale:
        """Where a field's values stand, and what they are called."""
        assert self.sweep is not None
        return FieldScale(self.axis(path), choices(self.sweep.experiment, path), evenly)

    def point(self, values: Mapping[str, Any]) -> str:
        """A point of the grid, as people read it."""
        assert self.sweep is not None
        return point(self.sweep.experiment, values)

    def asks(self) -> tuple[str, str, str]:
        """The last row of a reading."""
        return self.theme.card, "a click opens this race", ""

    def result_at(self, values: Mapping[str, Any]) -> tuple[GridRace, RaceResult] | None:
        """The finished race at a point of the grid."""
        return self._by_point.get(frozenset(values.items()))

    def offer_elsewhere(self, box: QComboBox, *along: str) -> None:
        """Offer the combinations of the values of all fields but those drawn along."""
        points: dict[str, str] = {}
        for race, _ in self.raced:
            at = elsewhere(race.values, *along)
            points.setdefault(repr(at), self.point(at))
        refill(box, [(words, at) for at, words in points.items()])
        box.setVisible(len(points) > 1)

    def raced_at(self, box: QComboBox, *along: str) -> list[tuple[GridRace, RaceResult]]:
        """The finished races at the combination that is chosen in a box of `offer_elsewhere`."""
        at = box.currentData()
        return [found for found in self.raced if repr(elsewhere(found[0].values, *along)) == at]

    def lay_out(self, picture: Any) -> None:
        """Have a picture fill the canvas; None for nothing."""
        if picture is not self._laid_out:
            self._laid_out = picture
            self.plot_widget.clear()
            if picture is not None:
                self.plot_widget.addItem(picture, 0, 0)

    def _clicked(self, event: Any) -> None:
        race = self.race_at(event.scenePos())
        if race is not None and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.race_asked.emit(race)


def elsewhere(values: Mapping[str, Any], *along: str) -> dict[str, Any]:
    """A point of the grid without the fields drawn along."""
    return {path: value for path, value in values.items() if path not in along}


def of_seeds(counts: Sequence[int]) -> str:
    """How many seeds races have: "16 seeds", "2 to 8 seeds"."""
    fewest, most = min(counts), max(counts)
    many = counted(most, "seed")
    return many if fewest == most else f"{fewest:,} to {many}"


def short(outcome: Outcome) -> str:
    """What an outcome is, where nobody asks of when."""
    return outcome.label.removesuffix(" at the end")
