"""The exhibits' pictures: what the main plot of each showed at the end, small, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter

from engine.exhibits import FOLDER
from engine.files import whole_file

from .page_stage import staged
from .theme import THEMES, Theme

if TYPE_CHECKING:
    from .plots import Plot

PICTURES = FOLDER / "pictures"
WIDTH, HEIGHT = 320, 200  # on the screen
SHARP = 1.5  # pixels of a picture for one of the screen
_COLOURS = 256
_SHRUNK = 0.8  # a plot is laid out in more room than it is shown in


def picture_of(key: str, theme: Theme) -> Path:
    """Where the picture of the exhibit called `key` is."""
    return PICTURES / f"{key}-{theme.name}.png"


def draw_picture(key: str, plot: Plot) -> None:
    """Keep what a plot shows as the picture of an exhibit. Raises OSError."""
    PICTURES.mkdir(exist_ok=True)
    for theme in THEMES.values():
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        _image(plot, theme).save(buffer, "PNG")  # type: ignore[call-overload]
        with whole_file(picture_of(key, theme)) as file:
            file.write(bytes(buffer.data().data()))


def _image(plot: Plot, theme: Theme) -> QImage:
    image = QImage(round(WIDTH * SHARP), round(HEIGHT * SHARP), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.card))
    room = QSizeF(WIDTH / _SHRUNK, HEIGHT / _SHRUNK)
    with staged(plot, theme, room) as scene:
        painter = QPainter(image)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
        )
        scene.render(painter, QRectF(image.rect()), QRectF(0, 0, room.width(), room.height()))
        painter.end()
    return image.convertToFormat(QImage.Format.Format_Indexed8, _palette(image))


def _palette(image: QImage) -> list[int]:
    """The commonest colours of an image, as many as a small file has."""
    pixels = np.frombuffer(image.constBits(), np.uint32)
    colours, counts = np.unique(pixels, return_counts=True)
    commonest: list[int] = colours[np.argsort(-counts, kind="stable")[:_COLOURS]].tolist()
    return commonest
