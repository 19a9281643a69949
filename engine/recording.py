"""All that a race has shown, in bounded memory: curves, layers and every event; one file."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from .archive import Archive, Look, refusing, write_archive
from .experiment import Experiment, Intervention
from .experiment_file import beside, dumps, loads
from .files import relative_path, sha256_of, whole_file
from .fit import Fit, FitView
from .network import no_look
from .settings import Refusal
from .track import Array, Channel, Track
from .units import MEMORY_SHARE, unit_channels

FORMAT = 2
EMBEDDED_TABLE = 5_000_000  # bytes of a user's table that still travel with the recording

# Beyond so many events, those that can come again without end are added up in pairs, so that no
# race can fill the memory: counts, layers and lanes stay exact, the step becomes the later one's.
MAX_EVENTS = 100_000

CRITERION_KINDS = ("met", "held", "lost")
REPEATED_KINDS = (*CRITERION_KINDS, "died", "revived")
EVENT_KINDS = (*REPEATED_KINDS, "diverged", "intervention", "pieces", "rescaled", "finished")


@dataclass(frozen=True)
class Row:
    """One recorded step on its way from the race to the recording; its arrays are read-only."""

    track: str  # "curves", "layers" or "units"
    step: int
    values: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one step, kept however long the race.

    `contestant` and `seed` are places in the experiment, -1 for all; `layer` counts from 1.
    `count` units "died" or were "revived"; a criterion's event that stands for several counts them;
    an "intervention" set `field` to `value`. "pieces" and "rescaled" are what `last_look` found.
    """

    step: int
    kind: str
    contestant: int = -1
    seed: int = -1
    layer: int = 0
    count: int = 0
    field: str = ""
    value: float = float("nan")


_EVENT = np.dtype(
    [
        ("step", "i8"), ("kind", "U16"), ("contestant", "i4"), ("seed", "i4"),
        ("layer", "i4"), ("count", "i8"), ("field", "U64"), ("value", "f8"),
    ]
)  # fmt: skip
_event_fields = attrgetter(*_EVENT.names or ())


@dataclass(frozen=True)
class Facts:
    """What was settled before the first step, for captions and reports.

    layer_units: units of each hidden layer and of the output, (L + 1). baseline: test loss of the
    best constant prediction, (S,). channel: the curve that the criterion looks at; threshold: what
    it asks of it.
    """

    layer_units: tuple[int, ...]
    parameter_count: int
    baseline: Array = field(compare=False)
    channel: str
    threshold: float
    criterion: str
    kind: str
    train_points: int
    test_points: int
    steps_per_epoch: float
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"baseline": np.asarray(self.baseline).tolist()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Facts:
        return cls(
            **values
            | {
                "layer_units": tuple(int(units) for units in values["layer_units"]),
                "baseline": np.asarray(values["baseline"], np.float64),
                "notes": tuple(str(note) for note in values["notes"]),
            }
        )


