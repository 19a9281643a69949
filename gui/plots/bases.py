"""pyqtgraph's classes to build on, as a type checker should see them: pyqtgraph has no types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtWidgets import QGraphicsObject, QGraphicsView, QGraphicsWidget

    class _Untyped:
        def __getattr__(self, name: str) -> Any: ...

    class GraphicsObject(QGraphicsObject):
        _exportOpts: Any  # noqa: N815  (its name there); False on a screen

        def getViewBox(self) -> Any: ...

    class GraphicsWidget(QGraphicsWidget):
        def width(self) -> float: ...
        def height(self) -> float: ...

    class AxisItem(_Untyped):
        # Its `style` and `setStyle` are not those of a QGraphicsWidget.
        def __init__(self, *arguments: Any, **options: Any) -> None: ...

        textWidth: float  # noqa: N815  (its name there)

        def setRange(self, mn: float, mx: float) -> None: ...
        def resizeEvent(self, ev: Any = None) -> None: ...
        def boundingRect(self) -> QRectF: ...
        def generateDrawSpecs(self, p: Any) -> Any: ...

    class ViewBox(_Untyped, QGraphicsWidget):
        def __init__(self, **options: Any) -> None: ...
        def mouseClickEvent(self, event: Any) -> None: ...

    class GraphicsLayoutWidget(_Untyped, QGraphicsView): ...

else:
    from pyqtgraph import (
        AxisItem,
        GraphicsLayoutWidget,
        GraphicsObject,
        GraphicsWidget,
        ViewBox,
    )

__all__ = ["AxisItem", "GraphicsLayoutWidget", "GraphicsObject", "GraphicsWidget", "ViewBox"]
