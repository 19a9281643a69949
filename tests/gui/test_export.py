"""Exports: the size asked for, what the screen shows, the experiment; and the screen untouched."""

from __future__ import annotations

import csv
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from engine.experiment import Experiment
from engine.experiment_file import loads
from engine.race import Race
from gui import export
from gui.page import ExportError, Page
from gui.plots import PLOTS
from gui.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"
FORMATS = (".png", ".svg", ".pdf")


@pytest.fixture(scope="module")
def raced():
    """A finished small race with a change on the way, and its last snapshot."""
    experiment = Experiment(name="Näme & <claim>").with_value("training.steps", 300)
    experiment = experiment.with_value("population.seeds", 3)
    race = Race(experiment)
    race.advance(100)
    race.intervene("training.learning_rate", 0.01)
    race.advance(200)
    return race, race.snapshot()


def show(qtbot, kind, raced, theme=DARK):
    race, snapshot = raced
    view = kind()
    qtbot.addWidget(view)
    view.resize(640, 420)
    view.set_theme(theme)
    view.show_experiment(race.experiment)
    view.start(race.recording)
    view.show()
    view.draw(race.recording, snapshot)
    settle(qtbot, view)
    return view


def settle(qtbot, view) -> None:
    """Let layouts come to rest, as they do between the first paints."""
    for _ in range(4):
        view.grab()
        QGuiApplication.processEvents()


@pytest.fixture(params=PLOTS, ids=lambda kind: kind.key)
def view(request, qtbot, raced):
    return show(qtbot, request.param, raced)


@pytest.fixture
def loss(qtbot, raced):
    return show(qtbot, next(kind for kind in PLOTS if kind.key == "loss"), raced)


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_png_has_the_size_and_resolution_asked_for_and_something_in_each_quarter(view, tmp_path):
    path = tmp_path / "view.png"
    export.render(view, path, 1500, 900, 300, LIGHT)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1500, 900)
    assert image.dotsPerMeterX() == image.dotsPerMeterY() == 11811
    drawn = (pixels(image) != 255).any(axis=2)
    for quarter in (drawn[:450, :750], drawn[:450, 750:], drawn[450:, :750], drawn[450:, 750:]):
        assert quarter.mean() > 0.001


def test_white_is_white_and_dark_is_dark(view, tmp_path):
    for theme in (LIGHT, DARK):
        export.render(view, tmp_path / f"{theme.name}.png", 900, 600, 96, theme)
    light, dark = (pixels(QImage(str(tmp_path / f"{t.name}.png"))) for t in (LIGHT, DARK))
    for image, theme in ((light, LIGHT), (dark, DARK)):
        paper = QColor(theme.card)
        assert (image[2, 2] == (paper.red(), paper.green(), paper.blue())).all()
    assert (light != dark).any(axis=2).mean() > 0.5


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_image_carries_its_experiment_with_what_was_changed(view, raced, tmp_path, suffix):
    path = tmp_path / f"view{suffix}"
    export.render(view, path, 600, 400, 96, LIGHT)
    carried = loads({".png": from_png, ".svg": from_svg, ".pdf": from_pdf}[suffix](path))
    assert carried == raced[0].recording.replay_experiment()
    assert [change.step for change in carried.interventions] == [100]


def from_png(path: Path) -> str:
    return QImage(str(path)).text(export.EXPERIMENT_KEY)


def from_svg(path: Path) -> str:
    return ElementTree.parse(path).getroot().find(f"{SVG}metadata").text


def from_pdf(path: Path) -> str:
    """The attachment, which this small is stored as it is or deflated."""
    import zlib

    for stream in re.findall(rb"stream\r?\n(.*?)\r?\n?endstream", path.read_bytes(), re.S):
        for unpacked in (stream, *deflated(zlib.decompressobj(), stream)):
            if unpacked.startswith(b"format = "):
                return unpacked.decode()
    raise AssertionError("the PDF has no experiment attached")


def deflated(packer, stream: bytes) -> list[bytes]:
    return [packer.decompress(stream)] if stream[:1] == b"x" else []


def test_a_page_has_the_size_asked_for_in_millimetres(loss, tmp_path):
    """90 × 60 mm at 300 dpi, a column of a journal."""
    for suffix in (".svg", ".pdf"):
        export.render(loss, tmp_path / f"loss{suffix}", 1063, 709, 300, LIGHT)
    root = ElementTree.parse(tmp_path / "loss.svg").getroot()
    assert float(root.get("width").removesuffix("mm")) == pytest.approx(90, abs=0.05)
    assert float(root.get("height").removesuffix("mm")) == pytest.approx(60, abs=0.05)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "loss.pdf").read_bytes())
    points = [float(side) for side in box.groups()]
    assert points == pytest.approx([90 / 25.4 * 72, 60 / 25.4 * 72], abs=0.5)


