"""The folder of a sweep: one folder a race, each whole once its result is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ..archive import Archive, refusing
from ..files import whole_file, write_json
from ..network import no_look
from ..settings import Refusal
from ..track import Channel, Track
from .job import Message
from .result import RaceResult
from .sweep import GridRace, Sweep
from .sweep_file import save

RECORDING, SUMMARY, RESULT = "recording.npz", "summary.json", "result.json"
RACES, REPORT, FAILED = "races", "sweep.json", "failed"


class SweepFolder:
    """Where the races of a sweep leave what they came to, each under its key.

    So a sweep that was interrupted, or whose grid has grown, finds what it has. `path` is made
    when something is kept. Writing raises OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def begun(self) -> bool:
        """Whether a sweep was raced here, be it in vain."""
        return (self.path / RACES).is_dir() or (self.path / REPORT).is_file()

    def of(self, race: GridRace) -> Path:
        """The race's own folder."""
        return self.path / RACES / race.key

    def recording(self, race: GridRace) -> Path:
        """The file of the race's recording."""
        return self.of(race) / RECORDING

    def has(self, race: GridRace) -> bool:
        """Whether the race was finished."""
        return self.result(race) is not None

    def begin(self, sweep: Sweep) -> None:
        """Keep what is to be raced, for whoever opens the folder."""
        self.path.mkdir(parents=True, exist_ok=True)
        save(sweep, self.path / "sweep.toml")

    def keep(self, race: GridRace, message: Message) -> None:
        """Write all of a finished race; its result comes last, and says that the rest is there."""
        folder = self.of(race)
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / RECORDING) as file:
            file.write(message.recording)
        write_json(folder / SUMMARY, message.summary)
        write_json(folder / RESULT, message.result.to_json())

    def result(self, race: GridRace) -> RaceResult | None:
        """What the race came to; None where it was not finished, or somebody changed its files."""
        try:
            found = json.loads((self.of(race) / RESULT).read_text("utf-8"))
            return RaceResult.from_json(found)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def raced(
        self, sweep: Sweep, look: Callable[[], None] = no_look
    ) -> list[tuple[GridRace, RaceResult]]:
        """The races of a sweep that are finished, in the order of its grid, and their results.

        `look` is called before each, and may raise to abandon it.
        """
        found = []
        for race in sweep.races():
            look()
            if (result := self.result(race)) is not None:
                found.append((race, result))
        return found

    def failed(
        self, sweep: Sweep, look: Callable[[], None] = no_look
    ) -> list[tuple[GridRace, str]]:
        """The races of a sweep that were given up when it was raced last, and why.

        In the order of its grid; `look` as in `raced`. Raises Refusal where the report is damaged.
        """
        found, reasons = [], self._reasons()
        for race in sweep.races() if reasons else ():
            look()
            if race.key in reasons and not self.has(race):
                found.append((race, reasons[race.key]))
        return found

    def _reasons(self) -> dict[str, str]:
        """Why races have failed, by key, as the report says; none without a report."""
        try:
            races = json.loads((self.path / REPORT).read_text("utf-8"))["races"]
            return {race["key"]: str(race["reason"]) for race in races if race["state"] == FAILED}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            allowed = "is damaged, and does not say which races have failed: delete it to go on"
            raise Refusal("report", str(self.path / REPORT), allowed) from None

    def curve(self, race: GridRace, name: str) -> Track:
        """One curve of a race, as "test_loss", (contestants, seeds) a row.

        The rest of the recording is left unread. Raises Refusal for a file without it.
        """
        path, experiment = self.recording(race), race.experiment
        with refusing(path):
            under = ("about", "curves/steps", "curves/buckets", f"curves/{name}/")
            archive = Archive(path, no_look, under)
            shape, *rest = json.loads(archive.text("about"))["tracks"]["curves"][name]
            lanes = (len(experiment.contestants), experiment.population.seeds)
            if tuple(shape) != lanes:
                raise Refusal(f"curves.{name}", shape, f"must be shaped {lanes}")
            memory = int(experiment.population.memory * 1_000_000)
            return Track.from_arrays({name: Channel(lanes, *rest)}, memory, archive.under("curves"))
