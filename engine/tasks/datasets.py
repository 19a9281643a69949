"""Fixed data: two real sets that come with the laboratory, and the user's own table."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.random import Generator

from ..data import Data
from ..settings import Refusal
from ..tables import read_table
from .record import Asked, Task

FOLDER = Path(__file__).parents[2] / "resources" / "data"


@lru_cache
def _load_digits() -> Data:
    with np.load(FOLDER / "digits.npz", allow_pickle=False) as file:
        pixels, labels = file["X"].astype(float), file["y"]
    one_hot = np.eye(10)[labels]
    for shared in (pixels, one_hot):
        shared.setflags(write=False)
    names = tuple(f"row {i // 8 + 1} column {i % 8 + 1}" for i in range(64))
    return Data(pixels, one_hot, "multiclass", names, tuple("0123456789"))


def _digits(asked: Asked, rng: Generator) -> Data:
    return _load_digits()


def _penguins(asked: Asked, rng: Generator) -> Data:
    return read_table(FOLDER / "penguins.csv", "body_mass_g").data


def _own_table(asked: Asked, rng: Generator) -> Data:
    if not asked.table:
        raise Refusal("table", asked.table, "choose a .csv, .tsv, .txt, .npz or .parquet file")
    return read_table(asked.table, asked.target).data


DATASETS = (
    Task(
        "digits", "Digits", "Handwritten digits of 8 × 8 pixels.",
        "Alpaydin, Kaynak, 1998: UCI ML Repository, CC BY 4.0", "multiclass",
        inputs=64, outputs=10, data=_digits, criterion_share=0.15,
        uses=(), default_samples=1797, standardised=True,
    ),
    Task(
        "penguins", "Penguins", "The body mass of a penguin from its species, home and measures.",
        "Gorman, Williams, Fraser, 2014; Horst, Hill, Gorman, 2020: palmerpenguins, CC0",
        "regression", inputs=13, outputs=1, data=_penguins, criterion_share=0.3,
        uses=(), default_samples=342, standardised=True,
    ),
    Task(
        "table", "Your table", "A file of your own; a column of it is predicted from the others.",
        "yours", "", inputs=0, outputs=0, data=_own_table, criterion_share=0.5,
        uses=("table",), default_samples=0, standardised=True,
    ),
)  # fmt: skip
