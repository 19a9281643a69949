"""Sweeps beside the window: real races on real workers, and nothing left when it closes."""

import shutil
import threading

import numpy as np
import psutil
import pytest

from engine.race import Race
from engine.sweeps import Axis, Sweep, SweepFolder, cluster, write_report
from gui.plots import SWEEP_PLOTS
from gui.plots.loss import QUANTITIES
from gui.sweep_board import SweepBoard
from gui.sweep_work import Plan

DEPTHS = Axis("network.depth", (1, 2, 3))


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
    said = []
    sweeper.parent().refused.connect(lambda _, words: said.append(words))
    sweeper.begin()
    qtbot.waitUntil(lambda: bool(sweeper.failed), timeout=60_000)
    ((race, reason),) = sweeper.failed
    assert race.values == {"network.depth": 4}
    assert reason == "took longer than 1 s"
    assert sweeper.raced == ()
    qtbot.waitUntil(lambda: not sweeper.at_work, timeout=20_000)
    (words,) = said
    assert words.startswith("1 race failed, ")


def test_its_cards_say_that_it_races(qtbot, sweeper, small, known):
    board = SweepBoard(sweeper, [view() for view in SWEEP_PLOTS])
    qtbot.addWidget(board)
    board.show()
    qtbot.waitExposed(board)
    long = small.with_value("training.steps", 1_000_000)
    sweeper.set_plan(Plan(long, (Axis("network.depth", (4,)),)))
    known()
    sweeper.begin()
    view = board.cards["outcome"].view
    assert view.caption == "racing 1 of 1 …"
    sweeper.stop()
    assert view.caption == view.empty


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


def test_a_damaged_report_hides_no_race_and_is_spoken_of(qtbot, sweeper, small, swept, tmp_path):
    folder = shutil.copytree(swept(small), tmp_path / "damaged")
    (folder / "sweep.json").write_text("{", "utf-8")
    said = []
    sweeper.parent().refused.connect(lambda _, words: said.append(words))
    assert sweeper.open(folder / "sweep.toml")
    qtbot.waitUntil(lambda: len(sweeper.raced) == 3 and bool(said), timeout=20_000)
    assert "sweep.json" in said[0]
    assert "delete it to go on" in said[0]


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


@pytest.fixture
def children():
    """The processes that have been started since."""
    before = set(psutil.Process().children(recursive=True))
    return lambda: set(psutil.Process().children(recursive=True)) - before


@pytest.mark.parametrize("racing", [False, True])
def test_closing_in_the_middle_leaves_no_process(
    qtbot, session, sweeper, small, known, children, racing
):
    """On workers of its own, at work or still starting; threads are looked for after every test."""
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


def test_a_sweep_that_nobody_waits_for_writes_nothing_once_its_workers_are_there(
    qtbot, session, sweeper, small, known, children
):
    """They may take longer to start than closing waits: the temporary folder is gone by then."""
    sweeper.address = ""
    sweeper.set_plan(Plan(small, (DEPTHS,)))
    known()
    folder = sweeper.folder
    sweeper.begin()
    qtbot.waitUntil(lambda: bool(children()), timeout=60_000)
    session.closing.emit(0.0)
    qtbot.waitUntil(
        lambda: all(thread.name != "sweep" for thread in threading.enumerate()), timeout=60_000
    )
    assert not folder.exists()


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
