"""Sweeps beside the window: real races on real workers, and nothing left when it closes."""

import dataclasses
import os
import shutil
import threading

import numpy as np
import psutil
import pytest
from PySide6.QtCore import Qt

from engine.race import Race
from engine.sweeps import (
    Axis,
    Execution,
    Sweep,
    SweepFolder,
    cluster,
    local_cluster,
    write_report,
)
from gui.panels.sweep import SweepPanel
from gui.plots.loss import QUANTITIES
from gui.sweep_work import Plan
from gui.sweeper import Sweeper

LARGE = 20_000_000  # bytes of a message that is read in a thread of its own
DEPTHS = Axis("network.depth", (1, 2, 3))


@pytest.fixture(scope="module", autouse=True)
def client():
    """A cluster of two, as a user may have one; the thread that Dask keeps has begun by then."""
    with local_cluster(2) as client:
        client.submit(bytes, LARGE).result()
        yield client


@pytest.fixture(scope="module")
def swept(client, tmp_path_factory):
    """The folder of a sweep that was raced before; made by the first who has its experiment."""
    folder = tmp_path_factory.mktemp("swept")

    def race(experiment):
        execution = Execution(Sweep(experiment, (DEPTHS,), name="Depths"), SweepFolder(folder))
        for _ in execution.run(client):
            pass
        return folder

    return race


@pytest.fixture
def sweeper(session, client):
    sweeper = Sweeper(session)
    sweeper.address = client.scheduler.address
    return sweeper


@pytest.fixture
def known(qtbot, sweeper):
    """Wait until it is known what the plan would take."""

    def wait():
        qtbot.waitUntil(lambda: bool(sweeper.price or sweeper.refusal), timeout=20_000)

    return wait


@pytest.fixture
def opened(qtbot, sweeper, small, swept, known):
    """The sweeper with the sweep that was raced before, and all its races."""
    folder = swept(small)
    assert sweeper.open(folder / "sweep.toml")
    qtbot.waitUntil(lambda: len(sweeper.raced) == 3, timeout=20_000)
    known()
    return sweeper


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


# Racing.


def test_it_races_what_is_planned_as_the_engine_would_alone(qtbot, sweeper, small, known, tmp_path):
    sweeper.choose_folder(tmp_path)
    sweeper.set_plan(Plan(small, (DEPTHS,)))
    known()
    assert (sweeper.price.races, sweeper.price.done) == (3, 0)
    assert sweeper.price.seconds > 0
    sweeper.begin()
    assert sweeper.at_work
    qtbot.waitUntil(lambda: not sweeper.at_work, timeout=60_000)
    assert [race.values["network.depth"] for race, _ in sweeper.raced] == [1, 2, 3]
    race, result = sweeper.raced[1]
    alone = Race(race.experiment)
    for records in alone.run():
        for record in records:
            alone.recording.add(record)
    losses = alone.recording.curves.values("test_loss")[-1]
    np.testing.assert_array_equal(result.outcomes["test_loss"], losses)
    assert (tmp_path / "sweep.csv").is_file()
    known()
    assert sweeper.price.done == 3


def test_what_was_raced_before_is_shown_and_not_raced_again(opened):
    assert opened.price.done == opened.price.races == 3
    assert opened.sweep.name == "Depths"


def test_a_sweep_that_is_finished_begins_no_more(opened, panel):
    panel.turn()  # by its key, which has no button to be disabled
    assert not opened.at_work
    assert len(opened.raced) == 3
    assert not panel.run_button.isEnabled()


def test_a_sweep_that_is_stopped_keeps_what_is_done(qtbot, sweeper, small, known):
    long = small.with_value("training.steps", 3000)
    sweeper.set_plan(Plan(long, (Axis("network.depth", (1, 2, 3, 4, 5, 6)),)))
    known()
    sweeper.begin()
    qtbot.waitUntil(lambda: len(sweeper.raced) > 0, timeout=60_000)
    sweeper.stop()
    assert not sweeper.at_work
    known()
    assert 0 < sweeper.price.done < 6


def test_a_race_that_fails_is_told_with_the_reason(qtbot, sweeper, small, known):
    long = small.with_value("training.steps", 1_000_000)
    sweeper.set_plan(Plan(long, (Axis("network.depth", (4,)),), timeout=1.0))
    known()
    sweeper.begin()
    qtbot.waitUntil(lambda: bool(sweeper.failed), timeout=60_000)
    ((race, reason),) = sweeper.failed
    assert race.values == {"network.depth": 4}
    assert reason == "took longer than 1 s"
    assert sweeper.raced == ()
    qtbot.waitUntil(lambda: not sweeper.at_work, timeout=20_000)


def test_a_folder_that_is_opened_again_tells_what_failed_there(
    qtbot, sweeper, small, swept, known, tmp_path
):
    sweep, before = Sweep(small, (DEPTHS,)), SweepFolder(swept(small))
    folder, (first, second, third) = SweepFolder(tmp_path), sweep.races()
    for race in (first, third):
        shutil.copytree(before.of(race), folder.of(race))
    write_report(sweep, folder, {second.key: "took longer than 1 s"})
    assert sweeper.open(tmp_path / "sweep.toml")
    qtbot.waitUntil(lambda: len(sweeper.raced) == 2, timeout=20_000)
    assert sweeper.failed == ((second, "took longer than 1 s"),)
    known()
    sweeper.begin()
    qtbot.waitUntil(lambda: len(sweeper.raced) == 3, timeout=60_000)
    assert not sweeper.failed
    qtbot.waitUntil(lambda: not sweeper.at_work, timeout=20_000)


