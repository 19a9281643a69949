"""What the networks have learnt: a curve, a map, hits and misses, whatever the task allows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.fit import MAX_SEEDS, Fit

from .fit_confusion import ConfusionPicture
from .fit_curve import CurvePicture
from .fit_plane import PlanePicture
from .fit_scatter import ScatterPicture
from .picture import Picture
from .plot import Plot
from .view import NO_RACE, refill

NOT_YET = "no answers of the networks yet"

PICTURES: dict[str, type[Picture]] = {
    "curve": CurvePicture,
    "plane": PlanePicture,
    "confusion": ConfusionPicture,
    "scatter": ScatterPicture,
}


class FitView(Plot):
    """The newest answers, in the picture that suits the task."""

    key = "fit"
    title = "Fit"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seed_box = self.add_list(
            "seeds", "All seeds together, or one seed", [("all seeds", None)], self.redraw
        )
        self.picture: Picture | None = None

    def build(self) -> None:
        self.plot_widget.clear()
        self.picture = None
        if self.recording is None:
            return
        view, population = self.recording.view, self.shown.experiment.population
        kept = population.seed_numbers[population.histogram_seed - 1]
        self.picture = PICTURES[view.kind](
            self.names(), self.colours(), view, self.recording.facts.kind, kept
        )
        self.plot_widget.addItem(self.picture.item, 0, 0)
        numbers = population.seed_numbers[:MAX_SEEDS]
        seeds = [(f"seed {number}", place) for place, number in enumerate(numbers)]
        refill(self.seed_box, [("all seeds", None), *seeds])
        self.seed_box.setEnabled(len(seeds) > 1 and self.picture.has_all_seeds)

    def colour(self) -> None:
        if self.picture is not None:
            self.picture.set_theme(self.theme)

    def state(self) -> Hashable:
        return id(self.picture), self._fit and self._fit.step

    def refresh(self) -> None:
        if self.recording is None:
            self.say(NO_RACE)
            return
        if self.picture is None or self._fit is None:
            self.say(NOT_YET)
            return
        seed = self.seed_box.currentData()
        self.picture.draw(self._fit, seed)
        said = self.picture.describe(self._seeds(), many=seed is None and self._known > 1)
        # First: it may be older than the curves, and a narrow card shortens what comes last.
        self.say(f"at step {self._fit.step:,} · {said}")

    @property
    def _known(self) -> int:
        """Seeds of which a fit tells."""
        return min(MAX_SEEDS, self.shown.experiment.population.seeds)

    @property
    def _fit(self) -> Fit | None:
        return self.recording.fit if self.recording is not None else None

    def _seeds(self) -> str:
        """The seeds drawn, in words."""
        seeds = self.shown.experiment.population.seeds
        if self.seed_box.currentData() is not None:
            return self.seed_box.currentText()
        if seeds == 1:
            return "one seed"
        return f"{seeds} seeds" if seeds == self._known else f"first {self._known} of {seeds} seeds"

    def read(self, place: QPointF) -> str:
        return self.picture.read(place) if self.picture and self._fit else ""

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """What the picture shows, as its picture says."""
        return self.picture.table() if self.picture and self._fit else (["no race yet"], [])
