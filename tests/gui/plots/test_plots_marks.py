"""Marks across a chart: the word beside a line stays inside the plotting area."""

import pytest

from gui.plots.chart import Canvas, Chart
from gui.plots.marks import Level, Marks


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("y", [0.0, 0.02, 0.5, 0.98, 1.0])
def test_a_word_that_would_leave_the_area_stands_on_the_other_side_of_its_line(qtbot, y, over):
    canvas, chart = Canvas(), Chart(mouse=False)
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.addItem(chart)
    canvas.show()
    canvas.grab()
    chart.show_range(x=(0.0, 1.0), y=(0.0, 1.0))
    marks = Marks(chart.box)
    place = marks._beside(Level(y, "criterion 0.345", over=over))
    area = marks.boundingRect()
    assert area.top() <= place.top() + 1
    assert place.bottom() <= area.bottom() + 1
    if y == 0.5:
        middle = area.center().y()
        assert (place.bottom() <= middle + 1) == over
