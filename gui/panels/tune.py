"""The button that has each contestant's learning rate tuned, or stops that."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from ..tuner import Tuner

KEY = "Ctrl+L"
TIP = "Try a grid of learning rates on other seeds and validation data, and take each one's best"
_TUNE = "Tune rates", f"{TIP} ({KEY})"
_STOP = "Stop tuning", f"Stop looking for learning rates; all stays as it is ({KEY})"


class TuneButton(QPushButton):
    """One click begins, another stops."""

    def __init__(self, tuner: Tuner) -> None:
        super().__init__()
        self._tuner = tuner
        self.clicked.connect(self.turn)
        tuner.changed.connect(self._follow)
        # The button keeps its place as its words change.
        self.setText(_STOP[0])
        self.setMinimumWidth(self.sizeHint().width())
        self._follow()

    def turn(self) -> None:
        """Begin, or stop."""
        if self._tuner.at_work:
            self._tuner.stop()
        else:
            self._tuner.begin()

    def _follow(self) -> None:
        text, tip = _STOP if self._tuner.at_work else _TUNE
        self.setText(text)
        self.setToolTip(tip)
