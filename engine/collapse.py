"""Collapse: whether a layer still tells inputs apart, by its activations' rank and angles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# A fixed sample of the probe: enough to tell 1 direction from 60, few enough to cost little.
COLLAPSE_INPUTS = 64
# Singular values cost more than all other readings together, so they are taken at every so many
# records, which is 1 to 2 % of the training time, and stand until the next ones.
COLLAPSE_EVERY = 16


def effective_rank(activations: Array) -> Array:
    """Directions that the inputs still span in a layer, `(lanes,)`.

    activations: `(lanes, units, inputs)`, centred here over the inputs. exp of the entropy of
    their singular values' shares (Roy & Vetterli 2007, The Effective Rank), to five digits; 0 for a
    constant layer, at most min(units, inputs − 1).
    """
    centred = activations - activations.mean(axis=2, keepdims=True, dtype=np.float64)
    size = np.abs(centred).max(axis=(1, 2), initial=0.0)
    known = np.isfinite(size)
    centred[~known] = 0.0
    centred /= np.where(known & (size > 0), size, 1.0)[:, None, None]
    wide = centred.shape[1] > centred.shape[2]
    rows = centred.transpose(0, 2, 1) if wide else centred
    squares = np.linalg.eigvalsh(rows @ rows.transpose(0, 2, 1))
    singular = np.sqrt(np.maximum(squares, 0.0))
    total = singular.sum(axis=1, keepdims=True)
    shares = np.divide(singular, total, out=np.zeros_like(singular), where=total > 0)
    entropy = -np.sum(shares * np.log(np.where(shares > 0, shares, 1.0)), axis=1)
    ranks = np.where(total[:, 0] > 0, np.exp(entropy), 0.0)
    return np.where(known, ranks, np.nan)


def mean_cosine(activations: Array) -> Array:
    """Mean cosine between two inputs' activations, `(lanes,)`: 1 where all point the same way.

    activations: `(lanes, units, inputs)`, not centred. Inputs on which every unit is 0 have no
    direction and are left out; NaN where fewer than two remain.
    """
    values = activations.astype(np.float64)
    values /= np.maximum(np.abs(values).max(axis=1, keepdims=True), np.finfo(float).tiny)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    seen = np.count_nonzero(lengths, axis=(1, 2))
    directions = np.divide(values, lengths, out=values, where=lengths > 0)
    together = np.square(directions.sum(axis=2)).sum(axis=1)
    pairs = seen * (seen - 1.0)
    cosines = np.full(len(values), np.nan)
    np.divide(together - seen, pairs, out=cosines, where=pairs > 0)
    return cosines


def collapse(layers: Sequence[Array]) -> dict[str, Array]:
    """Both by hidden layer, `(lanes, layers)`, the rank as a share of the largest there can be.

    layers: the activations of each hidden layer, `(lanes, units, inputs)`; without one there is
    nothing to read.
    """
    if not layers:
        return {}
    shares = []
    for layer in layers:
        most = min(layer.shape[1], layer.shape[2] - 1)
        shares.append(effective_rank(layer) / most if most else np.full(len(layer), np.nan))
    return {
        "effective_rank_share": np.stack(shares, axis=1),
        "mean_cosine": np.stack([mean_cosine(layer) for layer in layers], axis=1),
    }
