"""Plots drawn without a window, each as PNG and SVG."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .progress import say

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from .plots import Plot

_WIDTH, _HEIGHT, _DPI = 1920, 1280, 192


def offscreen() -> QApplication:
    """The application that views need, which shows no window."""
    if sys.platform.startswith("linux"):
        # A display that is set may not be there.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    return application


def write_plots(plots: Callable[[], Iterable[Plot]], out: Path) -> None:
    """Draw plots as the window would. They are asked for once they can be made; raises OSError."""
    application = offscreen()
    from .export import render
    from .theme import LIGHT

    for view in plots():
        view.resize(_WIDTH // 2, _HEIGHT // 2)
        view.set_theme(LIGHT)
        for suffix in (".png", ".svg"):
            path = out / f"{view.key}{suffix}"
            say(f"drawing {path.name}")
            render(view, path, _WIDTH, _HEIGHT, _DPI, LIGHT)
        view.deleteLater()
    application.processEvents()
