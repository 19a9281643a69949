"""What a race writes down at a step: losses, layers, and everything that happened since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .block import Block
from .collapse import COLLAPSE_EVERY
from .convergence import Progress
from .deaths import DeathClock
from .experiment import Experiment
from .fit import FitView
from .measures import (
    GRADIENT_BINS,
    MEASURES,
    PREACTIVATION_BINS,
    UnitReading,
    trained_values,
)
from .recording import Event, Facts, Recording, Row
from .resolve import TRAIN_SUBSET, baseline, criterion, probe_size
from .seeds import Part, SeedData
from .stopping import Stopping
from .track import Channel
from .units import kept_units, places_in_block, unit_channels, unit_stride

Array = NDArray[Any]
Record = Row | Event


class Observer:
    """Reads the blocks of a race and turns what it finds into records.

    `diverged` `(contestants, seeds)` marks the lanes that are out; their readings are NaN.
    """

    def __init__(self, experiment: Experiment, data: SeedData, blocks: Sequence[Block]) -> None:
        self._experiment = experiment
        self._data = data
        self._blocks = blocks
        self._shape = (len(experiment.contestants), experiment.population.seeds)
        self._probe = data.train.columns(slice(0, probe_size(experiment, data.train.size)))
        self._parts = self._evaluated_parts()
        self._criterion = criterion(experiment, data)
        self._progress = Progress(self._criterion, self._shape)
        scores = self._scores() if experiment.population.stops_early else []
        self._stopping = Stopping(scores, self._shape)
        self._clocks = [DeathClock() for _ in blocks]
        self._collapse: list[dict[str, Array]] = [{} for _ in blocks]
        self._records = 0
        hidden, kept = experiment.network.hidden, kept_units(experiment)
        self._places = [places_in_block(kept, hidden, block.network.lanes) for block in blocks]
        self._curve_channels = self._plan_curves()
        self._layer_channels = self._plan_layers()
        self._unit_channels = unit_channels(experiment)
        self.diverged = np.zeros(self._shape, bool)

    def new_recording(self, view: FitView) -> Recording:
        """An empty recording with a place for all that this observer writes."""
        return Recording(
            self._experiment, self._curve_channels, self._layer_channels, self._facts(), view
        )

    def curves(self, step: int, epoch: float) -> Iterator[Record]:
        """Losses and accuracies now, and what they say of convergence and divergence."""
        values = self._read_curves(epoch)
        for block in self._blocks:
            place = (block.contestant, block.seeds)
            block.trainer.freeze(~np.isfinite(values["train_loss"][place]))
        yield from self.divergences()
        for channel in values.values():
            if channel.shape == self._shape:
                channel[self.diverged] = np.nan
        self._stopping.update(step, values)
        yield _row("curves", step, values | self._stopping.kept)
        for kind, lane, _ in self._progress.update(step, values[self._criterion.channel]):
            yield Event(step, kind, lane[0], lane[1])

    def layers(self, step: int) -> Iterator[Record]:
        """Gradients of the last step, units on the probe, trained parameters; deaths, revivals."""
        self._read_collapse(step)
        values, single, units = self._read_layers()
        events: list[Event] = []
        for block, clock, found in zip(self._blocks, self._clocks, units, strict=True):
            events += self._deaths(step, block, clock, found)
        self._add_ages(step, values, units)
        yield _row("layers", step, values)
        yield _row("units", step, single)
        yield from events

    def glimpse(self, step: int, epoch: float) -> tuple[Row, ...]:
        """Curves, layers and units as of now, for display alone: nothing is remembered of it.

        Ranks and angles are those of the last record, ages those of the units dead then.
        """
        values, single, units = self._read_layers()
        self._add_ages(step, values, units)
        curves = self._read_curves(epoch) | self._stopping.kept
        rows = {"curves": curves, "layers": values, "units": single}
        return tuple(_row(track, step, row) for track, row in rows.items())

    def _read_curves(self, epoch: float) -> dict[str, Array]:
        values = _empty(self._curve_channels)
        values["epoch"][...] = epoch
        values["seconds"][...] = 0
        for block in self._blocks:
            place = (block.contestant, block.seeds)
            values["learning_rate"][block.contestant] = block.trainer.learning_rate
            values["seconds"][block.contestant] += block.seconds
            values["gradient_norm"][place] = block.gradients.norm
            for name, part in self._parts.items():
                loss, accuracy = block.evaluate(part)
                values[f"{name}_loss"][place] = loss
                if f"{name}_accuracy" in values:
                    values[f"{name}_accuracy"][place] = accuracy
        return values

    def _read_layers(self) -> tuple[dict[str, Array], dict[str, Array], list[UnitReading]]:
        """Rows of the layers and of single units, and the reading of each block behind them."""
        values = _empty(self._layer_channels)
        single = _empty(self._unit_channels)
        single["dead_lanes"][...] = 0
        readings = []
        for number, block in enumerate(self._blocks):
            units = block.read_units(self._probe)
            readings.append(units)
            self._look_closely(single, block, units, self._places[number])
            place = (block.contestant, block.seeds)
            for name, found in (block.gradients.values | units.values | block.noise).items():
                values[name][place] = found
            self._count(values, "gradient", block, block.gradients.histogram)
            self._count(values, "preactivation", block, units.histogram)
            for name, found in trained_values(block.network).items():
                values[f"parameter.{block.contestant}.{name}"][block.seeds] = found
            for name, found in self._collapse[number].items():
                values[name][place][:, :-1] = found
        for name in MEASURES.keys() & values.keys():
            values[name][self.diverged] = np.nan
        single["running_lanes"][...] = np.sum(~self.diverged, axis=1, keepdims=True)
        single["dead_lanes"] /= single["running_lanes"]
        return values, single, readings

    def _add_ages(
        self, step: int, values: dict[str, Array], readings: Sequence[UnitReading]
    ) -> None:
        for block, clock, units in zip(self._blocks, self._clocks, readings, strict=True):
            ages = values["dead_time"][block.contestant, block.seeds]
            ages[:, :-1] = clock.mean_age(step, units.units)
        values["dead_time"][self.diverged] = np.nan

    def _look_closely(
        self, row: dict[str, Array], block: Block, units: UnitReading, places: NDArray[np.intp]
    ) -> None:
        """Of each unit that has a history: how many lanes it is dead in, and the chosen lane."""
        contestant, running = block.contestant, ~self.diverged[block.contestant, block.seeds]
        row["dead_lanes"][contestant] += units.dead[places[running]].sum(axis=0)
        lane = self._experiment.population.histogram_seed - 1 - block.seeds.start
        if 0 <= lane < len(places) and running[lane]:
            for name, found in units.closely(places[lane]).items():
                row[name][contestant] = found

    def _read_collapse(self, step: int) -> None:
        """Look at ranks and angles: at the first record, every so many, and at the last step."""
        if self._records % COLLAPSE_EVERY == 0 or step == self._experiment.training.steps:
            self._collapse = [block.read_collapse(self._probe) for block in self._blocks]
        self._records += 1

    def _count(self, values: dict[str, Array], of: str, block: Block, counts: Array) -> None:
        """Add the histograms of a block's lanes, and keep the chosen seed's by themselves."""
        values[f"{of}_histogram"][block.contestant] += counts.sum(axis=1, dtype=np.uint32)
        lane = self._experiment.population.histogram_seed - 1 - block.seeds.start
        if 0 <= lane < counts.shape[1]:
            values[f"lane_{of}_histogram"][block.contestant] = counts[:, lane]

    def divergences(self) -> Iterator[Event]:
        """The lanes that have gone since the last call, each at its own step."""
        for block in self._blocks:
            for lane in np.flatnonzero(block.trainer.diverged >= 0):
                place = (block.contestant, block.seeds.start + int(lane))
                if not self.diverged[place]:
                    self.diverged[place] = True
                    yield Event(int(block.trainer.diverged[lane]), "diverged", *place)

    def _deaths(
        self, step: int, block: Block, clock: DeathClock, units: UnitReading
    ) -> Iterator[Event]:
        """How many units of each lane and layer died or came back since the last reading."""
        for kind, changed in clock.read(step, units.dead).items():
            counts = units.units.counted(changed)
            for lane, layer in np.argwhere(counts):
                place = (block.contestant, block.seeds.start + int(lane))
                if not self.diverged[place]:
                    count = int(counts[lane, layer])
                    yield Event(step, kind, *place, layer=int(layer) + 1, count=count)

    def _evaluated_parts(self) -> dict[str, Part]:
        parts = {
            "train": self._data.train.columns(slice(0, TRAIN_SUBSET)),
            "test": self._data.test,
            "validation": self._data.validation,
        }
        return {name: part for name, part in parts.items() if part.size}

    def _scores(self) -> list[str]:
        """The losses and accuracies that are read."""
        kinds = ["loss"] if self._data.first.kind == "regression" else ["loss", "accuracy"]
        return [f"{name}_{kind}" for kind in kinds for name in self._parts]

    def _plan_curves(self) -> dict[str, Channel]:
        contestants = self._shape[:1]
        stopped = {name: Channel(self._shape, "last") for name in self._stopping.kept}
        return (
            {
                "epoch": Channel((), "last"),
                "seconds": Channel(contestants, "last"),
                "learning_rate": Channel(contestants),
                "gradient_norm": Channel(self._shape),
            }
            | {name: Channel(self._shape) for name in self._scores()}
            | stopped
        )

    def _plan_layers(self) -> dict[str, Channel]:
        contestants, seeds = self._shape
        hidden = len(self._experiment.network.hidden)
        channels = {
            name: Channel((*self._shape, hidden + 1), measure.merge, measure.dtype)
            for name, measure in MEASURES.items()
            if self._experiment.network.has_twin or not measure.twin
        }
        counted = {
            "gradient_histogram": (contestants, hidden + 1, GRADIENT_BINS),
            "preactivation_histogram": (contestants, hidden, PREACTIVATION_BINS),
        }
        for name, shape in counted.items():
            channels |= {key: Channel(shape, "sum", "uint32") for key in (name, f"lane_{name}")}
        for place, contestant in enumerate(self._experiment.contestants):
            for name, mode in contestant.trained.items():
                if mode != "fixed":
                    channels[f"parameter.{place}.{name}"] = Channel((seeds, hidden))
        return channels

    def _facts(self) -> Facts:
        network, data = self._blocks[0].network, self._data
        points = data.train.size
        scores = baseline(self._experiment.training.loss, data.test)
        return Facts(
            layer_units=tuple(layer.units for layer in network.layers),
            parameter_count=network.parameters.shape[1],
            baseline=np.broadcast_to(scores, self._shape[1:]).copy(),
            channel=self._criterion.channel,
            threshold=self._criterion.threshold,
            criterion=self._criterion.text,
            kind=data.first.kind,
            train_points=points,
            test_points=data.test.size,
            steps_per_epoch=points / self._experiment.training.batch(points),
            notes=(*data.first.drawn.notes, *_note_of_units(self._experiment)),
        )


def _empty(channels: dict[str, Channel]) -> dict[str, Array]:
    """An array for each channel: no counts, nothing measured."""
    return {
        name: np.zeros(channel.shape, channel.dtype)
        if channel.merge == "sum"
        else np.full(channel.shape, np.nan, channel.dtype)
        for name, channel in channels.items()
    }


def _note_of_units(experiment: Experiment) -> list[str]:
    stride = unit_stride(experiment)
    return [f"Of {stride} neighbouring units one has a history."] if stride > 1 else []


def _row(track: str, step: int, values: dict[str, Array]) -> Row:
    for array in values.values():
        array.flags.writeable = False
    return Row(track, step, values)