class Recording:
    """The rows and events of one race of `experiment`, whose automatic values are resolved.

    curves: losses and the like of each lane. layers: what was measured in each layer. units: the
    histories of single units. They share `population.memory`; raises Refusal if it is too little.
    fit: what the networks last answered where `view` looks at them, at the step it says.
    """

    def __init__(
        self,
        experiment: Experiment,
        curves: Mapping[str, Channel],
        layers: Mapping[str, Channel],
        facts: Facts,
        view: FitView,
    ) -> None:
        self.experiment = experiment
        self.facts = facts
        self.view = view
        self.fit: Fit | None = None
        self.curves = Track(curves, *_memory(experiment, "curves"))
        self.layers = Track(layers, *_memory(experiment, "layers"))
        self.units = Track(unit_channels(experiment), *_memory(experiment, "units"))
        self.events: list[Event] = []
        self._most_events = MAX_EVENTS
        self.notes: tuple[str, ...] = ()
        self.looks = 1  # how often its results have been looked at, each time with more seeds
        self.table = b""  # the user's table, where the file carried it
        self.outlived_table = False  # the table it carries is no more where it was, as it was

    def add(self, record: Row | Event | Fit) -> None:
        """Take in one record of the race; rows of a track must come in the order of their steps.

        Of the fits, the newest alone is kept.
        """
        if isinstance(record, Fit):
            self.fit = record
        elif isinstance(record, Event):
            self.events.append(record)
            if len(self.events) > self._most_events:
                self.events = _thinned(self.events)
                self._most_events = max(MAX_EVENTS, 2 * len(self.events))
        else:
            self.tracks[record.track].add(record.step, record.values)

    @property
    def tracks(self) -> dict[str, Track]:
        return {"curves": self.curves, "layers": self.layers, "units": self.units}

    @property
    def last_step(self) -> int:
        """The newest step of which anything was recorded; 0 for an empty recording."""
        newest = [track.steps[-1, 1] for track in self.tracks.values() if len(track)]
        return int(max([*newest, *(event.step for event in self.events)], default=0))

    @property
    def seconds(self) -> Array:
        """Training time of each contestant so far, (C,)."""
        if not len(self.curves):
            return np.zeros(len(self.experiment.contestants))
        return np.array(self.curves.values("seconds")[-1])

    def copy(self) -> Recording:
        """What is recorded so far, apart from what is to come; what cannot change is shared."""
        copied = copy.copy(self)
        copied.curves, copied.layers, copied.units = (t.copy() for t in self.tracks.values())
        copied.events = list(self.events)
        return copied

    def replay_experiment(self) -> Experiment:
        """The experiment with what was changed during the race, ready to run the same again."""
        changes = {(i.step, i.field): i.value for i in self.experiment.interventions}
        changes |= {(e.step, e.field): e.value for e in self.events if e.kind == "intervention"}
        interventions = tuple(
            Intervention(step, field, value)
            for (step, field), value in sorted(changes.items(), key=lambda change: change[0][0])
        )
        return dataclasses.replace(self.experiment, interventions=interventions)

    def save(self, path: str | Path, look: Look = no_look) -> None:
        """Write the recording whole to one `.npz`. Raises OSError where that is not possible.

        A user's table of up to 5 MB, unchanged since the race, goes with it. `look` is called
        many times; if it raises, the file is as it was.
        """
        path = Path(path)
        write_archive(path, self.to_arrays(path), look)

    def to_arrays(self, path: Path = Path("race.npz")) -> dict[str, Array]:
        """What the file at `path` is to hold; a table is named from there."""
        experiment, table = _portable(self.experiment, path)
        about = {
            "format": FORMAT,
            "facts": self.facts.to_json(),
            "looks": self.looks,
            "tracks": {
                name: {key: dataclasses.astuple(c) for key, c in track.channels.items()}
                for name, track in self.tracks.items()
            },
            "fit": self.view.to_json(),
        }
        arrays: dict[str, Array] = {
            "about": np.array(json.dumps(about)),
            "experiment": np.array(dumps(experiment)),
            "events": np.array([_event_fields(event) for event in self.events], _EVENT),
            "table": np.frombuffer(table or self.table, np.uint8),
        }
        for name, track in self.tracks.items():
            arrays |= {f"{name}/{key}": array for key, array in track.to_arrays().items()}
        seen = self.view.to_arrays() | (self.fit.to_arrays() if self.fit else {})
        return arrays | {f"fit/{key}": array for key, array in seen.items()}

    def unpack_table(self, folder: Path) -> None:
        """Put the table that came with the file into `folder`, and use it from there on."""
        path = folder.absolute() / os.path.basename(self.experiment.task.table)
        with whole_file(path) as file:
            file.write(self.table)
        task = dataclasses.replace(self.experiment.task, table=str(path))
        self.experiment = dataclasses.replace(self.experiment, task=task)

    @classmethod
    def load(cls, path: str | Path, look: Look = no_look) -> Recording:
        """The recording of a file. Raises Refusal naming the file and what is wrong with it.

        `look` is called many times, and may raise.
        """
        path = Path(path)
        with refusing(path):
            return cls._from_archive(path, Archive(path, look))

    @classmethod
    def _from_archive(cls, path: Path, archive: Archive) -> Recording:
        about = json.loads(archive.text("about"))
        if about["format"] != FORMAT:
            raise Refusal("format", about["format"], f"must be {FORMAT}, all this version reads")
        saved = loads(archive.text("experiment"))
        table = archive.list("table", np.dtype(np.uint8)).tobytes()
        found = beside(path, saved, copied=bool(table))
        experiment = found.experiment.with_value("task.sha256", saved.task.sha256)
        channels = {
            name: {key: Channel(tuple(shape), *rest) for key, (shape, *rest) in described.items()}
            for name, described in about["tracks"].items()
        }
        facts = Facts.from_json(about["facts"])
        with _inside("fit"):
            view = FitView.from_arrays(about["fit"], archive.under("fit"))
        recording = cls(experiment, channels["curves"], channels["layers"], facts, view)
        recording.looks = _looks(about.get("looks", 1))
        _check_fits(recording)
        recording.curves = _track(recording, "curves", archive)
        recording.layers = _track(recording, "layers", archive)
        recording.units = _track(recording, "units", archive)
        recording.events = _events(recording, archive.list("events", _EVENT))
        recording.fit = _fit(recording, archive)
        recording.outlived_table = bool(table) and not found.as_saved
        recording.table, recording.notes = table, found.notes
        return recording


def _thinned(events: list[Event]) -> list[Event]:
    """Half as many events, or as few as there can be."""
    fewer = _added_up(events)
    while len(fewer) > MAX_EVENTS // 2 and len(again := _added_up(fewer)) < len(fewer):
        fewer = again
    return fewer


