"""Ready experiments: each a file in `resources/exhibits`, with a sentence of what to look for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .experiment import Experiment
from .experiment_file import read

# Beside the engine in a checkout, and inside the one package once installed.
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "exhibits"


@dataclass(frozen=True)
class Exhibit:
    """A ready experiment. `key` is what the command line calls it."""

    key: str
    experiment: Experiment

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def claim(self) -> str:
        """One sentence of what to look for."""
        return self.experiment.claim


@lru_cache
def exhibits() -> dict[str, Exhibit]:
    """All exhibits by key, in the order of their files: `1-digits.toml` is the first, `digits`."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        key = path.stem.partition("-")[2]
        found[key] = Exhibit(key, read(path).experiment)
    return found
