"""Is rounding a danger at this precision: does it stop a gradient, drown it, or lose updates?"""

from __future__ import annotations

import math
from collections import Counter

from ..obstacles import OBSTACLES, LayerNoise, layer_noise
from ..precision import FORMATS
from ..recording import Recording
from ..rounding import REMEDIES
from ..wording import listed, percent
from .finding import Finding

NOT_MEASURED, NONE = "not measured", "none"
HARDLY = 0.001  # of updates that are lost
_VIEW = {
    "underflow": "underflow_share",
    "noise": "gradient_noise",
    "absorption": "lost_update_share",
    "slowed": "lost_update_share",
}
_WORDS = {
    "underflow": "gradients become exactly zero",
    "noise": "rounding noise outweighs the gradient",
    "absorption": "almost all updates are lost when they are added to the weights",
    "slowed": "many updates are lost when they are added to the weights",
}
_ADVICE = {
    "underflow": "Scale the loss; no activation mends this.",
    "noise": "Take a wider format; no activation mends this.",
    "absorption": "Keep float32 master weights, round stochastically, or sum as Kahan does; "
    "no activation mends this.",
    "slowed": "Float32 master weights, stochastic rounding or Kahan's summation would keep them.",
}


def rounds(recording: Recording) -> Finding:
    """Where rounding stands in the way, by the float64 twin's readings."""
    precision = recording.experiment.network.precision
    title = f"Is rounding a danger in {precision}?"
    found = [layer for layer in layer_noise(recording) if layer.readings]
    if not found:
        text = f"It was not measured: {_why(precision)}."
        return Finding("rounding", title, NOT_MEASURED, text, {}, "numerics")
    stopped = [layer for layer in found if layer.obstacle]
    worst = _worst(stopped)
    noise, lost = (_largest(found, name) for name in ("gradient_noise", "lost_update_share"))
    numbers = {
        "largest_gradient_noise": noise,
        "largest_lost_update_share": lost,
        "layers_stopped": len(stopped),
        "layers": len(found),
    }
    shows = {"quantity": _VIEW.get(worst, "gradient_noise")}
    size = f"the gradient's relative error is at most {noise:.1g} in any layer"
    if lost < HARDLY:
        size += ", and hardly an update is lost"
    elif math.isfinite(lost):
        size += f", and up to {percent(lost)} of a layer's updates are lost"
        size += _in_the_mean(recording)
    if not stopped:
        text = f"No: {size}."
        return Finding("rounding", title, NONE, text, numbers, "numerics", shows)
    where = _where(recording, [layer for layer in stopped if layer.obstacle == worst])
    text = f"Yes: {_WORDS[worst]} in {where}; {size}. {_advice(worst, precision)}"
    return Finding("rounding", title, OBSTACLES[worst], text, numbers, "numerics", shows)


def _largest(found: list[LayerNoise], measure: str) -> float:
    """The largest median of any layer; NaN where none was measured."""
    known = [layer.medians[measure] for layer in found if not math.isnan(layer.medians[measure])]
    return max(known, default=math.nan)


def _why(precision: str) -> str:
    if precision == "float64":
        return "in float64 there is nothing finer to compare with"
    return "no reading was taken of a lane that runs"


def _in_the_mean(recording: Recording) -> str:
    """Lost updates that are made up for in the mean are none to worry about."""
    return ", nothing in the mean" if REMEDIES[recording.experiment.network.remedy].unbiased else ""


def _advice(worst: str, precision: str) -> str:
    """What mends it; the remedies of narrow formats are for these alone."""
    if FORMATS[precision].emulated:
        return _ADVICE[worst]
    return "Take float64; no activation mends this."


def _worst(stopped: list[LayerNoise]) -> str:
    """The first obstacle on a gradient's way that any layer meets."""
    met = {layer.obstacle for layer in stopped}
    return next((obstacle for obstacle in OBSTACLES if obstacle in met), "")


def _where(recording: Recording, stopped: list[LayerNoise]) -> str:
    """How many layers of which contestants."""
    names = recording.experiment.contestant_names
    layers = len(recording.facts.layer_units)
    counts = Counter(layer.contestant for layer in stopped)
    if len(counts) == len(names) and all(count == layers for count in counts.values()):
        return "every layer of every contestant"
    return listed([f"{count} of {layers} layers of {names[c]}" for c, count in counts.items()])
