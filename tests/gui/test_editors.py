"""Editors: exact text and sliders say values, keep none, and heed wheel and keys only in focus."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QSlider, QVBoxLayout, QWidget

from engine.settings import Setting
from gui.panels.editors import (
    CheckEditor,
    ChoiceEditor,
    FileEditor,
    NumbersEditor,
    OptionalEditor,
    TextEditor,
    editor_for,
)
from gui.panels.number import NumberEditor, stops

SHARE = Setting("Share", "Some share.", unit="%", low=0, high=50, step=1)
RATE = Setting("Rate", "How fast.", low=1e-7, high=100, log=True)
BATCH = Setting("Batch", "How many.", unit="points", low=1, high=1000, log=True, zero="all")
PICK = Setting("Pick", "One of three.", choices=lambda: {"a": "Ay", "b": "Bee", "c": "Sea"})
TEXT = Setting("Text", "Any text.")


@pytest.fixture
def said():
    return []


@pytest.fixture
def shown(qtbot, said):
    """Show an editor in a window and note what it says."""

    windows = []

    def show(editor, value):
        window = QWidget()
        windows.append(window)
        QVBoxLayout(window).addWidget(editor)
        qtbot.addWidget(window)
        editor.show_value(value)
        editor.changed.connect(lambda path, value: said.append((path, value)))
        window.show()
        return editor

    return show


def type_into(editor, text, key=Qt.Key.Key_Return):
    editor.entry.setFocus()
    editor.entry.selectAll()
    QTest.keyClicks(editor.entry, text)
    QTest.keyClick(editor.entry, key)


def wheel(widget):
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize(
    ("hint", "about", "kind"),
    [
        (float, SHARE, NumberEditor),
        (int, BATCH, NumberEditor),
        (str, PICK, ChoiceEditor),
        (str, TEXT, TextEditor),
        (bool, TEXT, CheckEditor),
        (str, Setting("File", "A file.", files="All (*)"), FileEditor),
        (tuple[int, ...], Setting("List", "Some."), NumbersEditor),
        (float | None, RATE, OptionalEditor),
        (str | None, PICK, OptionalEditor),
    ],
)
def test_the_declared_type_chooses_the_editor(qtbot, hint, about, kind):
    editor = editor_for("a.b", about, hint)
    qtbot.addWidget(editor)
    assert type(editor) is kind


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([SHARE, RATE, BATCH]))
def test_a_number_read_back_from_its_text_is_the_same_number(qapp, value, about):
    editor = NumberEditor("a.b", about)
    assert editor.read(editor.text(value)) == value


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_whole_number_stays_whole(qapp, value):
    editor = NumberEditor("a.b", BATCH, whole=True)
    back = editor.read(editor.text(value))
    assert back == value
    assert type(back) is int


@given(
    st.floats(1e-9, 10), st.floats(1.5, 1e6), st.booleans(), st.booleans(),
    st.sampled_from(["", "off"]),
)  # fmt: skip
def test_a_slider_offers_allowed_values_in_order(low, ratio, log, whole, zero):
    low = math.ceil(low) if whole else low
    high = low * math.ceil(ratio)
    about = Setting("N", "n", low=low, high=high, step=(high - low) / 50, log=log, zero=zero)
    offered = stops(about, whole)
    assert offered == sorted(set(offered))
    assert all(low <= v <= high or (zero and v == 0) for v in offered)
    assert {low, high} <= set(offered)
    assert (0 in offered) == bool(zero)
    assert len(offered) < 500


def test_no_slider_where_the_range_has_no_end_or_no_grain(qtbot):
    for about in (
        Setting("N", "n", low=0, step=1),
        Setting("N", "n", low=0, high=2**31, step=1),
        Setting("N", "n", low=0, high=1),
    ):
        editor = NumberEditor("a.b", about)
        qtbot.addWidget(editor)
        assert editor.slider is None


def test_typed_text_is_said_once_when_done_and_the_old_value_stays_until_shown(shown, said):
    editor = shown(NumberEditor("a.b", SHARE), 10.0)
    type_into(editor, "12.5 %")
    assert said == [("a.b", 12.5)]
    QTest.keyClick(editor.entry, Qt.Key.Key_Return)
    assert said == [("a.b", 12.5)]
    editor.show_value(10.0)
    assert editor.entry.text() == "10 %"


def test_typed_text_that_nobody_takes_does_not_stay(shown, said):
    """A plain 10 is 10 % already: the experiment is not another one, so nothing would show it."""
    editor = shown(NumberEditor("a.b", SHARE), 10.0)
    type_into(editor, "10")
    assert said == [("a.b", 10.0)]
    assert editor.entry.text() == "10 %"


def test_leaving_an_untouched_entry_says_nothing(shown, said):
    exact = 0.1234567890123
    editor = shown(NumberEditor("a.b", RATE), exact)
    editor.entry.setFocus()
    QTest.keyClick(editor.entry, Qt.Key.Key_Return)
    editor.entry.clearFocus()
    assert said == []
    assert editor.read(editor.entry.text()) == exact


def test_text_that_is_no_number_is_said_as_it_is(shown, said):
    type_into(shown(NumberEditor("a.b", SHARE), 1.0), "many")
    assert said == [("a.b", "many")]


def test_words_stand_for_a_special_zero(shown, said):
    editor = shown(NumberEditor("a.b", BATCH, whole=True), 0)
    assert editor.entry.text() == "all"
    type_into(editor, "5")
    type_into(editor, "all")
    assert said == [("a.b", 5), ("a.b", 0)]


def test_escape_brings_the_shown_value_back(shown, said):
    editor = shown(NumberEditor("a.b", SHARE), 10.0)
    type_into(editor, "33", Qt.Key.Key_Escape)
    assert editor.entry.text() == "10 %"
    editor.entry.clearFocus()
    assert said == []


def test_a_dragged_slider_shows_the_value_and_says_it_on_release(shown, said):
    editor = shown(NumberEditor("a.b", SHARE), 0.0)
    slider = editor.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert said == []
    assert editor.read(editor.entry.text()) == slider.value() > 0
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert said == [("a.b", float(slider.value()))]


def test_a_press_without_a_move_keeps_a_value_between_two_stops(shown, said):
    editor = shown(NumberEditor("a.b", RATE), 0.0031)
    before = editor.slider.value()
    QTest.keyClick(editor.slider, Qt.Key.Key_Shift)
    assert said == []
    assert editor.slider.value() == before
    assert editor.entry.text() == "0.0031"


def test_arrow_keys_turn_the_slider_and_say_the_value_when_let_go(shown, said):
    editor = shown(NumberEditor("a.b", RATE), 0.001)
    QTest.keyPress(editor.slider, Qt.Key.Key_Right)
    assert said == []
    QTest.keyRelease(editor.slider, Qt.Key.Key_Right)
    assert said == [("a.b", 0.0012)]


@pytest.mark.parametrize(("about", "value"), [(SHARE, 10.0), (PICK, "b")])
def test_the_wheel_turns_nothing_without_focus(qtbot, shown, said, about, value):
    editor = shown(editor_for("a.b", about, float if about is SHARE else str), value)
    control = getattr(editor, "slider", None) or editor.box
    # The offscreen window may have given the first control the focus.
    control.clearFocus()
    wheel(control)
    assert said == []
    control.setFocus()
    editor.window().activateWindow()
    qtbot.waitUntil(control.hasFocus)
    wheel(control)
    assert len(said) == 1


def test_a_choice_says_its_key_and_shows_its_label(shown, said):
    editor = shown(ChoiceEditor("a.b", PICK), "a")
    QTest.keyClick(editor.box, Qt.Key.Key_Down)
    assert said == [("a.b", "b")]
    assert editor.box.currentText() == "Bee"
    editor.show_value("a")
    assert editor.box.currentText() == "Ay"


def test_a_check_says_true_and_false(shown, said):
    editor = shown(CheckEditor("a.b", TEXT), False)
    QTest.keyClick(editor.box, Qt.Key.Key_Space)
    QTest.keyClick(editor.box, Qt.Key.Key_Space)
    assert said == [("a.b", True), ("a.b", False)]


@given(st.lists(st.integers(-5, 2000), max_size=20))
def test_a_list_read_back_is_the_same(qapp, numbers):
    editor = NumbersEditor("a.b", Setting("List", "Some."))
    editor.show_value(tuple(numbers))
    assert editor.read(editor.entry.text()) == tuple(numbers)


def test_an_own_value_starts_from_the_one_that_holds_and_none_takes_it_back(shown, said):
    editor = shown(editor_for("a.b", RATE, float | None), None)
    editor.show_inherited(0.25)
    editor.show_value(None)
    assert not editor.inner.isEnabled()
    assert editor.inner.entry.text() == "0.25"
    editor.switch.click()
    editor.show_value(0.25)
    assert editor.inner.isEnabled()
    type_into(editor.inner, "0.5")
    editor.switch.click()
    assert said == [("a.b", 0.25), ("a.b", 0.5), ("a.b", None)]


def test_a_browsed_file_is_said(shown, said, monkeypatch):
    editor = shown(FileEditor("a.b", Setting("File", "A file.", files="All (*)")), "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/some/where.csv", ""))
    editor.browse.click()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    editor.browse.click()
    assert said == [("a.b", "/some/where.csv")]


def test_help_with_angle_brackets_is_shown_as_written(qtbot):
    editor = TextEditor("a.b", Setting("T", "a < b & c"))
    qtbot.addWidget(editor)
    assert "a &lt; b &amp; c" in editor.toolTip()


def test_a_slider_is_a_slider_for_screen_readers(qtbot):
    editor = NumberEditor("a.b", SHARE)
    qtbot.addWidget(editor)
    assert isinstance(editor.slider, QSlider)
    assert editor.slider.accessibleName() == "Share, slider"
    assert editor.entry.accessibleName() == "Share"
    assert "0 to 50 %" in editor.entry.toolTip()
