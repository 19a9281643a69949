"""Cards: a view or a panel in a frame of its own, with a title and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import theme
from .labels import ElidedLabel
from .plots.view import View
from .theme import Theme

# A caption with less room than this, in letters, gets a line of its own.
CRAMPED = 30
SHORTEST = 60  # pixels that a card's name keeps at the least


class Header(QWidget):
    """A card's title bar: its name, caption and controls. A double click is `double_clicked`.

    All on one line where there is room, else the caption on a line of its own, else each of them.
    """

    double_clicked = Signal()

    def __init__(self, title: str, controls: QWidget | None) -> None:
        super().__init__()
        self.setProperty("role", "card-head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "caption")
        self._title = title_label(title)
        self._controls = controls or QWidget()
        self._tools = QWidget()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 5, 6, 2)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._title, 0, 0)
        self._grid.addWidget(self._tools, 0, 3)
        self._lines = 0
        self._arrange()
        self._controls.show()
        self._buttons = QHBoxLayout(self._tools)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(0)
        self._icons: list[tuple[QToolButton, str]] = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        # Choosers have other widths once they offer something else.
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """As narrow as on three lines."""
        title, tools, controls = (
            part.minimumWidth() or part.minimumSizeHint().width()
            for part in (self._title, self._tools, self._controls)
        )
        sides, between = self._grid.contentsMargins(), 3 * self._grid.horizontalSpacing()
        width = sides.left() + max(title + between + tools, controls) + sides.right()
        return QSize(width, super().minimumSizeHint().height())

    def _arrange(self) -> None:
        parts = (self._title, self._controls, self._tools)
        room = self.width() - sum(part.sizeHint().width() for part in parts)
        letters = room / self.fontMetrics().averageCharWidth()
        between = self._grid.contentsMargins().left() + 4 * self._grid.horizontalSpacing()
        lines = 1 if letters >= CRAMPED else 2 if room >= between else 3
        if lines == self._lines:
            return
        self._lines = lines
        if lines == 3:
            self._grid.addWidget(self._controls, 1, 0, 1, 4)
        else:
            self._grid.addWidget(self._controls, 0, 2)
        if lines == 1:
            self._grid.addWidget(self.caption, 0, 1)
        else:
            self._grid.addWidget(self.caption, lines - 1, 0, 1, 4)

    def add_button(self, name: str, icon: str, tip: str, do: Callable[[], object]) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "plain")
        made.setToolTip(tip)
        made.setAccessibleName(name)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: do())
        self._buttons.addWidget(made)
        self._icons.append((made, icon))
        return made

    def show_icon(self, button: QToolButton, icon: str, look: Theme) -> None:
        self._icons = [(b, icon if b is button else i) for b, i in self._icons]
        self.set_theme(look)

    def set_theme(self, look: Theme) -> None:
        for button, icon in self._icons:
            button.setIcon(theme.icon(icon, look, look.muted))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()


class Card(QDockWidget):
    """A view that can be moved, hidden, enlarged and exported."""

    enlarge_asked = Signal()
    export_asked = Signal()
    came_into_sight = Signal()

    def __init__(self, view: View) -> None:
        super().__init__(view.title)
        self.view = view
        self.in_sight = False
        self._theme = theme.LIGHT
        self._enlarged = False
        self._moment = QTimer(self, singleShot=True)
        self._moment.timeout.connect(lambda: self._frame(False))
        self.setObjectName(f"card.{view.key}")
        self.header = Header(view.title, view.controls())
        self.header.add_button(
            f"Export {view.title}", "export", "Save what this card shows, or copy it",
            self.export_asked.emit,
        )  # fmt: skip
        self._enlarge = self.header.add_button(
            f"Enlarge {view.title}", "enlarge", "", self.enlarge_asked.emit
        )
        self.header.add_button(
            f"Hide {view.title}", "hide", "Hide this card; the Cards menu brings it back",
            self.hide,
        )  # fmt: skip
        self.header.double_clicked.connect(self.enlarge_asked)
        self.setTitleBarWidget(self.header)
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setProperty("role", "hint")
        self.setWidget(_body(view, self._hint))
        view.caption_changed.connect(self._show_caption)
        self._show_caption(view.caption)
        self.show_enlarged(False)
        self.visibilityChanged.connect(self._seen)

    def set_theme(self, look: Theme) -> None:
        self._theme = look
        self.header.set_theme(look)
        self.view.set_theme(look)

    def show_enlarged(self, on: bool) -> None:
        """Whether this card has the whole window."""
        self._enlarge.setToolTip(
            "Back among the others (Esc)" if on else "Enlarge to the whole window (F11)"
        )
        self.header.show_icon(self._enlarge, "shrink" if on else "enlarge", self._theme)

    def stand_out(self, milliseconds: int) -> None:
        """Frame the card in the accent colour for a moment, which begins anew when asked again."""
        self._frame(True)
        self._moment.start(milliseconds)

    def _frame(self, on: bool) -> None:
        for part in (self.header, self.widget()):
            part.setProperty("pointed", on)
            part.style().unpolish(part)
            part.style().polish(part)

    def _show_caption(self, caption: str) -> None:
        self.header.caption.setText(caption)
        self.header.caption.setToolTip(caption)
        self._hint.setText(self.view.advice)
        self._hint.setVisible(bool(self.view.advice))

    def _seen(self, visible: bool) -> None:
        self.in_sight = visible
        if visible:
            self.came_into_sight.emit()


class PanelCard(QFrame):
    """A panel in the column on the left."""

    def __init__(self, title: str, panel: QWidget) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(title_label(title))
        layout.addWidget(panel)


def title_label(title: str) -> ElidedLabel:
    """A card's name, in small capitals; it gives way last."""
    label = ElidedLabel(title.upper())
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    label.setProperty("role", "title")
    label.setAccessibleName(title)
    font = label.font()
    font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 104)
    label.setFont(font)
    label.setMinimumWidth(min(SHORTEST, label.sizeHint().width()))
    return label


def _body(view: View, hint: QLabel) -> QWidget:
    """The view, and over it what to do while it has nothing to show."""
    body = QWidget()
    body.setProperty("role", "card-body")
    body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    hint.setWordWrap(True)
    hint.setContentsMargins(24, 0, 24, 0)
    layout = QGridLayout(body)
    layout.setContentsMargins(6, 0, 6, 6)
    layout.addWidget(view, 0, 0)
    layout.addWidget(hint, 0, 0)
    return body
