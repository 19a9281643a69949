"""Each exhibit is a ready experiment that the engine takes as it is."""

import dataclasses

import pytest

from engine.exhibits import FOLDER, exhibits
from engine.race import Race

KEYS = list(exhibits())


def test_every_file_is_an_exhibit_and_the_real_data_come_first():
    assert len(KEYS) == len(list(FOLDER.glob("*.toml"))) >= 4
    assert KEYS[0] == "digits"
    assert all(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_an_exhibit_has_a_name_a_sentence_and_enough_seeds_to_conclude(key):
    exhibit = exhibits()[key]
    assert exhibit.key == key
    assert exhibit.name
    assert exhibit.claim.endswith(".")
    assert "\n" not in exhibit.claim
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
    assert race.recording.curves.values("test_loss").shape[1:] == (len(experiment.contestants), 2)


def test_deep_narrow_relu_networks_are_born_constant():
    """Lu, Shin, Su, Karniadakis (2019): 1 − (1 − 2⁻²)⁹ = .925 of them, .83 of 32 at 2 sigma."""
    experiment = exhibits()["born-dead"].experiment
    relu = dataclasses.replace(experiment, contestants=experiment.contestants[:1])
    race = Race(relu)
    race.advance(0)
    dead = race.recording.layers.values("dead_share")[0, 0, :, :-1]
    assert (dead == 1).any(axis=1).mean() >= 0.83
