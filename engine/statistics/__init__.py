"""Statistics of small paired samples: tests, intervals, power, and times that may never come.

The tests hold all that `scipy.stats` has as well to its numbers. It does not stand in: its Wilcoxon
test has no interval, and with ties its p can contradict one; its Kaplan–Meier limits are NaN, with
a warning, where all have arrived; its binomial interval counts no ties. Besides, loading it takes
seconds, and the window computes survival at every redraw (README, Decisions).
"""

from .interval import Interval, median, wilson
from .multiplicity import MOST_LOOKS, holm, levels
from .pairs import Comparison, differences, signed_rank, smallest_p, superiority
from .power import smallest_difference, spread
from .survival import Curve, RestrictedMean, survival

__all__ = [
    "MOST_LOOKS",
    "Comparison",
    "Curve",
    "Interval",
    "RestrictedMean",
    "differences",
    "holm",
    "levels",
    "median",
    "signed_rank",
    "smallest_difference",
    "smallest_p",
    "spread",
    "superiority",
    "survival",
    "wilson",
]
