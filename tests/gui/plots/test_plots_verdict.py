"""The verdict's card: what it says while there is no verdict yet."""

from conftest import make_race

from gui.plots import ComparisonsView, VerdictView


def test_a_race_that_has_not_been_read_says_when_it_will_be(qtbot):
    race = make_race(evaluate_every=40, record_every=40)
    verdict, comparisons = VerdictView(), ComparisonsView()
    said = {verdict: verdict.text.toPlainText, comparisons: comparisons.words.text}
    race.advance(20)
    for view, text in said.items():
        qtbot.addWidget(view)
        view.start(race.recording)
        view.draw(race.recording, None)
        assert text().endswith("Its first evaluation is at step 40.")
    race.advance(20)
    for view, text in said.items():
        view.draw(race.recording, None)
        assert "follow" in text()
        assert "first evaluation" not in text()
