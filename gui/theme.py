"""The look: light and dark colours, the contestants' own colours, and how they reach Qt.

Widgets ask for a part of the look with a dynamic property that the style sheet knows:
`widget.setProperty("role", ...)` with "card", "title", "caption", "refusal", "accent" or "plain".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template

import pyqtgraph as pg
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
ICONS = RESOURCES / "icons"


@dataclass(frozen=True)
class Theme:
    """The colours of one look, as #rrggbb. `field` is what editors are filled with.

    `quiet` is that of a sound part of a picture, which stands back behind what is to be seen.
    """

    name: str
    background: str
    card: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    danger: str
    grid: str
    field: str
    hover: str
    heat: str
    quiet: str
    colours: tuple[str, ...]


# Okabe and Ito (2008), "Color universal design"; their blue is lightened on a dark card, their
# yellow darkened on a white one.
_OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2", "#D55E00")

DARK = Theme(
    name="dark", background="#13161b", card="#1b2026", border="#2b323b",
    text="#e6e9ed", muted="#98a2b0", accent="#4c9be8", on_accent="#06121f", danger="#ff8a7a",
    grid="#2a313a", field="#232930", hover="#2c343d", heat="inferno", quiet="#3d4855",
    colours=(*_OKABE_ITO[:4], "#5B7CF0", "#D55E00", "#F0E442", "#999999"),
)  # fmt: skip
LIGHT = Theme(
    name="light", background="#f3f5f8", card="#ffffff", border="#dde2e9",
    text="#1b1f24", muted="#5f6977", accent="#1f6fc9", on_accent="#ffffff", danger="#b3261e",
    grid="#e6eaef", field="#ffffff", hover="#eaeef3", heat="viridis", quiet="#d5dce5",
    colours=(*_OKABE_ITO, "#A89A00", "#808080"),
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

# Neither lies on a heat map's own path of colours: exactly zero is not "very small".
ZERO_COLOUR = "#5ad1f5"
NAN_COLOUR = "#8b929b"

# States of a unit: a dead one has the colour of an exact zero, one that lives a quiet one.
_STATES = {"saturated": "#e08a2e", "nearly dead": "#2f7fc4", "dead": ZERO_COLOUR}

_FAINT = 0.5  # the opacity of an icon that can do nothing now


def contestant_colour(number: int, theme: Theme = DARK) -> str:
    """A contestant's colour by its number in the palette, the same in every view."""
    return theme.colours[number % len(theme.colours)]


def contestant_dash(number: int) -> Qt.PenStyle:
    """The line style that tells apart contestants who share a colour."""
    return Qt.PenStyle.SolidLine if number < len(DARK.colours) else Qt.PenStyle.DashLine


@cache
def heat_colormap(theme: Theme) -> pg.ColorMap:
    """Colours from small to large, even to the eye and safe for colour-blind readers."""
    return pg.colormap.get(theme.heat)


def state_colours(theme: Theme) -> dict[str, str]:
    """The colours of a unit's states, by name."""
    return _STATES | {"alive": theme.quiet}


def system_theme() -> Theme:
    """The look the system asks for; light where it does not say."""
    asked = QGuiApplication.styleHints().colorScheme()
    return DARK if asked == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Give the whole application this look."""
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """resources/style.qss with the theme's colours put in."""
    text = Template((RESOURCES / "style.qss").read_text("utf-8"))
    return text.substitute(asdict(theme), icons=ICONS.as_posix())


def icon(name: str, theme: Theme, colour: str | None = None) -> QIcon:
    """resources/icons/<name>.svg in the theme's text colour (or `colour`), faint when disabled."""
    result = QIcon(_pixmap(name, colour or theme.text))
    result.addPixmap(_pixmap(name, theme.muted, _FAINT), QIcon.Mode.Disabled)
    return result


def app_icon() -> QIcon:
    return QIcon(str(ICONS / "activation-lab.svg"))


@cache
def _pixmap(name: str, colour: str, opacity: float = 1.0) -> QPixmap:
    size = 64  # four times the usual, so that it stays sharp on a 200 % screen
    svg = (ICONS / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(opacity)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.background, role.WindowText: theme.text,
        role.Base: theme.field, role.AlternateBase: theme.card, role.Text: theme.text,
        role.Button: theme.card, role.ButtonText: theme.text, role.BrightText: theme.danger,
        role.Highlight: theme.accent, role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent, role.Link: theme.accent, role.LinkVisited: theme.accent,
        role.ToolTipBase: theme.card, role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted, role.Light: theme.hover, role.Midlight: theme.hover,
        role.Mid: theme.border, role.Dark: theme.border, role.Shadow: theme.background,
    }  # fmt: skip
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.muted))
    return palette
