"""The panel of a sweep: a plan is typed, priced, raced and called off in it."""

import dataclasses
import os

import pytest
from PySide6.QtCore import Qt

from engine.sweeps import Axis
from gui.panels.sweep import SweepPanel
from gui.sweep_work import Plan

DEPTHS = Axis("network.depth", (1, 2, 3))


@pytest.fixture
def panel(qtbot, sweeper):
    panel = SweepPanel(sweeper)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def type_into(qtbot, entry, text):
    entry.selectAll()
    qtbot.keyClicks(entry, text)
    qtbot.keyClick(entry, Qt.Key.Key_Return)


def test_a_sweep_that_is_finished_begins_no_more(opened, panel):
    panel.turn()  # by its key, which has no button to be disabled
    assert not opened.at_work
    assert len(opened.raced) == 3
    assert not panel.run_button.isEnabled()


def test_a_field_is_added_filled_and_taken_away(qtbot, sweeper, panel, known):
    panel.add_button.click()
    panel.add_button.click()
    first, second = sweeper.plan.axes
    assert first.path == "network.depth"
    assert first.path != second.path
    type_into(qtbot, panel.axes[0].values, "1, 2, 8")
    assert sweeper.plan.axes[0] == Axis("network.depth", (1, 2, 8))
    panel.axes[1].away.click()
    known()
    assert len(panel.axes) == len(sweeper.plan.axes) == 1
    assert panel.takes.text().startswith("3 races · about ")
    assert panel.run_button.isEnabled()


def test_fields_that_are_added_can_be_raced_as_they_are(sweeper, panel, known):
    """Also where widths of one's own leave no depth to choose."""
    sweeper.set_plan(Plan(sweeper.plan.experiment.with_value("network.widths", (4, 4))))
    for number in (1, 2, 3):
        panel.add_button.click()
        known()
        assert len(sweeper.plan.axes) == number
        assert sweeper.refusal == ""
        assert sweeper.price.races >= 2**number


def test_values_that_are_not_allowed_are_said_beside_them(qtbot, sweeper, panel, known):
    panel.add_button.click()
    known()
    before = panel.axes[0].values.text()
    type_into(qtbot, panel.axes[0].values, "1, 1")
    assert "must not come twice" in panel.refusal.text()
    assert panel.axes[0].values.text() == before
    type_into(qtbot, panel.axes[0].values, "one")
    known()
    assert panel.refusal.isVisible()
    assert not panel.run_button.isEnabled()


def test_what_is_being_typed_outlasts_the_price(qtbot, panel, known):
    panel.add_button.click()
    axis, turned = panel.axes[0], []
    axis.field.currentIndexChanged.connect(turned.append)  # what is chosen from is not filled anew
    axis.values.selectAll()
    qtbot.keyClicks(axis.values, "1, 2, 1")
    known()
    assert panel.takes.text().startswith("3 races · ")
    assert axis.values.text() == "1, 2, 1"
    qtbot.keyClick(axis.values, Qt.Key.Key_Return)
    assert axis.values.text() == "1, 2, 4"
    assert not turned


def test_what_a_cluster_would_take_is_said_of_one_core(qtbot, sweeper, panel, known):
    panel.add_button.click()
    known()
    for address, cores in (("tcp://host:8786", 1), ("", os.cpu_count())):
        panel.fold.open()
        type_into(qtbot, panel.address, address or " ")
        assert sweeper.address == panel.address.text() == address
        assert panel.takes.text().endswith(f" on {cores} core{'s' * (cores != 1)}")


def test_tuning_costs_more(sweeper, panel, known):
    panel.add_button.click()
    known()
    untuned = sweeper.price.seconds
    panel.tuned.click()
    known()
    assert sweeper.plan.tuned
    assert sweeper.price.seconds > untuned


def test_a_race_is_picked_by_the_keyboard(qtbot, panel, opened):
    asked = []
    panel.race_asked.connect(asked.append)
    assert panel.races.count() == 3
    panel.races.setFocus()
    qtbot.keyClick(panel.races, Qt.Key.Key_Down)
    qtbot.keyClick(panel.races, Qt.Key.Key_Down)
    assert asked[-1] == opened.raced[1][0]


def test_a_race_that_comes_leaves_the_chooser_as_it_is(panel, opened):
    raced, turned = opened.raced, []
    opened.raced = raced[::2]
    opened.grew.emit()
    assert panel.races.currentIndex() == -1
    panel.races.setCurrentIndex(1)
    panel.races.model().rowsRemoved.connect(lambda *_: turned.append(True))
    panel.races.model().modelReset.connect(lambda: turned.append(True))
    opened.raced = raced
    opened.grew.emit()
    assert [panel.races.itemData(place) for place in range(3)] == [race for race, _ in raced]
    assert panel.races.currentData() == raced[2][0]
    assert not turned


def test_while_it_races_only_cancel_is_left(qtbot, sweeper, panel, small, known):
    long = dataclasses.replace(small).with_value("training.steps", 3000)
    sweeper.set_plan(Plan(long, (DEPTHS,)))
    known()
    panel.run_button.click()
    assert panel.run_button.text() == "Cancel"
    assert not panel.axes[0].isEnabled()
    qtbot.waitUntil(lambda: " of 3 races" in panel.words.text(), timeout=60_000)
    panel.run_button.click()
    assert panel.run_button.text() == "Run the sweep"
    assert panel.axes[0].isEnabled()
