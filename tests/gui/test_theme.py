"""The look: readable in both themes, and the same colour for a contestant everywhere."""

import re

import pytest
from PySide6.QtGui import QColor

from gui import theme
from gui.theme import DARK, ICONS, LIGHT, contestant_colour, contestant_dash


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = [value / 255 for value in QColor(colour).getRgb()[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_words_can_be_read(look):
    for ground in (look.card, look.background, look.field):
        assert contrast(look.text, ground) > 7
        assert contrast(look.muted, ground) > 4.5
        assert contrast(look.danger, ground) > 4.5
    assert contrast(look.on_accent, look.accent) > 4.5
    assert contrast(look.accent, look.card) > 3


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_twelve_contestants_can_be_told_apart(look):
    lines = {(contestant_colour(i, look), contestant_dash(i)) for i in range(12)}
    assert len(lines) == 12


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_zero_and_not_measured_lie_off_the_heat_map(look):
    ramp = theme.heat_colormap(look).getLookupTable(nPts=256).astype(int)
    for sign in (theme.ZERO_COLOUR, theme.NAN_COLOUR):
        red, green, blue = QColor(sign).getRgb()[:3]
        nearest = min(abs(r - red) + abs(g - green) + abs(b - blue) for r, g, b in ramp[:, :3])
        assert nearest > 60


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_style_sheet_is_filled_in_and_names_files_that_exist(look):
    text = theme.style_sheet(look)
    assert "$" not in text
    files = re.findall(r"url\((.*?)\)", text)
    assert files
    assert all((ICONS / file).is_file() for file in files)


def test_every_icon_takes_the_colour_asked_for(qtbot):
    for path in ICONS.glob("*.svg"):
        if "currentColor" not in path.read_text("utf-8"):
            continue
        image = theme.icon(path.stem, DARK, "#ff0000").pixmap(32, 32).toImage()
        drawn = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
        solid = {c.name() for c in drawn if c.alpha() == 255}
        assert solid == {"#ff0000"}, path.name


def test_applying_a_look_changes_the_palette(qapp):
    for look in (LIGHT, DARK):
        theme.apply(qapp, look)
        assert qapp.palette().window().color().name() == look.background
        assert qapp.palette().windowText().color().name() == look.text
