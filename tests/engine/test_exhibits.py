"""Each exhibit is a ready race or sweep, with a claim and what a run of it has found."""

import dataclasses
import re
from pathlib import Path

import pytest

from engine.exhibits import FOLDER, chosen, exhibits
from engine.exhibits.exhibit import load
from engine.exhibits.page import as_markdown
from engine.exhibits.run import RUNS
from engine.exhibits.run import load as load_run
from engine.experiment_file import read
from engine.race import Race
from engine.settings import Refusal
from engine.sweeps import sweep_file

KEYS = list(exhibits())


def test_every_file_is_an_exhibit_and_the_real_data_come_first():
    assert len(KEYS) == len(list(FOLDER.glob("*.toml"))) >= 4
    assert KEYS[0] == "digits"
    assert all(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_an_exhibit_has_a_name_its_texts_and_enough_seeds_to_conclude(key):
    exhibit = exhibits()[key]
    assert exhibit.key == key
    assert exhibit.name
    for text in (exhibit.claim, exhibit.source, exhibit.look, exhibit.measured):
        assert text.endswith(".")
        assert "\n" not in text
    assert re.search(r"\b\d{4}\b|undated", exhibit.source)
    assert exhibit.experiment.population.seeds >= 16
    assert len({contestant.name for contestant in exhibit.experiment.contestants}) == len(
        exhibit.experiment.contestants
    )


@pytest.mark.parametrize("key", KEYS)
def test_an_exhibit_races(key):
    experiment = exhibits()[key].experiment
    population = dataclasses.replace(experiment.population, seeds=2)
    race = Race(dataclasses.replace(experiment, population=population))
    race.advance(2)
    assert race.step == 2
    lanes = len(experiment.contestants), 2
    for reading in exhibits()[key].readings:
        assert reading.values(race.recording).shape == lanes
    assert race.recording.curves.values("test_loss").shape[1:] == (len(experiment.contestants), 2)


@pytest.mark.parametrize("key", KEYS)
def test_what_was_measured_is_of_a_recorded_run_of_these_very_settings(key):
    exhibit, run = exhibits()[key], load_run(key)
    assert run.digest == exhibit.digest, "its settings have changed: record it again"
    assert run.seeds == exhibit.experiment.population.seeds
    assert f"{run.date}, {run.seeds} seeds" in exhibit.measured
    assert run.conclusions


def test_no_run_is_kept_of_what_is_no_exhibit():
    assert {path.stem for path in RUNS.iterdir()} == set(KEYS)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_file_of_an_exhibit_opens_as_the_race_or_sweep_it_is(path):
    exhibit = load(path)
    loaded = sweep_file.read(path).sweep if exhibit.sweep else read(path).experiment
    assert loaded == (exhibit.sweep or exhibit.experiment)


def test_the_page_in_the_documentation_is_that_of_these_exhibits():
    page = Path(__file__).parents[2] / "docs" / "exhibits.md"
    assert page.read_text("utf-8") == as_markdown(chosen([]))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[exhibit]\nmood = 1", "mood"),
        ("[exhibit]\nlook = 1", "look"),
        ("[exhibit]\nreading = 1", "reading"),
        ("[[exhibit.reading]]\nlayer = 0", "layer"),
        ("[[exhibit.reading]]\nmood = 0", "mood"),
        ("exhibit = 1", "exhibit"),
        ("[grid]\n'network.depth' = []", "network.depth"),
    ],
)
def test_a_wrong_exhibit_is_refused_by_its_field(tmp_path, text, named):
    path = tmp_path / "1-wrong.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal, match=r"1-wrong\.toml") as refusal:
        load(path)
    assert named in refusal.value.field


def test_an_exhibit_that_there_is_not_is_refused_and_none_named_means_all():
    assert [exhibit.key for exhibit in chosen([])] == KEYS
    assert [exhibit.key for exhibit in chosen(["spiral", "digits"])] == ["digits", "spiral"]
    with pytest.raises(Refusal, match="digits"):
        chosen(["none"])


def test_deep_narrow_relu_networks_are_born_constant():
    """Lu, Shin, Su, Karniadakis (2019): 1 − (1 − 2⁻²)⁹ = .925 of them, .83 of 32 at 2 sigma."""
    experiment = exhibits()["born-dead"].experiment
    relu = dataclasses.replace(experiment, contestants=experiment.contestants[:1])
    race = Race(relu)
    race.advance(0)
    dead = race.recording.layers.values("dead_share")[0, 0, :, :-1]
    assert (dead == 1).any(axis=1).mean() >= 0.83
