"""The views: one file each, drawn from a recording and a snapshot."""

from .fit import FitView
from .heatmaps import HeatmapView
from .loss import LossView
from .shapes import ShapesView
from .view import View

VIEWS: tuple[type[View], ...] = (ShapesView, LossView, HeatmapView, FitView)

__all__ = ["VIEWS", "FitView", "HeatmapView", "LossView", "ShapesView", "View"]
