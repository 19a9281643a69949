"""Labels that give way: what they choose to say is painted whole."""

from PySide6.QtCore import Qt

from gui.labels import FittingLabel

WAYS = [
    "step 351 · epoch 23.4 · 99 steps/s · 0:04",
    "step 351 · 99 steps/s · 0:04",
    "step 351 · 99 steps/s",
    "",
]


def test_what_was_chosen_to_fit_is_never_cut(qtbot):
    """Advances are fractions of a pixel, and add up to more or less than they round to."""
    label = FittingLabel()
    qtbot.addWidget(label)
    label.show()
    said = set()
    for size in range(8, 20):
        font = label.font()
        font.setPointSizeF(size + 0.3)
        label.setFont(font)
        label.say(WAYS)
        for width in range(700):
            label.resize(width, 30)
            room = label.contentsRect().width()
            elided = label.fontMetrics().elidedText(label.text(), Qt.TextElideMode.ElideRight, room)
            assert elided == label.text()
            said.add(label.text())
    assert said == set(WAYS)
