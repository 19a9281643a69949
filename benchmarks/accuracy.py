"""How far activations in float32 are off, and where their slope is zero and should not be.

    python -m benchmarks.accuracy

Run from the repository's folder in the project's environment; the peers' is made at the first call.
What is true is what our activations give in float64, which the tests hold to 4 ulp of mpmath's.
Errors are those of value and derivative for |z| up to 5, kinks apart, in units in the last place. A
slope of zero is false where float32 holds the true one without going subnormal.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import ACTIVATIONS

from .peers.environment import peers_python
from .table import machine, print_table
from .turns import ROOT

Array = NDArray[np.floating]

# Where ordinary pre-activations lie, and as far as tails are followed.
NEAR, FAR, NUMBERS = 5.0, 100.0, 1_000_001
FLOAT32 = np.finfo(np.float32)


def ours(z: Array) -> dict[str, Array]:
    """Values and derivatives by activation."""
    return {
        key: np.stack([record.value(z), record.derivative(z)])
        for key, record in ACTIVATIONS.items()
        if record.curved
    }


def theirs(z: Array) -> dict[str, Array]:
    """Likewise, by system and activation."""
    with tempfile.TemporaryDirectory() as folder:
        numbers, answers = Path(folder, "numbers.npy"), Path(folder, "answers.npz")
        np.save(numbers, z)
        command = [peers_python(), "-m", "benchmarks.peers.accuracy", numbers, answers]
        subprocess.run(command, cwd=ROOT, check=True)
        return dict(np.load(answers))


def off(z: Array, got: Array, true: Array) -> float:
    """The largest error near 0, in units in the last place of the true number.

    Around a zero of the function elsewhere the unit is a quarter of that of 1: no form in float32
    holds all digits of a difference.
    """
    unit = np.spacing(np.abs(true).astype(np.float32)).astype(np.float64)
    # Two apart: between them a number may hit it.
    for zero in z[1:-1][(true[:-2] * true[2:] < 0) & (np.abs(z[1:-1]) > 0.1)]:
        unit[np.abs(z - zero) < 0.5 * abs(zero)] = FLOAT32.eps / 4
    return float((np.abs(got - true) / unit)[np.abs(z) <= NEAR].max())


def false_zeros(z: Array, slope: Array, true: Array) -> str:
    """Where they begin, on each side."""
    false = z[(slope == 0) & (np.abs(true) > FLOAT32.tiny)]
    sides = [f"z < {false[false < 0].max():.3g}"] if (false < 0).any() else []
    sides += [f"z > {false[false > 0].min():.3g}"] if (false > 0).any() else []
    return ", ".join(sides) or "nowhere"


def cells(z: Array, got: Array | None, true: Array) -> list[str]:
    """Of one system and activation."""
    if got is None:
        return ["–", "–"]
    errors = [f"{off(z, one, exact):,.3g}" for one, exact in zip(got, true, strict=True)]
    return [" / ".join(errors), false_zeros(z, got[1], true[1])]


def main() -> None:
    z = np.concatenate([np.linspace(-reach, reach, NUMBERS) for reach in (NEAR, FAR)])
    z = np.unique(z.astype(np.float32))
    with np.errstate(all="ignore"):
        exact, mine, others = ours(z.astype(np.float64)), ours(z), theirs(z)
    print(f"{machine()}; {z.size:,} numbers")
    header = ["activation"]
    for whose in ("ours", "PyTorch's", "JAX's"):
        header += [f"{whose}, ulp", f"{whose} slope falsely 0"]
    rows = []
    for key, true in exact.items():
        record = ACTIVATIONS[key]
        smooth = ~np.isin(z, record.kinks(**record.defaults))
        row = [key]
        for got in (mine[key], others.get(f"PyTorch {key}"), others.get(f"JAX {key}")):
            row += cells(z[smooth], None if got is None else got[:, smooth], true[:, smooth])
        rows.append(row)
    print_table(header, rows)


if __name__ == "__main__":
    main()
