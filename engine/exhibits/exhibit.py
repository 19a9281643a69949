"""An exhibit: a ready race or sweep, the claim it tests, and what was measured of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..experiment import Experiment
from ..experiment_file import EXHIBIT, from_tables, parsed, records, refuse_unknown, text_of
from ..settings import Refusal
from ..sweeps.sweep import Sweep
from ..sweeps.sweep_file import from_sweep_tables
from .reading import Reading

# Beside the engine in a checkout, and inside the one package once installed.
FOLDER = Path(__file__).resolve().parents[2] / "resources" / "exhibits"

_TEXTS = ("source", "look", "view", "measured")


@dataclass(frozen=True)
class Exhibit:
    """A ready race, or a `sweep` around its experiment. `key` is what the command line calls it.

    source: whose claim it is, with its year. look: what to look at, and on which card; `view` is
    the key of that card, "" for a sweep, which has views of its own. measured: what a run of it
    found, with date, seeds and figures. readings: what a rerun reads besides the outcomes.
    digest: of all in the file that decides what is raced, so that a run can say of what it was.
    """

    key: str
    experiment: Experiment
    sweep: Sweep | None
    source: str
    look: str
    view: str
    measured: str
    readings: tuple[Reading, ...]
    digest: str

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def claim(self) -> str:
        """The one sentence that the race puts to the test."""
        return self.experiment.claim


def load(path: Path) -> Exhibit:
    """The exhibit of a file: an experiment's or a sweep's, with a table [exhibit] beside.

    Raises Refusal naming the file, the field, its value and what is allowed.
    """
    try:
        tables = parsed(text_of(path))
        about, readings = _about(tables.pop(EXHIBIT, {}))
        digest = _digest(tables, readings)
        sweep = from_sweep_tables(tables) if "grid" in tables else None
        experiment = sweep.experiment if sweep else from_tables(tables)
    except Refusal as refusal:
        raise refusal.of(path.name) from None
    key = path.stem.partition("-")[2]
    return Exhibit(key, experiment, sweep, **about, readings=readings, digest=digest)


@lru_cache
def exhibits() -> dict[str, Exhibit]:
    """All exhibits by key, in the order of their files: `1-digits.toml` is the first, `digits`."""
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: int(path.stem.partition("-")[0]))
    found = map(load, paths)
    return {exhibit.key: exhibit for exhibit in found}


def chosen(names: Sequence[str]) -> list[Exhibit]:
    """The exhibits of these names, all without any. Raises Refusal for a name there is not."""
    for name in names:
        if name not in exhibits():
            raise Refusal("exhibit", name, f"must be one of {', '.join(exhibits())}")
    return [exhibit for key, exhibit in exhibits().items() if key in names or not names]


def _about(table: Any) -> tuple[dict[str, str], tuple[Reading, ...]]:
    """The texts of an [exhibit] table, "" where there is none yet, and its readings."""
    if not isinstance(table, dict):
        raise Refusal(EXHIBIT, table, "must be a table of names and values")
    try:
        refuse_unknown(table, (*_TEXTS, "reading"))
        texts = {name: table.get(name, "") for name in _TEXTS}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise Refusal(name, text, "must be text")
        # A text may stand on several lines of the file; it is one paragraph all the same.
        texts = {name: " ".join(text.split()) for name, text in texts.items()}
    except Refusal as refusal:
        raise refusal.inside(EXHIBIT) from None
    return texts, records(Reading, table.get("reading", []), f"{EXHIBIT}.reading")


def _digest(tables: Mapping[str, Any], readings: Sequence[Reading]) -> str:
    decisive = {name: table for name, table in tables.items() if name not in ("name", "claim")}
    text = json.dumps([decisive, [asdict(reading) for reading in readings]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