def lines_of(path: Path) -> dict[str, list[np.ndarray]]:
    """Lines of an SVG by their colour, in page coordinates, each (n, 2)."""
    lines: dict[str, list[np.ndarray]] = {}
    for group in ElementTree.parse(path).getroot().iter(f"{SVG}g"):
        a, b, c, d, e, f = matrix(group.get("transform", "matrix(1,0,0,1,0,0)"))
        for item in group:
            text = item.get("d") or item.get("points") or ""
            numbers = np.array(re.findall(r"-?[\d.]+(?:e[-+]?\d+)?", text), float).reshape(-1, 2)
            placed = numbers @ np.array([[a, b], [c, d]]) + (e, f)
            if len(placed) and group.get("stroke", "none") != "none":
                lines.setdefault(group.get("stroke").lower(), []).append(placed)
    return lines


def matrix(text: str) -> list[float]:
    return [float(number) for number in text.removeprefix("matrix(").rstrip(")").split(",")]


def test_svg_has_curves_as_lines_inside_the_page(view, tmp_path):
    path = tmp_path / "view.svg"
    export.render(view, path, 900, 600, 96, LIGHT)
    root = ElementTree.parse(path).getroot()
    assert [float(n) for n in root.get("viewBox").split()] == [0, 0, 900, 600]
    assert root.find(f"{SVG}title").text == view.title
    for lines in lines_of(path).values():
        for line in lines:
            assert (line > -1).all()
            assert (line < (901, 601)).all()


def test_svg_of_a_closer_look_stays_inside_its_axes(loss, tmp_path):
    """QSvgGenerator knows no clip: curves far outside would cross the whole page."""
    (box,) = (item for item in loss.plot_widget.scene().items() if isinstance(item, pg.ViewBox))
    (x0, x1), (y0, y1) = box.viewRange()
    box.setRange(
        xRange=(x0 + 0.3 * (x1 - x0), x0 + 0.4 * (x1 - x0)),
        yRange=(y0 + 0.4 * (y1 - y0), y0 + 0.6 * (y1 - y0)), padding=0,
    )  # fmt: skip
    path = tmp_path / "loss.svg"
    export.render(loss, path, 900, 600, 96, LIGHT)
    lines = lines_of(path)
    for colour in LIGHT.colours[:4]:
        curve = max(lines[colour.lower()], key=len)
        assert len(curve) >= 2
        x, y = curve.T
        assert x.min() > 20
        assert y.min() > 30
        assert x.max() < 900
        assert y.max() < 590


def test_svg_and_png_are_one_picture(view, tmp_path):
    """Same places, same widths, same ticks: also on logarithmic axes and in heat maps."""
    for suffix in (".svg", ".png"):
        export.render(view, tmp_path / f"view{suffix}", 1200, 800, 96, LIGHT)
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(str(tmp_path / "view.svg")).render(painter, QRectF(0, 0, 1200, 800))
    painter.end()
    one, other = pixels(image).astype(int), pixels(QImage(str(tmp_path / "view.png"))).astype(int)
    # Letters and edges may fall on other pixels; blocks of 8 × 8 must agree.
    blocks = [p.reshape(100, 8, 150, 8, 3).mean(axis=(1, 3)) for p in (one, other)]
    assert np.abs(blocks[0] - blocks[1]).mean() < 2.5


def test_resolution_changes_sharpness_not_layout(view, tmp_path):
    for name, factor in (("screen", 1), ("print", 3)):
        export.render(view, tmp_path / f"{name}.png", 800 * factor, 600 * factor, 96 * factor, DARK)
    small = pixels(QImage(str(tmp_path / "screen.png"))).astype(float)
    large = pixels(QImage(str(tmp_path / "print.png"))).astype(float)
    large = large.reshape(600, 3, 800, 3, 3).mean(axis=(1, 3))
    blocks = [p.reshape(75, 8, 100, 8, 3).mean(axis=(1, 3)) for p in (small, large)]
    assert np.abs(blocks[0] - blocks[1]).mean() < 2.5


def test_the_screen_is_as_it_was(view, qtbot, tmp_path):
    before = view.grab().toImage()
    ranges = [b.viewRange() for b in boxes(view)]
    for suffix in FORMATS:
        export.render(view, tmp_path / f"view{suffix}", 1500, 2000, 300, LIGHT)
    export.copy_to_clipboard(view, LIGHT)
    assert view.theme is DARK
    assert view.plot_widget.updatesEnabled()
    assert [b.viewRange() for b in boxes(view)] == ranges
    assert view.grab().toImage() == before
    settle(qtbot, view)
    assert view.grab().toImage() == before


