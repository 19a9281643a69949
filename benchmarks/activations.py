"""Our activations as a timed system: ns per number of each value and derivative."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine import ACTIVATIONS

from .elementwise import NUMBERS, serve_elementwise


def _with_signal(derivative: Callable[..., Any], z: Any, signal: Any, out: Any) -> None:
    derivative(z, out=out)
    np.multiply(signal, out, out=out)


def main() -> None:
    z = np.random.default_rng(0).standard_normal(NUMBERS, np.float32)
    signal, out = np.ones_like(z), np.empty_like(z)
    serve_elementwise(
        {
            key: (
                partial(record.value, z, out=out, **record.defaults),
                partial(
                    _with_signal, partial(record.derivative, **record.defaults), z, signal, out
                ),
            )
            for key, record in ACTIVATIONS.items()
        }
    )


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main()