def _added_up(events: list[Event]) -> list[Event]:
    """The events with every two successive ones of a kind, lane and layer made one."""
    kept: list[Event | None] = list(events)
    waiting: dict[tuple[str, int, int, int], int] = {}
    alone = _answers(events)
    for number, event in enumerate(events):
        if event.kind not in REPEATED_KINDS or number in alone:
            continue
        place = (event.kind, event.contestant, event.seed, event.layer)
        if place not in waiting:
            waiting[place] = number
            continue
        earlier = waiting.pop(place)
        count = max(events[earlier].count, 1) + max(event.count, 1)
        kept[earlier], kept[number] = None, dataclasses.replace(event, count=count)
    return [event for event in kept if event is not None]


def _answers(events: list[Event]) -> set[int]:
    """Places of the events that say when a lane converged, and whether it still holds.

    In each lane the first and the newest of each kind, and the "met" that was first held.
    """
    first: dict[tuple[str, int, int], int] = {}
    newest: dict[tuple[str, int, int], int] = {}
    began: set[int] = set()
    for number, event in enumerate(events):
        if event.kind in CRITERION_KINDS:
            lane = (event.contestant, event.seed)
            if event.kind == "held" and ("held", *lane) not in first and ("met", *lane) in newest:
                began.add(newest["met", *lane])
            first.setdefault((event.kind, *lane), number)
            newest[event.kind, *lane] = number
    return began | set(first.values()) | set(newest.values())


def _memory(experiment: Experiment, track: str) -> tuple[int, float]:
    """Bytes for one of the tracks, and its share of all."""
    share = {"curves": 0.25, "layers": 0.75 - MEMORY_SHARE, "units": MEMORY_SHARE}[track]
    return int(experiment.population.memory * 1_000_000 * share), share


def _portable(experiment: Experiment, path: Path) -> tuple[Experiment, bytes]:
    """The experiment with its table named from `path`, and the table's bytes if small."""
    task = experiment.task
    if not task.table:
        return experiment, b""
    content = b""
    try:
        digest = sha256_of(Path(task.table))
        unchanged = task.sha256 in ("", digest)
        if unchanged and Path(task.table).stat().st_size <= EMBEDDED_TABLE:
            content = Path(task.table).read_bytes()
    except OSError:
        digest, unchanged = task.sha256, True  # gone since the race: it can only be named
    named = relative_path(task.table, path.absolute().parent)
    sha256 = digest if unchanged else task.sha256
    task = dataclasses.replace(task, table=named, sha256=sha256)
    return dataclasses.replace(experiment, task=task), content


def _looks(found: Any) -> int:
    if type(found) is not int or found < 1:
        raise Refusal("looks", found, "must be a whole number, at least 1")
    return found


def _track(recording: Recording, name: str, archive: Archive) -> Track:
    channels = recording.tracks[name].channels
    memory, _ = _memory(recording.experiment, name)
    with _inside(name):
        return Track.from_arrays(channels, memory, archive.under(name))


def _fit(recording: Recording, archive: Archive) -> Fit | None:
    experiment = recording.experiment
    lanes = (len(experiment.contestants), experiment.population.seeds)
    dtype = experiment.network.dtype
    with _inside("fit"):
        return Fit.from_arrays(recording.view, lanes, dtype, archive.under("fit"))


@contextmanager
def _inside(part: str) -> Iterator[None]:
    """Name the part of the file in which something is refused."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.inside(part) from None


def _events(recording: Recording, array: Array) -> list[Event]:
    events = [Event(*values) for values in array.tolist()]
    contestants = range(-1, len(recording.experiment.contestants))
    seeds = range(-1, recording.experiment.population.seeds)
    for event in events:
        known = event.kind in EVENT_KINDS
        if not (known and event.contestant in contestants and event.seed in seeds):
            raise Refusal("events", event, "must be a known kind, contestant and seed")
    return events


def _check_fits(recording: Recording) -> None:
    """Refuse channels that are not shaped as the experiment's contestants, seeds and layers."""
    experiment, facts = recording.experiment, recording.facts
    lanes = (len(experiment.contestants), experiment.population.seeds)
    layers = len(experiment.network.hidden)
    required = {"epoch": (), "seconds": lanes[:1], "train_loss": lanes, "test_loss": lanes}
    curves = {name: channel.shape for name, channel in recording.curves.channels.items()}
    for name in {**required, **curves}:
        wanted = (required[name],) if name in required else ((), lanes[:1], lanes)
        if name not in curves or curves[name] not in wanted:
            raise Refusal(f"curves.{name}", curves.get(name), f"must be shaped {wanted}")
    for name, channel in recording.layers.channels.items():
        rows = lanes[1] if name.startswith("parameter.") else lanes[0]
        if channel.shape[:1] != (rows,) or not {layers, layers + 1} & set(channel.shape):
            raise Refusal(
                f"layers.{name}", channel.shape, f"must be for {rows} and {layers} layers"
            )
    if len(facts.layer_units) != layers + 1 or facts.baseline.shape != lanes[1:]:
        raise Refusal("facts", facts, f"must be for {layers} hidden layers and {lanes[1]} seeds")
