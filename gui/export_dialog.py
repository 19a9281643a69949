"""The small window beside a card that saves what it shows: format, size, look and where to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .clerk import Clerk
from .documents import in_words
from .export import FORMATS, TABLES, copy_page, copy_table, page_paper, table_paper
from .page import INCH, ExportError, Page
from .theme import DARK, LIGHT, Theme

_FORMAT_LABELS = {
    ".png": "PNG image",
    ".svg": "SVG drawing",
    ".pdf": "PDF page",
    ".csv": "CSV table of the data",
    ".md": "Markdown table",
}
_LOOKS = (LIGHT, DARK)
_SIZE_HELP = {"Width": "How wide the image is", "Height": "How high the image is"}


class ExportDialog(QDialog):
    """Has the clerk save one view, or copies it; the window behind it stays usable.

    Errors are shown in it.
    """

    # Where the last file went.
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
    if not folder.is_dir():
        folder = Path.home()

    def __init__(self, view: Any, clerk: Clerk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._clerk = view, clerk
        self._saving: Path | None = None
        self._formats: tuple[str, ...] = view.formats
        self.setWindowTitle(f"Save {view.title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make_editors()
        self._arrange()
        self._show_size()
        clerk.saved.connect(self._show_saved)
        clerk.not_saved.connect(self._show_not_saved)

    def page(self) -> Page:
        """The page that the editors describe. Raises ExportError for a size that cannot be."""
        return Page(self._view, *self._pixels(), self.dpi.value(), self.theme())

    def theme(self) -> Theme:
        return _LOOKS[self.look.currentIndex()]

    def save(self) -> None:
        """Have the file written as the view looks now; say where it is, or what was wrong."""
        path = Path(self.path.text().strip()).expanduser()
        try:
            if path.suffix.lower() not in self._formats:
                raise ExportError(f"{path.name}: must end in {', '.join(self._formats)}")
            is_table = path.suffix.lower() in TABLES
            paper = table_paper(self._view, path) if is_table else page_paper(self.page(), path)
        except ExportError as error:
            self._say(str(error), refused=True)
            return
        self._saving = path
        self._say(f"Saving {path} …")
        self._clerk.write(paper)

    def _show_saved(self, path: Path) -> None:
        if path == self._saving:
            ExportDialog.folder = path.parent
            self._say(f"Saved {path}")

    def _show_not_saved(self, path: Path, error: Exception) -> None:
        if path == self._saving:
            self._say(in_words(error, path), refused=True)

    def copy(self) -> None:
        """Put the image, or the table as text, on the clipboard."""
        try:
            if self._suffix() in TABLES:
                copy_table(self._view, self._suffix())
            else:
                copy_page(self.page())
        except ExportError as error:
            self._say(str(error), refused=True)
        else:
            self._say("Copied: paste it into a document or a message")

    def _make_editors(self) -> None:
        self.format = _chooser(
            "Format", "What kind of file to write", [_FORMAT_LABELS[end] for end in self._formats]
        )
        self.unit = _chooser("Unit", "The unit of width and height", ("px", "mm"))
        self.look = _chooser("Look", "White for paper, dark for the screen", ("white", "dark"))
        self.look.setCurrentIndex(_LOOKS.index(self._view.theme))
        shown = self._view.body.size()
        self.image_width = _number("Width", 1, 20_000, max(2 * shown.width(), 1200))
        self.image_height = _number("Height", 1, 20_000, max(2 * shown.height(), 800))
        self.dpi = _number("Resolution", 10, 2400, 192)
        self.dpi.setSuffix(" dpi")
        self.dpi.setToolTip(
            "Dots to the inch: 96 as on a screen, 300 for print. More dots in the same width in px "
            "make text and lines larger in the image"
        )
        self.path = QLineEdit(str(self.folder / f"{self._view.key}{self._formats[0]}"))
        endings = ", ".join(self._formats)
        _name(self.path, "File", f"Where to write; the ending is the format: {endings}")
        self.size_text, self.message = QLabel(), QLabel()
        self.size_text.setProperty("role", "caption")
        for label in (self.size_text, self.message):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.size_text.setAccessibleName("Size of the image")
        self.message.setAccessibleName("Message")
        self.format.currentIndexChanged.connect(self._format_chosen)
        self.unit.currentIndexChanged.connect(self._unit_chosen)
        self.path.textEdited.connect(self._path_typed)
        for editor in (self.image_width, self.image_height, self.dpi):
            editor.valueChanged.connect(self._show_size)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow("Format", self.format)
        form.addRow("Look", self.look)
        form.addRow("Size", _row(self.image_width, QLabel("×"), self.image_height, self.unit))
        form.addRow("Resolution", self.dpi)
        form.addRow(
            "File", _row(self.path, self._button("Choose…", "Choose where to write", self._browse))
        )
        if not set(self._formats) & set(FORMATS):
            for row in range(1, 4):
                form.setRowVisible(row, False)
        save = self._button("Save", "Write the file (Enter)", self.save)
        save.setDefault(True)
        copy = self._button("Copy", "Put it on the clipboard (Ctrl+Shift+C)", self.copy)
        copy.setShortcut("Ctrl+Shift+C")
        close = self._button("Close", "Close this window (Esc)", self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.size_text)
        layout.addWidget(self.message)
        layout.addLayout(_row(copy, None, close, save))
        self.setMinimumWidth(440)

    def _button(self, text: str, help_text: str, act: Any) -> QPushButton:
        button = QPushButton(text)
        _name(button, text.rstrip("…"), help_text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: act())
        return button

    def _suffix(self) -> str:
        return self._formats[self.format.currentIndex()]

    def _pixels(self) -> tuple[int, int]:
        scale = self.dpi.value() / INCH if self.unit.currentText() == "mm" else 1.0
        return round(self.image_width.value() * scale), round(self.image_height.value() * scale)

    def _format_chosen(self) -> None:
        self.path.setText(str(Path(self.path.text() or self._view.key).with_suffix(self._suffix())))
        self._show_size()

    def _path_typed(self, text: str) -> None:
        suffix = Path(text).suffix.lower()
        if suffix in self._formats:
            self.format.blockSignals(True)
            self.format.setCurrentIndex(self._formats.index(suffix))
            self.format.blockSignals(False)
            self._show_size()

    def _unit_chosen(self) -> None:
        """Show the same size in the other unit."""
        in_mm = self.unit.currentText() == "mm"
        factor = INCH / self.dpi.value() if in_mm else self.dpi.value() / INCH
        for editor in (self.image_width, self.image_height):
            value = editor.value() * factor
            editor.setDecimals(1 if in_mm else 0)
            editor.setValue(value)
        self._show_size()

    def _show_size(self) -> None:
        is_image = self._suffix() in FORMATS
        for editor in (self.image_width, self.image_height, self.unit, self.dpi, self.look):
            editor.setEnabled(is_image)
        self._say("")
        try:
            page = self.page()
        except ExportError as error:
            self._say(str(error), refused=True)
            return
        paper = page.millimetres
        self.size_text.setText(
            f"{paper.width():.0f} × {paper.height():.0f} mm · {page.width} × {page.height} px"
            if is_image else "What the card shows, as a table"
        )  # fmt: skip

    def _browse(self) -> None:
        chooser = QFileDialog(self, "Save as", self.path.text())
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setNameFilters([f"{_FORMAT_LABELS[end]} (*{end})" for end in self._formats])
        chooser.selectNameFilter(f"{_FORMAT_LABELS[self._suffix()]} (*{self._suffix()})")
        chooser.setDefaultSuffix(self._suffix()[1:])
        chooser.fileSelected.connect(self.path.setText)
        chooser.fileSelected.connect(self._path_typed)
        chooser.open()

    def _say(self, text: str, refused: bool = False) -> None:
        self.message.setProperty("role", "refusal" if refused else "caption")
        self.message.style().polish(self.message)
        self.message.setText(text)


def _name(widget: QWidget, name: str, help_text: str) -> None:
    widget.setAccessibleName(name)
    widget.setToolTip(help_text)


def _chooser(name: str, help_text: str, options: Any) -> QComboBox:
    chooser = QComboBox()
    chooser.addItems(list(options))
    _name(chooser, name, help_text)
    return chooser


def _number(name: str, low: float, high: float, value: float) -> QDoubleSpinBox:
    editor = QDoubleSpinBox()
    editor.setRange(low, high)
    editor.setDecimals(0)
    editor.setValue(value)
    editor.setKeyboardTracking(False)
    _name(editor, name, _SIZE_HELP.get(name, ""))
    return editor


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    row = QHBoxLayout()
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part, 1 if isinstance(part, (QLineEdit, QDoubleSpinBox)) else 0)
    return row
