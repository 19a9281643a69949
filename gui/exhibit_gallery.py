"""The exhibits: a picture of what each shows, its name and its claim; a click opens it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.exhibits import Exhibit, exhibits

from .exhibit_pictures import HEIGHT, SHARP, WIDTH, picture_of
from .theme import LIGHT, Theme

_GAP = 10


class ExhibitGallery(QScrollArea):
    """As many exhibits side by side as there is room for; `exhibit_asked` hands over a key."""

    exhibit_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        content.setObjectName("column")
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setSpacing(_GAP)
        self._columns = 0
        self.cards = {key: ExhibitCard(exhibit) for key, exhibit in exhibits().items()}
        for key, card in self.cards.items():
            card.clicked.connect(lambda _, key=key: self.exhibit_asked.emit(key))
        self.setWidget(content)
        self._arrange()

    def set_theme(self, look: Theme) -> None:
        for card in self.cards.values():
            card.set_theme(look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = max(1, (self.viewport().width() + _GAP) // (WIDTH + 40))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, *divmod(place, columns))
        self._grid.setRowStretch(len(self.cards), 1)


class ExhibitCard(QPushButton):
    """One exhibit: a button as large as what it shows. Its picture is read once it is in sight."""

    def __init__(self, exhibit: Exhibit) -> None:
        super().__init__()
        self._key = exhibit.key
        self._look = LIGHT
        self._pictured: Theme | None = None
        self.setProperty("role", "exhibit")
        self.setAccessibleName(exhibit.name)
        self.setAccessibleDescription(exhibit.claim)
        self.setToolTip(f"Open “{exhibit.name}”")
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(WIDTH, HEIGHT)
        self._picture.setProperty("role", "caption")
        name, claim = QLabel(exhibit.name), QLabel(exhibit.claim)
        font = QFont(name.font())
        font.setBold(True)
        name.setFont(font)
        claim.setProperty("role", "caption")
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 10)
        layout.setSpacing(6)
        for label in (self._picture, name, claim):
            label.setWordWrap(label is not self._picture)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)
        layout.addStretch(1)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        if self.isVisible():
            self._show_picture()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_picture()

    def _show_picture(self) -> None:
        if self._pictured is self._look:
            return
        self._pictured = self._look
        picture = QPixmap(str(picture_of(self._key, self._look)))
        picture.setDevicePixelRatio(SHARP)
        if picture.isNull():
            self._picture.setText("no picture yet")
        else:
            self._picture.setPixmap(picture)

    def sizeHint(self) -> QSize:
        return self._layout.sizeHint()

    def heightForWidth(self, width: int) -> int:
        return self._layout.heightForWidth(width)

    def hasHeightForWidth(self) -> bool:
        return True
