"""The chooser of a layer: one of them, or all together."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox


class LayerBox(QSpinBox):
    """Its value is the layer's number, 0 where all are meant."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpecialValueText("all layers")
        self.setPrefix("layer ")

    def offer(self, layers: int) -> None:
        """So many layers can be chosen among. Says nothing."""
        self.blockSignals(True)
        self.setRange(0, layers)
        self.blockSignals(False)
