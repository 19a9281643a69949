"""What is made ready once for its arrays: calls without arguments, replayed at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A `partial` of array methods and ufuncs with all operands in their places costs the least that a
# call from Python can. Of those with `out=` a function of one's own is cheaper.
Call = Callable[[], object]


def replay(calls: Iterable[Call]) -> None:
    """Make the calls, in their order."""
    for call in calls:
        call()


def number(beside: NDArray[Any]) -> NDArray[Any]:
    """Room for a number, as an array without an axis, of the type of those it is used beside.

    A call on small arrays takes it in half the time that a number of Python's costs. Assigning to
    `[...]` sets it.
    """
    return np.zeros((), beside.dtype)


def constant(beside: NDArray[Any], value: float) -> NDArray[Any]:
    """A number that stays, likewise."""
    return _constant(value, beside.dtype)


@cache
def _constant(value: float, dtype: np.dtype[Any]) -> NDArray[Any]:
    found = np.array(value, dtype)
    found.flags.writeable = False
    return found


def product(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> Call:
    """Each lane's `a @ b` into `out`; a lone lane's by `dot`, the same sums in a cheaper call."""
    if len(out) == 1:
        return partial(a[0].dot, b[0], out[0])
    if a.shape[2] == 1:
        # Sums of one term: all lanes' in one pass, where `matmul` would take each by itself.
        return partial(np.multiply, a, b, out)
    return partial(np.matmul, a, b, out)


# NumPy takes the result of these two by name alone.


def maximum(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> Call:
    """The larger of both into `out`."""
    return lambda: np.maximum(a, b, out=out)


def minimum(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> Call:
    """The smaller of both into `out`."""
    return lambda: np.minimum(a, b, out=out)
