"""The exhibits on a page: each claim, and what was measured of it."""

from __future__ import annotations

from collections.abc import Sequence

from .exhibit import Exhibit

_HEAD = """# Exhibits: the claims, and what was measured

Written by `main.py exhibits --markdown` from the files in `resources/exhibits`. A race is run by
`main.py race KEY`, a sweep by `main.py sweep KEY`, and either is opened by `main.py --exhibit KEY`;
`main.py exhibits --rerun` races all of them afresh and fails where a conclusion has changed.

Differences are between pairs of equal seed, positive where the contestant is better than the
reference; brackets are intervals, those of a verdict's comparisons after its correction for many.
Earlier trials are those run for this project before it began, with other code.
"""


def as_markdown(found: Sequence[Exhibit]) -> str:
    """A page with a section for each exhibit."""
    return "\n".join([_HEAD, *map(_section, found)])


def _section(exhibit: Exhibit) -> str:
    kind = "sweep" if exhibit.sweep else "race"
    return (
        f"## {exhibit.name} (`{exhibit.key}`, {kind})\n\n"
        f"**Claim.** {exhibit.claim} *{exhibit.source}*\n\n"
        f"**Look at.** {exhibit.look}\n\n"
        f"**Measured.** {exhibit.measured}\n"
    )
