"""A small table of people, and how tests write it and others."""

import hashlib

import numpy as np
import pandas as pd

RNG = np.random.default_rng(7)
ROWS = 60
PEOPLE = pd.DataFrame(
    {
        "height": np.round(RNG.normal(1.7, 0.1, ROWS), 3),
        "home": np.resize(["Genève", "Köln", "Łódź"], ROWS),
        "shoes": RNG.integers(35, 48, ROWS),
        "weight": np.round(RNG.normal(70, 9, ROWS), 2),
    }
)


def write(folder, text, name="people.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def write_once(folder, raw, suffix=".csv"):
    """A file of its own for each content, so that none is taken for another."""
    return write(folder, raw, hashlib.sha256(raw).hexdigest() + suffix)


def rows(text, count=12):
    return "\n".join(text.format(i=i, h=i / 2) for i in range(count)) + "\n"
