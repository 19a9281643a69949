"""The exhibits' pictures drawn afresh, each from a run of its exhibit."""

from __future__ import annotations

from collections.abc import Sequence

from engine.exhibits import exhibits
from engine.race import Race
from engine.recording import Recording
from engine.settings import Refusal
from engine.verdict import verdict

from .headless import run_race
from .headless_plots import offscreen
from .progress import say


def pictures(names: Sequence[str]) -> None:
    """Race these exhibits, all without any, and keep a picture of each.

    Raises Refusal for a name there is not, OSError where a picture cannot be written.
    """
    for name in names:
        if name not in exhibits():
            raise Refusal("exhibit", name, f"must be one of {', '.join(exhibits())}")
    for key in names or exhibits():
        say(f"{key}: {exhibits()[key].name}", last=True)
        race = Race(exhibits()[key].experiment)
        run_race(race, race.experiment.training.steps)
        draw(key, race.recording)


def draw(key: str, recording: Recording) -> None:
    """The picture of an exhibit: the plot on which its verdict's first answer rests."""
    offscreen()
    from .exhibit_pictures import draw_picture
    from .plots import PLOTS, LossView

    shown = verdict(recording).findings[0].view
    view = next((kind for kind in PLOTS if kind.key == shown), LossView)()
    view.show_experiment(recording.experiment)
    view.start(recording)
    view.draw(recording, None)
    draw_picture(key, view)
    view.deleteLater()
