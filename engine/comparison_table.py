"""The comparisons as a table: in words for people, and in numbers for programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .comparisons import Answer, Compared
from .experiment import Experiment
from .files import whole_file
from .outcomes import between


@dataclass(frozen=True)
class Column:
    """A column in words: what stands over it, what it means, its cells, and how rows are sorted."""

    heading: str
    help: str
    text: Callable[[Compared, Experiment], str]
    order: Callable[[Compared], Any]


COLUMNS = (
    Column(
        "contestant", "Who is compared with the reference, seed by seed",
        lambda found, experiment: experiment.contestant_names[found.contestant],
        lambda found: found.contestant,
    ),
    Column(
        "answer", "What these seeds say of the contestant",
        lambda found, _: found.answer.value,
        lambda found: list(Answer).index(found.answer),
    ),
    Column(
        "outcome", "What is compared", lambda found, _: found.outcome.label,
        lambda found: found.outcome.label,
    ),
    Column(
        "better by", "The estimate and, in brackets, its interval: a ratio over ×1 or a difference "
        "over 0 is in the contestant's favour",
        lambda found, _: gain_in_words(found),
        lambda found: (found.outcome.share, found.test.estimate),
    ),
    Column(
        "p", "How rarely chance alone does as much; adjusted for all primary comparisons (Holm)",
        lambda found, _: _rarity(found.adjusted_p), lambda found: found.adjusted_p,
    ),
    Column(
        "won–lost–tied", "Pairs of equal seed", lambda found, _: _score(found),
        lambda found: found.wins - found.losses,
    ),
    Column(
        "superiority", "How probably the contestant is better at an equal seed, with its 95 % "
        "interval; ties count half",
        lambda found, _: _share(found), lambda found: found.superiority.estimate,
    ),
    Column(
        "could show", "The smallest difference that so many seeds show in four of five races; "
        "unknown where one lane of a pair never arrived",
        lambda found, _: _smallest(found), lambda found: (found.outcome.share, found.smallest),
    ),
    Column(
        "standing", "Primary: declared before, and wrong together no more often than planned; "
        "exploratory: for itself alone",
        lambda found, _: found.standing, lambda found: found.standing,
    ),
)  # fmt: skip


def gain_in_words(found: Compared) -> str:
    """The estimate with its limits: "×1.58 [×1.2, ×2.1]", "×1 [at least ×1]"; — where no lane of
    any pair arrived, and there is nothing to compare.
    """
    test = found.test
    if found.answer == Answer.NEITHER:
        return "—"
    if found.too_few:
        return "{} [{}, {}]".format(*map(found.reads, (test.estimate, test.low, test.high)))
    if test.low == test.high and math.isinf(test.low):
        return found.reads(test.estimate)
    return f"{found.reads(test.estimate)} {between(test.low, test.high, found.reads)}"


def _rarity(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _score(found: Compared) -> str:
    return f"{found.wins}–{found.losses}–{found.test.n - found.wins - found.losses}"


def _share(found: Compared) -> str:
    share = found.superiority
    return f"{share.estimate:.2f} [{share.low:.2f}, {share.high:.2f}]"


def _smallest(found: Compared) -> str:
    if math.isfinite(found.smallest):
        return found.outcome.reads(found.smallest) if found.smallest > 0 else "—"
    return "nothing" if found.too_few else "unknown"


def in_numbers(found: Compared, experiment: Experiment) -> dict[str, Any]:
    """A contestant against the reference; gains are positive where the contestant is better."""
    test, names = found.test, experiment.contestant_names
    ends = (test.estimate, test.low, test.high)
    return {
        "contestant": names[found.contestant],
        "reference": names[found.reference],
        "outcome": found.outcome.key,
        "scale": "difference" if found.outcome.share else "log10_ratio",
        "standing": found.standing,
        "answer": found.answer.value,
        "gain": dict(zip(("estimate", "low", "high"), ends, strict=True)),
        "reads": gain_in_words(found),
        "p": test.p,
        "adjusted_p": found.adjusted_p,
        "threshold": test.alpha,
        "pairs": test.n,
        "wins": found.wins,
        "ties": test.n - found.wins - found.losses,
        "losses": found.losses,
        "neither_arrived": found.neither,
        "superiority": asdict(found.superiority),
        "smallest_shown": found.smallest,
    }


def as_rows(
    compared: Sequence[Compared], experiment: Experiment
) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of `in_numbers`; the parts of an interval have columns of their own."""
    flat = [_flat(in_numbers(found, experiment)) for found in compared]
    return list(flat[0]) if flat else [], [list(row.values()) for row in flat]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        flat |= {f"{key}_{part}" if part else key: number for part, number in parts}
    return flat


def in_words(compared: Sequence[Compared], experiment: Experiment) -> tuple[list[str], list[Any]]:
    """Header and rows of `COLUMNS`."""
    rows = [[column.text(found, experiment) for column in COLUMNS] for found in compared]
    return [column.heading for column in COLUMNS], rows


def as_csv(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """Comma-separated values; what is beyond all numbers is inf."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


def as_markdown(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """A table that people can read as it stands, and that Markdown sets."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_escaped, line))} |\n" for line in lines)


def _escaped(cell: Any) -> str:
    return str(cell).replace("|", "\\|")


def write_comparisons(compared: Sequence[Compared], experiment: Experiment, folder: Path) -> None:
    """comparisons.csv and comparisons.md, where there is anything to compare. Raises OSError."""
    if not compared:
        return
    for name, text in (
        ("comparisons.csv", as_csv(*as_rows(compared, experiment))),
        ("comparisons.md", as_markdown(*in_words(compared, experiment))),
    ):
        with whole_file(folder / name) as file:
            file.write(text.encode())