def boxes(view) -> list[pg.ViewBox]:
    return [item for item in view.plot_widget.scene().items() if isinstance(item, pg.ViewBox)]


def test_a_view_that_was_never_shown_is_exported_the_same(qtbot, raced, tmp_path):
    for kind in PLOTS:
        race, snapshot = raced
        view = kind()
        qtbot.addWidget(view)
        view.set_theme(LIGHT)
        view.show_experiment(race.experiment)
        view.start(race.recording)
        view.draw(race.recording, snapshot)
        export.render(view, tmp_path / "hidden.png", 900, 600, 96, LIGHT)
        export.render(show(qtbot, kind, raced), tmp_path / "shown.png", 900, 600, 96, LIGHT)
        hidden, shown = (QImage(str(tmp_path / f"{name}.png")) for name in ("hidden", "shown"))
        assert (pixels(hidden) != pixels(shown)).any(axis=2).mean() < 0.01, kind.key


def test_the_clipboard_gets_the_image(loss):
    export.copy_to_clipboard(loss, LIGHT)
    image = QGuiApplication.clipboard().image()
    assert image.size() == 2 * loss.plot_widget.size()
    colours = Counter(map(tuple, pixels(image).reshape(-1, 3)))
    assert colours.most_common(1)[0][0] == (255, 255, 255)


def save_table(view, path) -> None:
    export.write(export.table_paper(view, path))


def test_the_table_is_what_the_view_says(view, tmp_path):
    save_table(view, tmp_path / "view.csv")
    header, rows = view.table()
    with (tmp_path / "view.csv").open(newline="", encoding="utf-8") as file:
        written = list(csv.reader(file))
    assert written[0] == [str(name) for name in header]
    assert written[1:] == [["" if cell is None else str(cell) for cell in row] for row in rows]
    assert rows


@pytest.mark.parametrize("write", [
    lambda view, path: export.render(view, path, 300, 200, 96, LIGHT), save_table,
], ids=["image", "table"])  # fmt: skip
@pytest.mark.parametrize(
    "name", ["no/such/folder/a{}", "a.bmp", "a", "", "folder{}", "x" * 250 + "{}", "file.txt/a{}"]
)
def test_a_bad_path_is_said_in_one_line_and_leaves_nothing(loss, tmp_path, write, name):
    suffix = ".csv" if write is save_table else ".png"
    (tmp_path / f"folder{suffix}").mkdir()
    (tmp_path / "file.txt").write_text("kept")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ExportError) as error:
        write(loss, str(tmp_path / name.format(suffix)) if name else "")
    assert str(error.value)
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("size", "named"),
    [((0, 400, 96), "width"), ((400, -3, 96), "height"), ((30_000, 400, 96), "width"),
     ((20_000, 20_000, 96), "size"), ((400, 400, 0), "dpi"), ((400, 400, 1e9), "dpi")],
)  # fmt: skip
def test_a_size_that_cannot_be_is_refused_by_name(loss, tmp_path, size, named):
    with pytest.raises(ExportError, match=named):
        export.render(loss, tmp_path / "a.png", *size, LIGHT)
    assert not list(tmp_path.iterdir())


def test_a_failed_export_puts_the_screen_back(loss, qtbot, tmp_path, monkeypatch):
    before = loss.grab().toImage()
    monkeypatch.setattr(pg.GraphicsScene, "render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export.render(loss, tmp_path / "a.png", 900, 600, 96, LIGHT)
    assert loss.theme is DARK
    assert loss.grab().toImage() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_a_file_shows_what_was_there_when_it_was_asked_for(loss, raced, tmp_path, suffix):
    now, later = (tmp_path / f"{name}{suffix}" for name in ("now", "later"))

    def asked_for(path):
        if suffix == ".csv":
            return export.table_paper(loss, path)
        return export.page_paper(Page(loss, 900, 600, 96, LIGHT), path)

    export.write(asked_for(now))
    paper = asked_for(later)
    loss.start(None)
    writer = threading.Thread(target=export.write, args=(paper,))
    writer.start()
    writer.join()
    assert later.read_bytes() == now.read_bytes()


def test_lines_of_the_heading_do_not_overlap(loss):
    """A caption that wraps pushes the plots down instead of covering them."""
    loss.say("a caption of many words " * 12)
    heading = Page(loss, 400, 300, 96, LIGHT)._heading()
    assert [line.text for line in heading] == [loss.title, loss.caption]
    assert all(above.place.bottom() <= below.place.top() for above, below in pairwise(heading))
    assert heading[1].place.height() > 2 * heading[0].place.height()
    assert Page(loss, 400, 300, 96, LIGHT).size == QSizeF(400, 300)
