"""The page painter's geometry: what it cuts away, what it keeps, and that width is no pixel's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from gui.page_painter import PagePainter, cut_area, cut_lines, plain_pen

WINDOW = QRectF(10, 20, 60, 30)
EDGE = 1e-9


def inside(points: np.ndarray, margin: float = EDGE) -> np.ndarray:
    x, y = points.T
    return (
        (x >= WINDOW.left() - margin) & (x <= WINDOW.right() + margin)
        & (y >= WINDOW.top() - margin) & (y <= WINDOW.bottom() + margin)
    )  # fmt: skip


def points_of(path: QPainterPath) -> list[np.ndarray]:
    polygons = path.toSubpathPolygons()
    return [np.array([(point.x(), point.y()) for point in polygon]) for polygon in polygons]


def length(lines: list[np.ndarray]) -> float:
    return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("spread", [5.0, 100.0, 1e6])
def test_cut_lines_keep_what_is_inside_and_nothing_else(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.array([40.0, 35.0]) + spread * rng.standard_normal((40, 2))
    points[10:20, 0] = points[10, 0]  # upright stretches, as of a step
    points[25:30, 1] = points[25, 1]
    kept = points_of(cut_lines(pg.functions.arrayToQPath(*points.T), WINDOW))
    assert all(inside(line, 1e-6).all() for line in kept)
    # Independent of the clipping: walk each segment in small steps and count those inside.
    along = (np.arange(20_000) + 0.5)[:, None] / 20_000
    expected = 0.0
    for start, end in pairwise(points):
        expected += inside(start + along * (end - start)).mean() * np.hypot(*(end - start))
    steps = np.hypot(*np.diff(points, axis=0).T).max() / 20_000
    assert length(kept) == pytest.approx(expected, abs=2 * steps * len(points))


def test_lines_that_stay_inside_stay_in_one_piece() -> None:
    x = np.linspace(0, 100, 400)
    y = 35 + 10 * np.sin(x)
    (kept,) = points_of(cut_lines(pg.functions.arrayToQPath(x, y), WINDOW))
    assert kept[0, 0] == pytest.approx(WINDOW.left())
    assert kept[-1, 0] == pytest.approx(WINDOW.right())


def test_nothing_is_left_of_what_lies_outside() -> None:
    path = pg.functions.arrayToQPath(np.array([80.0, 90, 100]), np.array([30.0, 40, 30]))
    assert cut_lines(path, WINDOW).isEmpty()
    assert cut_area(path, WINDOW).isEmpty()


def test_cut_area_is_the_overlap() -> None:
    path = QPainterPath()
    path.addRect(QRectF(0, 0, 40, 40))
    assert cut_area(path, WINDOW).boundingRect() == QRectF(10, 20, 30, 20)
    assert cut_area(path, None) is path


def test_pens_are_measured_in_page_units() -> None:
    assert plain_pen(pg.mkPen("r", width=2)).widthF() == 2
    assert plain_pen(pg.mkPen("r", width=0)).widthF() == 1
    assert not plain_pen(pg.mkPen("r")).isCosmetic()
    plain = QPen(Qt.PenStyle.DashLine)
    plain.setWidthF(0.5)
    assert plain_pen(plain).widthF() == 0.5


@pytest.mark.parametrize("scale", [1, 2, 3.125])
def test_a_line_is_as_thick_at_every_resolution_and_shape_of_the_data(scale: float) -> None:
    image = QImage(round(80 * scale), round(60 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = PagePainter(image)
    painter.fillRect(QRectF(0, 0, 80, 60), QColor("white"))
    painter.scale(80 / 1e6, -60.0)  # a step axis to the right, a loss upwards
    painter.translate(0, -1)
    painter.setPen(pg.mkPen("k", width=4))
    painter.drawPath(pg.functions.arrayToQPath(np.array([0.0, 1e6]), np.array([0.5, 0.5])))
    painter.end()
    column = image.width() // 2
    dark = sum(255 - image.pixelColor(column, y).red() for y in range(image.height())) / 255
    assert dark / scale == pytest.approx(4, abs=0.35)


@pytest.mark.parametrize("alpha", [90, 255])
def test_a_restless_line_looks_the_same_in_pieces(alpha: int) -> None:
    x = np.linspace(5, 295, 300)
    y = 50 + 40 * np.random.default_rng(1).uniform(-1, 1, 300)
    path = pg.functions.arrayToQPath(x, y)
    pen = QPen(QColor(200, 30, 30, alpha), 1.8)

    def picture(kind: type[QPainter]) -> np.ndarray:
        image = QImage(300, 100, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = kind(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.end()
        return pg.functions.ndarray_from_qimage(image)[..., :3].astype(int)

    difference = np.abs(picture(PagePainter) - picture(QPainter))
    assert difference.mean() < 1.5
    assert np.mean(difference > 64) < 0.002
