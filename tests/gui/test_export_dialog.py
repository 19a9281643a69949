"""The export dialog: what is asked for is what is written, and what is refused is said in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPushButton

from engine.race import Race
from engine.verdict import verdict
from gui.export_dialog import ExportDialog
from gui.plots import PLOTS, VerdictView
from gui.theme import DARK, LIGHT


@pytest.fixture
def view(qtbot, small):
    race = Race(small)
    race.advance(20)
    view = next(kind for kind in PLOTS if kind.key == "loss")()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.set_theme(DARK)
    view.start(race.recording)
    view.draw(race.recording, race.snapshot())
    return view


@pytest.fixture
def dialog(qtbot, view, clerk, tmp_path, monkeypatch):
    monkeypatch.setattr(ExportDialog, "folder", tmp_path)
    dialog = ExportDialog(view, clerk)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    return dialog


def press(qtbot, dialog, name: str) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.accessibleName() == name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def save(qtbot, dialog) -> None:
    press(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: dialog.message.text().startswith("Saved "))


def test_it_leaves_the_window_usable_and_every_control_explains_itself(dialog):
    assert not dialog.isModal()
    for kind in (QPushButton, QComboBox, QAbstractSpinBox):
        for control in dialog.findChildren(kind):
            assert control.accessibleName()
            assert len(control.toolTip()) > 10
    assert dialog.findChildren(QLineEdit)
    assert dialog.path.accessibleName()
    assert dialog.path.toolTip()


def test_it_writes_what_its_editors_say(qtbot, dialog, view, tmp_path):
    dialog.image_width.setValue(900)
    dialog.image_height.setValue(600)
    dialog.dpi.setValue(150)
    dialog.look.setCurrentIndex(0)
    assert dialog.theme() is LIGHT
    save(qtbot, dialog)
    image = QImage(str(tmp_path / f"{view.key}.png"))
    assert (image.width(), image.height(), image.dotsPerMeterX()) == (900, 600, 5906)
    assert image.pixelColor(2, 2).name() == LIGHT.card
    assert "Saved" in dialog.message.text()


def test_it_starts_with_the_look_of_the_screen(dialog):
    assert dialog.theme() is DARK


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".csv"])
def test_the_format_is_the_ending_of_the_file(qtbot, dialog, tmp_path, suffix):
    place = next(
        i for i in range(dialog.format.count()) if suffix[1:].upper() in dialog.format.itemText(i)
    )
    dialog.format.setCurrentIndex(place)
    assert dialog.path.text().endswith(suffix)
    save(qtbot, dialog)
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [suffix]
    dialog.path.clear()
    qtbot.keyClicks(dialog.path, "other.png")
    assert dialog.format.currentText().startswith("PNG")
    assert dialog.image_width.isEnabled()


def test_millimetres_and_pixels_are_one_size(dialog):
    dialog.dpi.setValue(300)
    dialog.image_width.setValue(1063)
    dialog.image_height.setValue(709)
    dialog.unit.setCurrentText("mm")
    assert dialog.image_width.value() == pytest.approx(90, abs=0.1)
    assert dialog.page().width == pytest.approx(1063, abs=1)
    dialog.dpi.setValue(600)
    assert dialog.page().width == pytest.approx(2126, abs=2)
    assert "90 × 60 mm" in dialog.size_text.text()
    dialog.unit.setCurrentText("px")
    assert dialog.image_width.value() == pytest.approx(2126, abs=2)


def test_what_is_refused_is_said_in_it_and_nothing_is_written(qtbot, dialog, tmp_path):
    dialog.path.setText(str(tmp_path / "missing" / "a.png"))
    press(qtbot, dialog, "Save")
    assert "no folder" in dialog.message.text()
    assert dialog.message.property("role") == "refusal"
    assert not (tmp_path / "missing").exists()
    dialog.unit.setCurrentText("mm")
    dialog.image_width.setValue(20_000)
    assert "width" in dialog.message.text()
    dialog.image_width.setValue(100)
    assert not dialog.message.text()


def test_the_clerk_writes_what_it_paints(qtbot, dialog, clerk, tmp_path):
    press(qtbot, dialog, "Save")
    assert dialog.message.text() == f"Saving {dialog.path.text()} …"
    assert clerk.writes  # so a window that is closed now waits for it
    dialog.close()
    with qtbot.waitSignal(clerk.saved):
        pass
    assert not QImage(dialog.path.text()).isNull()


def test_what_cannot_be_written_is_said_in_it(qtbot, dialog, clerk, tmp_path):
    dialog.path.setText(str(tmp_path / f"{'x' * 250}.png"))
    with qtbot.waitSignal(clerk.not_saved):
        press(qtbot, dialog, "Save")
    assert "too long" in dialog.message.text()
    assert dialog.message.property("role") == "refusal"
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_it_copies(qtbot, dialog):
    dialog.image_width.setValue(500)
    dialog.image_height.setValue(300)
    press(qtbot, dialog, "Copy")
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (500, 300)
    assert "Copied" in dialog.message.text()


def test_a_card_without_a_plot_is_saved_and_copied_as_text(
    qtbot, small, clerk, tmp_path, monkeypatch
):
    monkeypatch.setattr(ExportDialog, "folder", tmp_path)
    race = Race(small)
    race.advance(20)
    view = VerdictView()
    qtbot.addWidget(view)
    view.start(race.recording)
    view.show_verdict(verdict(race.recording))
    dialog = ExportDialog(view, clerk)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.dpi.isVisible()
    press(qtbot, dialog, "Copy")
    save(qtbot, dialog)
    text = (tmp_path / "verdict.md").read_text("utf-8")
    assert QGuiApplication.clipboard().text() == text
    assert view.verdict.headline in text
    dialog.path.setText(str(tmp_path / "verdict.png"))
    press(qtbot, dialog, "Save")
    assert "must end in .md, .csv" in dialog.message.text()
    assert not (tmp_path / "verdict.png").exists()
