"""The exhibits' pictures drawn afresh, each from a run of its exhibit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.exhibits import Exhibit, chosen
from engine.race import Race
from engine.sweeps import Sweep

from .headless import run_race
from .headless_plots import offscreen
from .headless_sweep import swept
from .progress import say

if TYPE_CHECKING:
    from .plots import Plot


def pictures(names: Sequence[str]) -> None:
    """Race these exhibits, all without any, and keep a picture of each.

    Raises Refusal for a name there is not, OSError where a race of a sweep has failed or a picture
    cannot be written.
    """
    application = offscreen()
    from .exhibit_pictures import draw_picture

    for exhibit in chosen(names):
        say(f"{exhibit.key}: {exhibit.name}", last=True)
        plot = _of_sweep(exhibit.key, exhibit.sweep) if exhibit.sweep else _of_race(exhibit)
        draw_picture(exhibit.key, plot)
        plot.deleteLater()
        application.processEvents()


def _of_race(exhibit: Exhibit) -> Plot:
    """The plot that the exhibit names, at the end of its race; of a table there is no picture."""
    from .plots import PLOTS, LossView

    race = Race(exhibit.experiment)
    run_race(race, race.experiment.training.steps)
    race.recording.add(race.snapshot().fit)
    view = next((kind for kind in PLOTS if kind.key == exhibit.view), LossView)()
    view.show_experiment(race.experiment)
    view.start(race.recording)
    view.draw(race.recording, None)
    return view


def _of_sweep(key: str, sweep: Sweep) -> Plot:
    """The disparity where the grid is laid out in numbers, else the outcomes."""
    from .plots import DisparityView, OutcomeView

    with swept(key, sweep) as (_, raced):
        view = DisparityView() if sweep.scales else OutcomeView()
        view.show_sweep(sweep, raced)
        return view
