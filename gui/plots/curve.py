"""A line through points."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF


class Curve(pg.PlotCurveItem):  # type: ignore[misc]
    """It may fill all that its view shows: finding its bounds took a tenth of drawing it."""

    def boundingRect(self) -> QRectF:
        view: Any = self.getViewBox()
        return QRectF() if view is None else view.viewRect()
