"""The exhibits' pictures drawn afresh, each from a run of its exhibit."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.exhibits import Exhibit, chosen
from engine.race import Race
from engine.sweeps import Execution, Sweep, SweepFolder, local_cluster

from .headless import run_race
from .headless_plots import offscreen
from .headless_sweep import run_sweep
from .progress import say

if TYPE_CHECKING:
    from .plots import Plot


def pictures(names: Sequence[str]) -> None:
    """Race these exhibits, all without any, and keep a picture of each.

    Raises Refusal for a name there is not, OSError where a picture cannot be written.
    """
    application = offscreen()
    from .exhibit_pictures import draw_picture

    for exhibit in chosen(names):
        say(f"{exhibit.key}: {exhibit.name}", last=True)
        plot = _of_sweep(exhibit.sweep) if exhibit.sweep else _of_race(exhibit)
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


def _of_sweep(sweep: Sweep) -> Plot:
    """The disparity where the grid is laid out in numbers, else the outcomes."""
    from .plots import DisparityView, OutcomeView

    with tempfile.TemporaryDirectory(prefix="activation-lab-") as name:
        folder = SweepFolder(Path(name))
        run_sweep(Execution(sweep, folder), local_cluster())
        found = [(race, folder.result(race)) for race in sweep.races()]
    numeric = any(axis.numeric and len(axis.values) > 1 for axis in sweep.axes)
    view = DisparityView() if numeric else OutcomeView()
    view.show_sweep(sweep, [(race, result) for race, result in found if result is not None])
    return view
