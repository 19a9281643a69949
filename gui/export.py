"""Views as files: one renderer for PNG, SVG, PDF and the clipboard, and a view's table as text."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPageSize, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from engine.comparison_table import as_csv, as_markdown
from engine.files import whole_file
from engine.network import no_look

from .documents import Paper, in_words
from .errand import Look
from .page import INCH, PAGE_DPI, ExportError, Page
from .theme import Theme

# Where an image keeps its experiment: a PNG's text chunk, an SVG's metadata, a PDF's attachment.
EXPERIMENT_KEY = "experiment.toml"
_SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def render(
    view: Any,
    path: str | os.PathLike[str],
    width: int,
    height: int,
    dpi: float,
    theme: Theme,
) -> None:
    """Write a view as .png, .svg or .pdf, `width` × `height` pixels at `dpi` to the inch.

    The image shows what the screen shows, in `theme`, and carries its experiment.
    Raises ExportError, saying in one line what is wrong, and leaves nothing half written.
    """
    write(page_paper(Page(view, width, height, dpi, theme), path))


def page_paper(page: Page, path: str | os.PathLike[str]) -> Paper:
    """The page as it looks now, in the format that the ending of `path` names.

    It is painted at once, as Qt asks for, in the window's thread; it can be written in any. Raises
    ExportError.
    """
    path = _place(path, FORMATS)
    return _paper(path, FORMATS[path.suffix.lower()](page))


def table_paper(view: Any, path: str | os.PathLike[str]) -> Paper:
    """What the view shows now, as the table that the ending of `path` names. Raises ExportError."""
    path = _place(path, TABLES)
    return _paper(path, TABLES[path.suffix.lower()](view).encode)


def write(paper: Paper) -> None:
    """Write a paper here and now. Raises ExportError."""
    try:
        paper.write(no_look)
    except OSError as error:
        raise ExportError(in_words(error, paper.path)) from None


def copy_to_clipboard(view: Any, theme: Theme) -> None:
    """Put the view on the clipboard in the size it has on the screen, twice as sharp."""
    size = view.plot_widget.size()
    copy_page(Page(view, 2 * size.width(), 2 * size.height(), 2 * PAGE_DPI, theme))


def copy_page(page: Page) -> None:
    """Put the page on the clipboard as an image. Raises ExportError."""
    QGuiApplication.clipboard().setImage(image_of(page))


def copy_table(view: Any, suffix: str) -> None:
    """Put what the view shows on the clipboard, as the text of a file that ends so."""
    QGuiApplication.clipboard().setText(TABLES[suffix](view))


def image_of(page: Page) -> QImage:
    """The page as an image with its true resolution, and the experiment's TOML as a text."""
    image = QImage(page.width, page.height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise ExportError(f"{page.width} × {page.height} pixels: too large for this machine")
    _stamp(image, PAGE_DPI)
    image.setDevicePixelRatio(page.scale)
    page.paint(image)
    image.setDevicePixelRatio(1)
    _stamp(image, page.dpi)
    image.setText(EXPERIMENT_KEY, page.view.document())
    return image


def _stamp(image: QImage, dpi: float) -> None:
    for set_resolution in (image.setDotsPerMeterX, image.setDotsPerMeterY):
        set_resolution(round(dpi * 1000 / INCH))


def _png(page: Page) -> Callable[[], bytes]:
    return partial(_encoded, image_of(page))


def _encoded(image: QImage) -> bytes:
    buffer = _buffer()
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("the image could not be encoded as PNG")
    return bytes(buffer.data().data())


def _svg(page: Page) -> Callable[[], bytes]:
    buffer, size = _buffer(), page.size
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(PAGE_DPI)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(page.view.title)
    generator.setDescription(page.view.caption)
    page.paint(generator)
    root = ElementTree.fromstring(buffer.data().data())
    for group in root.findall(f"./{{{_SVG}}}g"):
        for empty in [child for child in group if len(child) == 0]:
            group.remove(empty)
    # The generator knows only whole pixels.
    root.set("width", f"{page.millimetres.width():.4f}mm")
    root.set("height", f"{page.millimetres.height():.4f}mm")
    metadata = ElementTree.Element(f"{{{_SVG}}}metadata", {"id": EXPERIMENT_KEY})
    metadata.text = page.view.document()
    root.insert(2, metadata)
    return partial(ElementTree.tostring, root, encoding="utf-8", xml_declaration=True)


def _pdf(page: Page) -> Callable[[], bytes]:
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setResolution(PAGE_DPI)
    writer.setPageSize(
        QPageSize(
            page.millimetres, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch
        )
    )
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(page.view.title)
    writer.setCreator("Activation Lab")
    text = page.view.document().encode()
    writer.addFileAttachment(EXPERIMENT_KEY, text, "application/toml")
    page.paint(writer)
    data = bytes(buffer.data().data())
    return lambda: data


# Each paints a page; what it hands back makes a file's bytes of that, in whatever thread.
FORMATS: dict[str, Callable[[Page], Callable[[], bytes]]] = {
    ".png": _png,
    ".svg": _svg,
    ".pdf": _pdf,
}
TABLES: dict[str, Callable[[Any], str]] = {
    ".csv": lambda view: as_csv(*view.table()),
    ".md": lambda view: as_markdown(*view.in_words()),
}


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _place(path: str | os.PathLike[str], endings: Collection[str]) -> Path:
    """Say what is wrong with a path before any work is done for it."""
    path = Path(path)
    if path.suffix.lower() not in endings:
        raise ExportError(f"{path.name}: must end in {', '.join(endings)}")
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise ExportError(f"{path}: is a folder")
    return path


def _paper(path: Path, as_bytes: Callable[[], bytes]) -> Paper:
    def write_whole(look: Look) -> None:
        data = as_bytes()
        look()
        with whole_file(path) as file:
            file.write(data)

    return Paper(path, write_whole)
