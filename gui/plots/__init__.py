"""The views: one file each, drawn from a recording and a snapshot."""

from .comparisons import ComparisonsView
from .convergence import ConvergenceView
from .coordinates import CoordinatesView
from .disparity import DisparityView
from .fit import FitView
from .heatmaps import HeatmapView
from .loss import LossView
from .multiples import MultiplesView
from .numerics import NumericsView
from .outcome import OutcomeView
from .plot import Plot
from .shapes import ShapesView
from .sweep_plot import SweepPlot
from .units import UnitsView
from .verdict import VerdictView
from .view import View

PLOTS: tuple[type[Plot], ...] = (
    ShapesView, LossView, HeatmapView, NumericsView, UnitsView, FitView, ConvergenceView,
)  # fmt: skip
VIEWS: tuple[type[View], ...] = (VerdictView, *PLOTS, ComparisonsView)
SWEEP_PLOTS: tuple[type[SweepPlot], ...] = (
    DisparityView, OutcomeView, CoordinatesView, MultiplesView,
)  # fmt: skip

__all__ = [
    "PLOTS", "SWEEP_PLOTS", "VIEWS", "ComparisonsView", "ConvergenceView", "CoordinatesView",
    "DisparityView", "FitView", "HeatmapView", "LossView", "MultiplesView", "NumericsView",
    "OutcomeView", "Plot", "ShapesView", "SweepPlot", "UnitsView", "VerdictView", "View",
]  # fmt: skip
