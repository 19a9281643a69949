"""The pages of the window: the race, the sweep and the exhibits, and the ways between them."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QToolButton

from engine import experiment_file
from engine.exhibits import exhibits
from engine.sweeps import Axis, Sweep, SweepFolder
from engine.sweeps.job import run
from gui import exhibit_pictures
from gui.exhibit_pictures import SHARP, draw_picture, picture_of
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.plots import LossView
from gui.session import Session
from gui.state import State
from gui.theme import DARK, LIGHT


@pytest.fixture
def window(qtbot, small, tmp_path):
    window = MainWindow(Session(small), State(tmp_path / "window.ini"))
    window.restore()
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def swept(small, tmp_path):
    """The folder of a sweep of two races."""
    folder = SweepFolder(tmp_path / "swept")
    sweep = Sweep(small, (Axis("network.depth", (1, 3)),), name="Depths", claim="Depth helps.")
    for race in sweep.races():
        folder.keep(race, run(race.experiment, race.tuned))
    folder.begin(sweep)
    return folder.path


def page(window):
    return PAGES[window.pages.currentIndex()]


def test_the_keyboard_turns_the_pages(qtbot, window):
    for key, name in ((Qt.Key.Key_2, "Sweep"), (Qt.Key.Key_3, "Exhibits"), (Qt.Key.Key_1, "Race")):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert page(window) == name
        assert window.column.sweep.isVisible() == (name == "Sweep")


@pytest.mark.parametrize("command", ["run", "step"])
@pytest.mark.parametrize("name", ["Sweep", "Exhibits"])
def test_a_race_that_is_started_from_another_page_comes_into_sight(qtbot, window, command, name):
    """Else nothing is seen to happen."""
    window.show_page(name)
    window.commands[command].trigger()
    assert page(window) == "Race"
    window.show_page(name)
    window.session.pause()
    qtbot.waitUntil(lambda: window.session.state in ("paused", "finished"), timeout=20_000)
    assert page(window) == name


def test_a_sweep_is_opened_and_a_click_opens_one_of_its_races(qtbot, window, swept):
    window.open(str(swept / "sweep.toml"))
    assert page(window) == "Sweep"
    qtbot.waitUntil(lambda: len(window.sweeper.raced) == 2, timeout=20_000)
    assert window.column.sweep.claim.text() == "Depth helps."
    view = window.sweep_board.cards["outcome"].view
    view.grab()
    place = view.picture.chart.box.mapViewToScene(view.picture.dots[0].points()[1].pos())
    at = view.plot_widget.mapFromScene(place)
    viewport = view.plot_widget.viewport()
    qtbot.mouseMove(viewport, at)
    with qtbot.waitSignal(window.clerk.opened):
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert page(window) == "Race"
    assert window.session.recording.experiment.network.depth == 3
    assert window.sweeper.plan.name == "Depths"


def test_cards_of_a_sweep_are_drawn_once_they_are_in_sight(qtbot, window, swept):
    window.open(str(swept / "sweep.toml"))
    window.show_page("Race")
    window.sweep_board.cards["coordinates"].hide()
    qtbot.waitUntil(lambda: len(window.sweeper.raced) == 2, timeout=20_000)
    views = {key: card.view for key, card in window.sweep_board.cards.items()}
    assert not any(view.raced for view in views.values())
    window.show_page("Sweep")
    assert {key for key, view in views.items() if view.raced} == views.keys() - {"coordinates"}
    window.sweep_board.bring(window.sweep_board.cards["coordinates"])
    assert all(view.raced == window.sweeper.raced for view in views.values())


def menu(window, name):
    (button,) = (b for b in window.top_bar.findChildren(QToolButton) if b.text() == name)
    return {action.text(): action for action in button.menu().actions()}


@pytest.mark.parametrize("name", PAGES)
def test_the_menus_list_the_cards_of_the_page_in_front(window, name):
    window.show_page(name)
    cards = {card for board in (window.board, window.sweep_board) for card in board.cards.values()}
    offered = {card for card in cards if card.windowTitle() in menu(window, "Cards")}
    assert offered == {card for card in cards if window.pages.currentWidget().isAncestorOf(card)}
    assert offered == {card for card in cards if f"{card.view.title}…" in menu(window, "Export")}
    for card in offered:
        menu(window, "Cards")[card.windowTitle()].trigger()
        assert card.isHidden()


def test_a_card_that_is_saved_is_in_sight_and_up_to_date(qtbot, window, swept):
    window.open(str(swept / "sweep.toml"))
    card = window.sweep_board.cards["coordinates"]
    card.hide()
    qtbot.waitUntil(lambda: len(window.sweeper.raced) == 2, timeout=20_000)
    window.sweep_board.toggle_large(window.sweep_board.cards["outcome"])
    menu(window, "Export")["Races…"].trigger()
    assert card.isVisible()
    assert card.view.raced == window.sweeper.raced
    assert window.sweep_board.large_card is None


def test_a_large_card_of_the_sweep_gives_way_to_its_race(qtbot, window, swept):
    window.open(str(swept / "sweep.toml"))
    qtbot.waitUntil(lambda: len(window.sweeper.raced) == 2, timeout=20_000)
    window.sweep_board.toggle_large(window.sweep_board.cards["coordinates"])
    assert not window.pages.side.isVisible()
    with qtbot.waitSignal(window.clerk.opened):
        window.visit(window.sweeper.raced[0][0])
    assert page(window) == "Race"
    assert window.pages.side.isVisible()
    assert window.sweep_board.large_card is None


def test_an_experiments_file_is_no_sweep(qtbot, window, small, tmp_path):
    window.show_page("Sweep")
    experiment_file.save(small, tmp_path / "small.toml")
    with qtbot.waitSignal(window.clerk.opened):
        window.open(str(tmp_path / "small.toml"))
    assert page(window) == "Race"
    assert window.sweeper.sweep is None


@pytest.mark.parametrize("kind", ["Race", "Sweep"])
def test_the_gallery_opens_what_is_clicked(qtbot, window, kind):
    assert list(window.gallery.cards) == list(exhibits())
    exhibit = next(e for e in exhibits().values() if bool(e.sweep) == (kind == "Sweep"))
    window.show_page("Exhibits")
    qtbot.mouseClick(window.gallery.cards[exhibit.key], Qt.MouseButton.LeftButton)
    assert page(window) == kind
    assert window.session.experiment == exhibit.experiment
    assert window.sweeper.sweep == exhibit.sweep


@pytest.mark.parametrize("kind", ["Race", "Sweep"])
def test_the_chooser_opens_an_exhibit_as_what_it_is(window, kind):
    chooser, before = window.column.exhibit.chooser, window.session.experiment
    exhibit = next(e for e in exhibits().values() if bool(e.sweep) == (kind == "Sweep"))
    chooser.activated.emit(chooser.findData(exhibit.key))
    assert page(window) == kind
    assert window.session.experiment == exhibit.experiment
    assert window.sweeper.sweep == exhibit.sweep
    window.session.undo()
    assert window.session.experiment == before


def test_the_gallery_finds_room_for_every_claim(window):
    window.show_page("Exhibits")
    for size in ((1440, 900), (1000, 700)):
        window.resize(*size)
        for card in window.gallery.cards.values():
            assert card.height() >= card.heightForWidth(card.width())


def test_pictures_are_read_once_they_are_in_sight(window):
    def shown():
        labels = [card.findChildren(QLabel)[0] for card in window.gallery.cards.values()]
        return [label.pixmap().toImage() for label in labels]

    window.look.wear(DARK)
    assert all(picture.isNull() for picture in shown())
    window.show_page("Exhibits")
    dark = shown()
    assert not any(picture.isNull() for picture in dark)
    window.look.wear(LIGHT)
    assert all(light != picture for light, picture in zip(shown(), dark, strict=True))
    window.show_page("Race")
    window.look.wear(DARK)
    window.show_page("Exhibits")
    assert shown() == dark


def test_every_picture_is_of_an_exhibit_that_there_is():
    expected = {picture_of(key, theme) for key in exhibits() for theme in (LIGHT, DARK)}
    found = set(exhibit_pictures.PICTURES.iterdir())
    assert found == expected
    for path in found:
        assert not QImage(str(path)).isNull()


def test_a_picture_shows_the_plot_in_its_look_and_stays_small(qtbot, tmp_path, monkeypatch, small):
    monkeypatch.setattr(exhibit_pictures, "PICTURES", tmp_path)
    view = LossView()
    qtbot.addWidget(view)
    view.show_experiment(small)
    draw_picture("small", view)
    light, dark = (QImage(str(picture_of("small", theme))) for theme in (LIGHT, DARK))
    assert light.width() == dark.width() == round(exhibit_pictures.WIDTH * SHARP)
    assert light.pixelColor(0, 0).name() == LIGHT.card
    assert dark.pixelColor(0, 0).name() == DARK.card
    assert view.theme is LIGHT
    assert picture_of("small", LIGHT).stat().st_size < 50_000
