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


def percent(share: float) -> str:
    """A share in words, with a digit behind the point only where it says something."""
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentence(text: str) -> str:
    """With a large letter at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}."


def middle(values: Array) -> float:
    """The median of what is not NaN, of what may be infinite; NaN of nothing."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
