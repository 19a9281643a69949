"""The views: one file each, drawn from a recording and a snapshot."""

from .comparisons import ComparisonsView
from .convergence import ConvergenceView
from .fit import FitView
from .heatmaps import HeatmapView
from .loss import LossView
from .numerics import NumericsView
from .plot import Plot
from .shapes import ShapesView
from .units import UnitsView
from .verdict import VerdictView
from .view import View

PLOTS: tuple[type[Plot], ...] = (
    ShapesView, LossView, HeatmapView, NumericsView, UnitsView, FitView, ConvergenceView,
)  # fmt: skip
VIEWS: tuple[type[View], ...] = (VerdictView, *PLOTS, ComparisonsView)

__all__ = [
    "PLOTS", "VIEWS", "ComparisonsView", "ConvergenceView", "FitView", "HeatmapView", "LossView",
    "NumericsView", "Plot", "ShapesView", "UnitsView", "VerdictView", "View",
]  # fmt: skip
