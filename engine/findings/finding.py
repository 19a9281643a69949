"""A finding: one question put to a race, its answer, and where the evidence is to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..track import Array


@dataclass(frozen=True)
class Finding:
    """The answer to one question, in a word, in sentences and in numbers.

    `view` is the key of the plot that shows the evidence, and `shows` what is to be chosen there:
    a "quantity", a "contestant" by its place.
    """

    question: str
    title: str
    answer: str
    text: str
    numbers: Mapping[str, Any]
    view: str
    shows: Mapping[str, Any] = field(default_factory=dict)


def middle(values: Array) -> float:
    """The median of what is not NaN, of what may be infinite; NaN of nothing."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
