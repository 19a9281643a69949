"""The table of comparisons: its groups, its order, what is copied, and what it says beforehand."""

import csv
import dataclasses
import io

import pytest
from conftest import make_race
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolTip

from engine.comparison_table import COLUMNS
from engine.comparisons import Answer
from engine.prospect import prospect
from engine.verdict import verdict
from gui import theme
from gui.plots import ComparisonsView
from gui.plots.comparison_model import ANSWER, CONTESTANT, STANDING
from gui.theme import DARK, LIGHT, contestant_colour

FALLING, RISING = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder


@pytest.fixture(scope="module")
def race():
    race = make_race(["relu", "elu", "tanh"], seeds=12)
    race.advance(60)
    return race


@pytest.fixture
def view(qtbot):
    view = ComparisonsView()
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.set_theme(LIGHT)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def judged(view, race):
    view.start(race.recording)
    view.draw(race.recording, None)
    view.show_verdict(verdict(race.recording))
    return view


def cell(view, row, column, role=Qt.ItemDataRole.DisplayRole):
    return view.model.data(view.model.index(row, column), role)


def test_the_primary_family_stands_first_and_apart(judged):
    first, second = judged.model.headings()
    assert first == 0
    assert all(row.primary for row in judged.model.rows[1:second])
    assert not any(row.primary for row in judged.model.rows[second + 1 :])
    for row in (first, second):
        assert judged.sheet.columnSpan(row, 0) == len(COLUMNS)
    assert cell(judged, 1, ANSWER, Qt.ItemDataRole.FontRole).bold()


SHOWN = [place for place in range(len(COLUMNS)) if place != STANDING]


def test_what_the_groups_headings_say_has_no_column_beside(judged):
    assert judged.sheet.isColumnHidden(STANDING)
    assert not any(judged.sheet.isColumnHidden(place) for place in SHOWN)
    assert "standing" in judged.in_words()[0]  # where there are no headings it is a column


@pytest.mark.parametrize("column", SHOWN, ids=[COLUMNS[place].heading for place in SHOWN])
def test_a_click_on_a_heading_sorts_within_the_groups(column, judged, qtbot):
    before, headings = set(map(id, judged.model.compared)), judged.model.headings()
    header = judged.sheet.horizontalHeader()
    for order in (RISING, FALLING):
        x = header.sectionViewportPosition(column) + 4
        judged.sheet.horizontalScrollBar().setValue(x)
        x = header.sectionViewportPosition(column) + 4
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 8))
        assert header.sortIndicatorOrder() == order
        keys = [COLUMNS[column].order(found) for found in judged.model.compared]
        cut = headings[1] - 1
        for group in (keys[:cut], keys[cut:]):
            assert group == sorted(group, reverse=order == FALLING)
    assert judged.model.headings() == headings
    assert set(map(id, judged.model.compared)) == before


def test_what_is_selected_stays_so_when_it_is_sorted_and_in_another_theme(judged):
    found = judged.model.rows[1]
    judged.sheet.selectRow(1)
    for column in range(len(COLUMNS)):
        for _ in (RISING, FALLING):
            judged.sort(column)
            judged.set_theme(DARK if judged.theme is LIGHT else LIGHT)
            (row,) = judged.sheet.selectionModel().selectedRows()
            assert judged.model.rows[row.row()] is found


def test_every_answer_has_a_sign_besides_its_colour():
    signs = {answer.name.lower().replace("_", "-") for answer in Answer}
    drawn = [(theme.ICONS / f"answer-{sign}.svg").read_text("utf-8") for sign in signs]
    assert len(set(drawn)) == len(Answer)


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_a_chip_has_the_contestants_colour(judged, look):
    judged.set_theme(look)
    for row, found in enumerate(judged.model.rows):
        if not isinstance(found, str):
            image = (
                cell(judged, row, CONTESTANT, Qt.ItemDataRole.DecorationRole).pixmap(72).toImage()
            )
            middle = image.pixelColor(image.width() // 2, image.height() // 2)
            assert middle.name() == contestant_colour(found.contestant, look).lower()


@pytest.mark.parametrize("contestant", [1, 2])
def test_a_contestant_that_is_pointed_at_is_selected_and_in_sight(judged, contestant):
    judged.resize(900, 90)
    judged.sort(CONTESTANT)
    judged.point_at({"contestant": contestant})
    (chosen,) = judged.sheet.selectionModel().selectedRows()
    rows = [getattr(row, "contestant", None) for row in judged.model.rows]
    assert chosen.row() == rows.index(contestant)
    assert judged.sheet.viewport().rect().intersects(judged.sheet.visualRect(chosen))


def test_what_is_copied_stands_as_it_is_shown(judged):
    judged.sort(COLUMNS.index(next(c for c in COLUMNS if c.heading == "p")))
    names = judged.experiment.contestant_names
    shown = [(names[f.contestant], str(f.answer)) for f in judged.model.compared]
    judged.copy_csv()
    text = QGuiApplication.clipboard().text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["contestant"], row["answer"]) for row in rows] == shown
    judged.copy_markdown()
    lines = QGuiApplication.clipboard().text().splitlines()[2:]
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert [(line[CONTESTANT], line[ANSWER]) for line in cells] == shown


def test_the_keys_copy_while_the_table_has_the_focus(judged, qtbot):
    judged.sheet.setFocus()
    qtbot.waitUntil(judged.sheet.hasFocus)
    qtbot.keyClick(judged.sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("| contestant |")


@pytest.mark.parametrize(("count", "words"), [(1, "1 row "), (2, "2 rows ")])
def test_how_much_was_copied_is_said(judged, count, words):
    few = judged.verdict.comparisons[:count]
    judged.show_verdict(dataclasses.replace(judged.verdict, comparisons=few))
    judged.copy_csv()
    assert QToolTip.text() == f"Copied {words}as CSV"


def test_the_table_has_a_name_for_who_does_not_see_it(judged):
    assert judged.sheet.accessibleName().startswith(judged.title)


def test_the_caption_says_against_whom_and_over_how_many_seeds(judged):
    assert "against ReLU" in judged.caption
    assert "12 seeds" in judged.caption


def test_seeds_that_can_show_nothing_are_said_before_there_is_a_race(view, qtbot):
    plan = make_race(["relu", "elu"], seeds=12).experiment
    view.show_experiment(plan)
    assert "cannot show" not in view.words.text()
    few = plan.with_value("population.seeds", 3)
    view.show_experiment(few)
    assert "cannot show any difference" in view.words.text()
    assert not view.button.isEnabled()


def test_too_few_seeds_are_said_over_the_table_too(view):
    race = make_race(["relu", "elu"], seeds=3)
    race.advance(60)
    view.start(race.recording)
    view.show_verdict(verdict(race.recording))
    assert view.pages.currentWidget() is view.sheet
    assert prospect(race.experiment).text in view.caption


def test_a_verdict_that_no_longer_holds_leaves_the_table_empty(judged):
    judged.show_verdict(None)
    assert judged.model.compared == []
    assert judged.pages.currentWidget() is judged.words
    judged.start(None)
    assert judged.table()[1] == []


def test_one_contestant_alone_is_compared_with_nothing(view):
    race = make_race(["relu"], seeds=3)
    race.advance(10)
    view.start(race.recording)
    view.show_verdict(verdict(race.recording))
    assert "alone" in view.words.text()
    assert view.pages.currentWidget() is view.words
