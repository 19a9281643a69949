"""Does training the shape pay: a trained contestant against the same function held fixed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..comparisons import Compared, side_comparisons
from ..contestant import Contestant
from ..cost import Cost
from ..experiment import Experiment
from ..novelty import novelty
from ..recording import Recording
from ..track import Array
from ..wording import listed
from .bending import weights_take_over
from .finding import Finding
from .worth import Question, leaks_at_start, trains, worth_of

TRAINING = Question("training", "Does training the shape help?", trains, "shapes")
# What is said where no fixed twin races, so that the two cannot be told apart.
TOGETHER = Question(
    "shape_and_training", "Do another shape and its training together help?", trains, "shapes"
)

_MOST_LAYERS = 4  # that are listed one by one
_PROBE = np.linspace(-8.0, 8.0, 129)  # where two functions are told apart


def trainings(
    recording: Recording, primary: Sequence[Compared], costs: Sequence[Cost]
) -> Iterator[Finding]:
    """What training is worth where a fixed twin races, and a shape with its training where not.

    Against a twin that is the reference a comparison is primary; all others are a family of their
    own, and exploratory.
    """
    experiment = recording.experiment
    if not experiment.network.hidden:
        return
    reference = experiment.reference
    places = [place for place, c in enumerate(experiment.contestants) if trains(c)]
    twins = {own: fixed_twin(experiment, own) for own in places}
    against = {own: reference if twin is None else twin for own, twin in twins.items()}
    pairs = [(own, other) for own, other in against.items() if other != reference]
    compared = [*side_comparisons(recording, pairs, costs), *primary]
    found = {
        own: [c for c in compared if (c.contestant, c.reference) == (own, other)]
        for own, other in against.items()
    }
    # Beside another trained shape nothing is learnt of training.
    plain = not trains(experiment.contestants[reference])
    alone = {own: found[own] for own in places if twins[own] is not None}
    together = {own: found[own] for own in places if twins[own] is None and plain}
    for question, asked in ((TRAINING, alone), (TOGETHER, together)):
        if asked:
            remarks = {own: _remarks(recording, own, twins[own]) for own in asked}
            yield worth_of(recording, question, asked, remarks)


def fixed_twin(experiment: Experiment, place: int) -> int | None:
    """The contestant that starts as the same function and trains no shape; None if none races.

    Its rate may be its own, as tuning leaves it; one of the same rate goes before.
    """
    own = experiment.contestants[place]
    twins = [
        other
        for other, contestant in enumerate(experiment.contestants)
        if not trains(contestant) and _starts_as(contestant, own)
    ]
    rates = {other: experiment.contestants[other].learning_rate for other in twins}
    return min(twins, key=lambda other: rates[other] != own.learning_rate, default=None)


def _starts_as(contestant: Contestant, own: Contestant) -> bool:
    """Whether both are one function and draw the same weights, which both train or neither."""
    if contestant.record.stochastic or own.record.stochastic:
        return False
    starts = [(c.initializer, c.gain, c.learning_rate == 0) for c in (contestant, own)]
    one, other = (c.record.value(_PROBE, **c.parameters) for c in (contestant, own))
    return starts[0] == starts[1] and np.allclose(one, other, rtol=1e-9, atol=1e-12)


def _remarks(recording: Recording, place: int, twin: int | None) -> list[str]:
    return [*_together(recording, place, twin), *_learnt(recording, place)]


def _together(recording: Recording, place: int, twin: int | None) -> Iterator[str]:
    """That nothing is known of training alone, where no fixed twin has raced."""
    contestant = recording.experiment.contestants[place]
    if twin is not None:
        return
    what = "leaking" if leaks_at_start(contestant) else "another shape"
    start = listed([
        f"{parameter.label.lower()} {contestant.parameters[parameter.name]:.3g}"
        for parameter in contestant.record.parameters
    ])  # fmt: skip
    yield (
        f"That is {what} and training it together: its fixed twin ({start}) did not race, and "
        "what training alone is worth is open."
    )


def _learnt(recording: Recording, place: int) -> Iterator[str]:
    """What became of the trained parameters, in the middle of the seeds, layer by layer."""
    contestant = recording.experiment.contestants[place]
    for parameter in contestant.record.parameters:
        channel = f"parameter.{place}.{parameter.name}"
        if channel not in recording.layers.names or not len(recording.layers):
            continue
        values = recording.layers.values(channel)[-1]  # (seeds, layers)
        values = values[np.isfinite(values).all(axis=1)]
        if not values.size:
            continue
        start, label = contestant.parameters[parameter.name], parameter.label.lower()
        yield f"Its {label} went from {start:.2g} to {_by_layer(values)}."
        if _redundant(recording, contestant, parameter.name):
            yield f"To the weights, its {label} adds no new function: it is a step size."
            yield from weights_take_over(recording, place)


def _redundant(recording: Recording, contestant: Contestant, parameter: str) -> bool:
    """Whether weights and biases can do all that this trained parameter can."""
    network, mode = recording.experiment.network, contestant.trained[parameter]
    return any(
        found.redundant
        for found in novelty(contestant, len(network.hidden), network.residual)
        if (found.parameter, found.mode) == (parameter, mode)
    )


def _by_layer(values: Array) -> str:
    """Medians over the seeds of (seeds, layers), in words."""
    middles = [f"{value:.2g}" for value in np.median(values, axis=0)]
    low, high = min(middles, key=float), max(middles, key=float)
    if low == high:
        return f"{low} in every layer" if len(middles) > 1 else low
    if len(middles) > _MOST_LAYERS:
        return f"between {low} and {high}, by layer"
    return f"{listed(middles)} in layers {listed([str(n + 1) for n in range(len(middles))])}"
