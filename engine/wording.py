"""How numbers and lists are said: "1 seed", "1,024 seeds", "a, b and c", "under 0.1 %"."""

from __future__ import annotations

from collections.abc import Sequence


def plural(noun: str, number: int) -> str:
    """The noun as it stands after a number."""
    return noun if number == 1 else f"{noun}s"


def counted(number: int, noun: str) -> str:
    """So many of something."""
    return f"{number:,} {plural(noun, number)}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def percent(share: float) -> str:
    """A share, with a digit behind the point only where it says something."""
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def sentence(text: str) -> str:
    """With a large letter at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}."
