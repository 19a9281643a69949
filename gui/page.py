"""A page: a view with its title and caption in a chosen size, painted alike on every device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintDevice

from .page_painter import PagePainter
from .page_stage import staged
from .theme import Theme

# A page is laid out at the resolution of a screen, whatever it is printed at: text and lines keep
# their size in millimetres, and Qt measures text alike on every device.
PAGE_DPI = 96
INCH = 25.4
_MARGIN = 12


class ExportError(OSError):
    """An image or a table that could not be written, said in one line."""


@dataclass(frozen=True)
class _Line:
    """A line of the heading: its text, its look, and the room it takes when wrapped."""

    text: str
    font: QFont
    colour: str
    place: QRectF


@dataclass(frozen=True)
class Page:
    """A view as it is to appear: `width` × `height` pixels at `dpi` to the inch.

    `view` needs a title, a caption, a theme, `set_theme` and a `plot_widget`.
    Raises ExportError for a size that cannot be.
    """

    view: Any
    width: int
    height: int
    dpi: float
    theme: Theme

    def __post_init__(self) -> None:
        for name, pixels in (("width", self.width), ("height", self.height)):
            if not 32 <= pixels <= 20_000:
                raise ExportError(f"{name} = {pixels}: must be 32 to 20,000 pixels")
        if not 10 <= self.dpi <= 2400:
            raise ExportError(f"dpi = {self.dpi:g}: must be 10 to 2,400 dots an inch")
        if self.width * self.height > 200_000_000:
            size = f"{self.width} × {self.height}"
            raise ExportError(f"size = {size}: must be at most 200 million pixels in all")

    @property
    def scale(self) -> float:
        """Pixels for a unit of the page, which is 1/96 inch."""
        return self.dpi / PAGE_DPI

    @property
    def size(self) -> QSizeF:
        """In units of the page."""
        return QSizeF(self.width, self.height) * (1 / self.scale)

    @property
    def millimetres(self) -> QSizeF:
        return QSizeF(self.width, self.height) * (INCH / self.dpi)

    def paint(self, device: QPaintDevice) -> None:
        """Paint title, caption and plots on a device whose units are those of the page."""
        heading, paper = self._heading(), QRectF(0, 0, self.size.width(), self.size.height())
        top = heading[-1].place.bottom() if heading else 0.0
        plots = QSizeF(paper.width(), max(paper.height() - top, 1.0))
        with staged(self.view, self.theme, plots) as scene:
            painter = PagePainter(device)
            try:
                painter.fillRect(paper, QColor(self.theme.card))
                for line in heading:
                    painter.setFont(line.font)
                    painter.setPen(QColor(line.colour))
                    painter.drawText(line.place, Qt.TextFlag.TextWordWrap, line.text)
                source = QRectF(0, 0, plots.width(), plots.height())
                scene.render(painter, source.translated(0, top), source)
            finally:
                painter.end()

    def _heading(self) -> list[_Line]:
        """The title, and under it the caption, each wrapped to the width of the page."""
        lines, y = [], float(_MARGIN)
        width = max(self.size.width() - 2 * _MARGIN, 1.0)
        for text, colour, pixels in (
            (self.view.title, self.theme.text, 14),
            (self.view.caption, self.theme.muted, 12),
        ):
            if text:
                font = QFont(self.view.font())
                font.setPixelSize(pixels)
                font.setBold(text is self.view.title)
                space = QRectF(_MARGIN, y, width, self.size.height())
                wrapped = QFontMetricsF(font).boundingRect(space, Qt.TextFlag.TextWordWrap, text)
                space.setHeight(wrapped.height() + 3)
                lines.append(_Line(text, font, colour, space))
                y = space.bottom()
        return lines
