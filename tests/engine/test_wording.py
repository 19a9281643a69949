"""Words for numbers and lists: one of each is no plural, and nothing is rounded away."""

import pytest

from engine.wording import counted, listed, percent, plural, sentence


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 seeds"), (1, "1 seed"), (2, "2 seeds"), (1024, "1,024 seeds")]
)
def test_only_one_of_something_is_no_plural(number, said):
    assert counted(number, "seed") == said
    assert plural("seed", number) == said.split()[1]


def test_a_list_has_one_and_before_its_last_word():
    assert [listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (1e-6, "under 0.1 %"), (0.0123, "1.2 %"), (0.123, "12 %"), (1.0, "100 %")],
)
def test_a_share_that_is_not_nothing_is_never_said_to_be(share, said):
    assert percent(share) == said


def test_a_sentence_begins_large_and_ends():
    assert sentence("against ReLU") == "Against ReLU."
