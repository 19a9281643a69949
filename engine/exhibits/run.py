"""One run of an exhibit: when it was, what it took, and all that it concluded, in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..files import write_json
from ..settings import Refusal
from .conclusions import Conclusion, from_json, to_json
from .exhibit import FOLDER

FORMAT = 1
RUNS = FOLDER / "measured"


@dataclass(frozen=True)
class Run:
    """A finished run of the exhibit whose digest this is.

    seconds: processor time of a race; of a sweep, what its workers took together by the clock.
    warnings: what may make a comparison unfair, as a best learning rate at the edge of its grid.
    """

    digest: str
    date: str
    seeds: int
    seconds: float
    headline: str
    warnings: tuple[str, ...]
    conclusions: tuple[Conclusion, ...]


def path_of(key: str) -> Path:
    """Where the recorded run of the exhibit called `key` is kept."""
    return RUNS / f"{key}.json"


def save(key: str, run: Run) -> None:
    """Record the run. Raises OSError."""
    RUNS.mkdir(exist_ok=True)
    tables = {
        "format": FORMAT,
        "digest": run.digest,
        "date": run.date,
        "seeds": run.seeds,
        "seconds": round(run.seconds, 1),
        "headline": run.headline,
        "warnings": run.warnings,
        "conclusions": [to_json(conclusion) for conclusion in run.conclusions],
    }
    write_json(path_of(key), tables)


def load(key: str) -> Run:
    """The recorded run of an exhibit. Raises Refusal where there is none that can be read."""
    path = path_of(key)
    try:
        tables = json.loads(path.read_text("utf-8"))
        if tables.pop("format") != FORMAT:
            raise ValueError(f"format must be {FORMAT}")
        conclusions = tuple(map(from_json, tables.pop("conclusions")))
        warnings = tuple(tables.pop("warnings"))
        return Run(**tables, warnings=warnings, conclusions=conclusions)
    except OSError:
        raise Refusal("exhibit", key, "has no recorded run: make one with --record") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(path.name, str(error), "must be what --record writes") from None
