"""The table of comparisons: words and numbers say the same, and survive as text."""

import csv
import dataclasses
import io

import numpy as np
import pytest
from by_hand import race_of

from engine.comparison_table import (
    COLUMNS,
    as_csv,
    as_markdown,
    as_rows,
    gain_in_words,
    in_words,
    write_comparisons,
)
from engine.comparisons import Answer, comparisons
from engine.contestant import Contestant


@pytest.fixture
def recording():
    rng = np.random.default_rng(0)
    losses = 10 ** (np.array([[0.0], [-0.5], [0.4]]) + 0.1 * rng.standard_normal((3, 12)))
    return race_of(losses, "relu", "elu", "tanh")


def test_what_is_written_is_what_was_found(recording):
    compared = comparisons(recording)
    read = list(csv.DictReader(io.StringIO(as_csv(*as_rows(compared, recording.experiment)))))
    for row, found in zip(read, compared, strict=True):
        assert row["contestant"] == recording.experiment.contestant_names[found.contestant]
        assert float(row["gain_estimate"]) == found.test.estimate
        assert float(row["gain_low"]) == found.test.low
        assert float(row["superiority_high"]) == found.superiority.high
        assert int(row["wins"]) + int(row["losses"]) + int(row["ties"]) == int(row["pairs"]) == 12
        assert row["answer"] == found.answer


def test_words_and_numbers_agree(recording):
    compared = comparisons(recording)
    header, rows = in_words(compared, recording.experiment)
    assert header == [column.heading for column in COLUMNS]
    for row, found in zip(rows, compared, strict=True):
        said = dict(zip(header, row, strict=True))
        assert (said["answer"], said["standing"]) == (found.answer, found.standing)
        assert said["won–lost–tied"].split("–")[:2] == [str(found.wins), str(found.losses)]
        nobody = found.answer == Answer.NEITHER
        assert said["better by"].startswith("—" if nobody else found.reads(found.test.estimate))
        assert (said["p"] == "< 0.001") == (found.adjusted_p < 0.001)


def test_a_name_with_a_bar_stays_in_its_cell(recording):
    named = (recording.experiment.contestants[0], Contestant("elu", label="a | b"))
    experiment = dataclasses.replace(
        recording.experiment, contestants=(*named, recording.experiment.contestants[2])
    )
    header, rows = in_words(comparisons(recording), experiment)
    lines = as_markdown(header, rows).splitlines()
    assert len(lines) == len(rows) + 2
    for line in lines:
        assert line.replace("\\|", "").count("|") == len(header) + 1
    assert any("a \\| b" in line for line in lines)


def test_every_column_can_be_sorted_by(recording):
    for column in COLUMNS:
        assert column.help
        sorted(comparisons(recording), key=column.order)


def test_files_are_written_where_there_is_something_to_compare(recording, tmp_path):
    write_comparisons([], recording.experiment, tmp_path)
    assert not list(tmp_path.iterdir())
    write_comparisons(comparisons(recording), recording.experiment, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"comparisons.csv", "comparisons.md"}


def test_a_limit_that_bounds_nothing_is_left_out():
    """Each arrives alone in some pairs: nothing bounds the gain at one end, or at either."""
    steps = np.full((3, 16), 100.0)
    steps[0, 12:] = np.inf
    steps[2, :4] = np.inf
    race = race_of(np.ones((3, 16)), steps=steps)
    gains = [gain_in_words(c) for c in comparisons(race) if c.outcome.key == "steps"]
    assert gains == ["×1 [at least ×1]", "×1 [no limits]"]