def test_a_folder_in_which_all_has_failed_is_that_of_the_sweep(qtbot, sweeper, small, tmp_path):
    sweep = Sweep(small, (DEPTHS,))
    reasons = {race.key: f"it broke at {race.label}" for race in sweep.races()}
    write_report(sweep, SweepFolder(tmp_path), reasons)
    assert sweeper.open(tmp_path / "sweep.toml")
    assert sweeper.folder == tmp_path
    qtbot.waitUntil(lambda: len(sweeper.failed) == 3, timeout=20_000)
    assert {race.key: reason for race, reason in sweeper.failed} == reasons


def test_curves_are_read_beside_the_window(qtbot, opened):
    races = [race for race, _ in opened.raced]
    told = []
    opened.curves_read.connect(lambda quantity, curves: told.append((quantity, curves)))
    opened.read_curves(QUANTITIES[0], races)
    opened.read_curves(QUANTITIES[1], races)  # whoever still wants them asks again
    assert not told
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    ((quantity, curves),) = told
    assert quantity == QUANTITIES[0]
    for race, result in opened.raced:
        last = curves[race.key].medians[-1]
        assert last == pytest.approx(np.median(result.outcomes["test_loss"], axis=1))


def test_a_cluster_that_nobody_answers_for_is_said(
    qtbot, session, sweeper, small, known, monkeypatch
):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    said = []
    session.refused.connect(lambda *words: said.append(words))
    sweeper.address = "tcp://127.0.0.1:1"
    sweeper.set_plan(Plan(small, (DEPTHS,)))
    known()
    sweeper.begin()
    qtbot.waitUntil(lambda: not sweeper.at_work, timeout=20_000)
    ((field, text),) = said
    assert field == "sweep"
    assert "cannot be reached" in text


@pytest.mark.parametrize("racing", [False, True])
def test_closing_in_the_middle_leaves_no_process(qtbot, session, sweeper, small, known, racing):
    """On workers of its own, at work or still starting; threads are looked for after every test."""

    def children():
        return set(psutil.Process().children(recursive=True)) - before

    before = set(psutil.Process().children(recursive=True))
    sweeper.address = ""
    sweeper.set_plan(Plan(small.with_value("training.steps", 100_000), (DEPTHS,)))
    known()
    sweeper.begin()
    if racing:
        qtbot.waitUntil(lambda: sweeper.progress is not None, timeout=60_000)
    else:
        qtbot.waitUntil(lambda: bool(children()), timeout=60_000)
        assert sweeper.progress is None
    assert children()
    session.close()
    qtbot.waitUntil(lambda: not children(), timeout=10_000)


# Planning.


def test_the_plan_follows_the_experiment(session, sweeper, small):
    sweeper.set_plan(Plan(small, (DEPTHS,), name="Depths"))
    session.change("network.width", 5)
    assert sweeper.plan.experiment == session.experiment
    assert sweeper.plan.axes == (DEPTHS,)
    assert not sweeper.plan.name  # of what was opened, which this is no more


def test_a_plan_is_priced_once_it_stays_as_it_is(session, sweeper, small, known):
    def pricing():
        return [t for t in threading.enumerate() if t.name == "price of a sweep"]

    sweeper.set_plan(Plan(small, (DEPTHS,)))
    for width in (5, 6, 7):
        session.change("network.width", width)
        assert not pricing()
    known()
    assert sweeper.price.sweep.experiment.network.width == 7


def test_a_race_that_is_visited_leaves_the_plan_as_it_is(qtbot, session, clerk, opened):
    plan = opened.plan
    race, _ = opened.raced[2]
    with qtbot.waitSignal(clerk.opened):
        clerk.open(opened.recording_of(race), opened.visit)
    assert session.recording.experiment.network.depth == 3
    assert session.recording.facts
    assert opened.plan == plan
    session.undo()
    session.redo()
    assert opened.plan == plan


def test_what_is_no_sweep_is_refused_with_the_reason(sweeper, small, known):
    sweeper.set_plan(Plan(small, (Axis("network.depth", (1, 101)),)))
    known()
    assert sweeper.price is None
    assert "101" in sweeper.refusal


def test_a_bad_file_changes_nothing(session, sweeper, tmp_path):
    said = []
    session.refused.connect(lambda *words: said.append(words))
    plan, bad = sweeper.plan, tmp_path / "bad.toml"
    bad.write_text("[grid]\n'network.depht' = [1]\n", "utf-8")
    assert not sweeper.open(bad)
    assert sweeper.plan == plan
    ((field, text),) = said
    assert field == "file"
    assert "network.depht" in text


def test_another_sweep_leaves_the_folder_of_the_first_alone(opened, small, known):
    first = opened.folder
    opened.load(Sweep(small, (Axis("network.width", (3, 4)),)))
    known()
    assert opened.folder != first
    assert not opened.keeps
    assert opened.price.done == 0


def test_what_lies_in_the_temporary_folder_comes_along(
    qtbot, sweeper, small, swept, known, tmp_path
):
    race = next(Sweep(small, (DEPTHS,)).races())
    source, temporary = SweepFolder(swept(small)), SweepFolder(sweeper.folder)
    assert not sweeper.keeps
    temporary.path.joinpath("races").mkdir()
    source.of(race).rename(temporary.of(race))
    sweeper.set_plan(Plan(small, (DEPTHS,)))
    known()
    assert sweeper.price.done == 1
    sweeper.choose_folder(tmp_path / "kept")
    known()
    assert sweeper.price.done == 1
    assert SweepFolder(tmp_path / "kept").has(race)
    temporary.of(race).rename(source.of(race))


# The panel.


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
        assert sweeper.address == address
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
