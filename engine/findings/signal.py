"""Does the signal keep its size from layer to layer, on its way forward and back?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..recording import Recording
from ..vanishing import BACK, FORWARD, signal
from .finding import Finding, middle

KEEPS, UNKNOWN = "keeps its size", "cannot be told"


@dataclass(frozen=True)
class Passage:
    """One contestant's signal in one direction at the start, medians over its seeds.

    `slope` is in powers of ten a layer and `error` its standard error, NaN where there are too few
    layers to tell; `flagged` and `bad` are the shares of seeds in which the fit is sure of it.
    """

    slope: float
    error: float
    flagged: float
    bad: float

    @property
    def answer(self) -> str:
        """What it does in at least half of the seeds."""
        if np.isnan(self.slope):
            return UNKNOWN
        if self.flagged < 0.5:
            return KEEPS
        fast = " fast" if self.bad >= 0.5 else ""
        return f"{'fades' if self.slope < 0 else 'grows'}{fast}"

    @property
    def measured(self) -> str:
        """The slope with its error, where there is one."""
        if not np.isfinite(self.slope):
            return ""
        error = f" ± {self.error:.1g}" if np.isfinite(self.error) else ""
        return f" (slope {self.slope:+.2g}{error} powers of ten a layer)".replace("-", "−")

    @property
    def factor(self) -> str:
        """How much it changes a layer, in words."""
        if np.isneginf(self.slope):
            return "to exactly nothing"
        return f"by a factor of {10 ** abs(self.slope):.3g} a layer"


def travels(recording: Recording, contestant: int) -> Finding:
    """What becomes of the signal of a contestant in the hidden layers, before the first step."""
    name = recording.experiment.contestant_names[contestant]
    title = f"Does the signal of {name} keep its size?"
    shows = {"quantity": BACK}
    if len(recording.experiment.network.hidden) < 2 or not len(recording.layers):
        text = "There are too few layers to tell."
        return Finding("signal", title, UNKNOWN, text, {}, "heatmaps", shows)
    back, forward = (_passage(recording, which, contestant) for which in (BACK, FORWARD))
    said = [
        f"Going back, the gradient by the pre-activations {back.answer}{_by(back)}.",
        f"Going forward, the signal in the pre-activations {forward.answer}{_by(forward)}.",
    ]
    if back.answer not in (KEEPS, UNKNOWN) and np.isfinite(back.slope):
        said.append("Mend the initialisation's gain first.")
    numbers = {
        "slope_back": back.slope,
        "slope_back_error": back.error,
        "slope_forward": forward.slope,
        "slope_forward_error": forward.error,
    }
    return Finding("signal", title, back.answer, " ".join(said), numbers, "heatmaps", shows)


def _by(passage: Passage) -> str:
    factor = "" if passage.answer in (KEEPS, UNKNOWN) else f", {passage.factor}"
    return f"{factor}{passage.measured}"


def _passage(recording: Recording, measure: str, contestant: int) -> Passage:
    trend = signal(recording, measure, 0)
    return Passage(
        slope=middle(trend.slope[contestant]),
        error=middle(trend.error[contestant]),
        flagged=float(trend.flagged[contestant].mean()),
        bad=float(trend.bad[contestant].mean()),
    )
