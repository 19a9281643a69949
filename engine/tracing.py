"""Functions in plain NumPy, traced once into the calls that they make of their arrays.

A function is called with stand-ins for its arrays, which note what is done to them. Replaying the
notes does the same to whatever then stands in the arrays, to the same bits: nothing is looked up,
checked or allocated again. What a function does may hang on shapes and types, never on numbers;
where it does, its stand-ins refuse, and the whole function is noted as one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from .ready import Call, constant, maximum, minimum

Array = NDArray[Any]
Result = TypeVar("Result")

# A function that makes more calls, on large arrays piece by piece, has enough to do in them: what
# stands around them matters little, and the notes would take more memory than the arrays.
MOST_CALLS = 64

# NumPy takes their result by name alone.
_BY_NAME: dict[np.ufunc, Callable[..., Call]] = {np.maximum: maximum, np.minimum: minimum}


class Untraceable(Exception):
    """What a function does hangs on the numbers in an array, or cannot be noted, or is too much."""


class Buffers:
    """Room for intermediate results, handed out again once nothing refers to a result."""

    def __init__(self) -> None:
        self._spare: dict[tuple[tuple[int, ...], np.dtype[Any]], list[Array]] = {}

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        spare = self._spare.get((shape, dtype))
        return spare.pop() if spare else np.empty(shape, dtype)

    def give_back(self, array: Array) -> None:
        self._spare.setdefault((array.shape, array.dtype), []).append(array)


class Tape:
    """The calls of a traced function so far."""

    def __init__(self, buffers: Buffers) -> None:
        self.calls: list[Call] = []
        self.buffers = buffers

    def note(self, call: Call) -> None:
        if len(self.calls) == MOST_CALLS:
            raise Untraceable(f"more than {MOST_CALLS} calls")
        self.calls.append(call)

    def whole(self, function: Callable[..., Any], *of: Any, **parameters: Any) -> Any:
        """Trace a function of traced arrays, or note it as one call, which then returns nothing."""
        noted = len(self.calls)
        try:
            return function(*of, **parameters)
        except Untraceable:
            del self.calls[noted:]
        by_name = {name: bare(value) for name, value in parameters.items()}
        self.note(partial(function, *map(bare, of), **by_name))
        return None


class Traced(NDArrayOperatorsMixin):
    """Stands in for an array while a function of it is traced.

    An `own` array is given back to the buffers when nothing refers to it any more; a view refers to
    what it is `part_of`.
    """

    def __init__(
        self, array: Array, tape: Tape, own: bool = False, part_of: Traced | None = None
    ) -> None:
        self.array = array
        self.tape = tape
        self._own = own
        self._part_of = part_of

    def __del__(self) -> None:
        if self._own:
            self.tape.buffers.give_back(self.array)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def size(self) -> int:
        return self.array.size

    @property
    def ndim(self) -> int:
        return self.array.ndim

    def __getitem__(self, place: Any) -> Traced:
        part = self.array[place]
        # A copy would not follow what is written to the array later.
        if not (isinstance(part, np.ndarray) and np.may_share_memory(part, self.array)):
            raise Untraceable(place)
        return self._view(part)

    def view(self, dtype: Any) -> Traced:
        return self._view(self.array.view(dtype))

    def clip(self, low: Any, high: Any, out: Traced | None = None) -> Traced:
        out = self._room(self.shape, self.dtype) if out is None else out
        bounds = _operands((low, high), self)
        return self._note(partial(self.array.clip, *bounds, bare(out)), out)

    def astype(self, dtype: Any, copy: bool = True) -> Traced:
        if not copy and dtype == self.dtype:
            return self
        out = self._room(self.shape, np.dtype(dtype))
        return self._note(partial(np.copyto, out.array, self.array, "same_kind"), out)

    def fill(self, value: float) -> None:
        self._note(partial(self.array.fill, value), self)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *of: Any, out: tuple[Any, ...] = (), **named: Any
    ) -> Any:
        if method != "__call__" or named or ufunc.nout != 1:
            raise Untraceable(ufunc)
        operands = _operands(of, next(x for x in of if isinstance(x, Traced | np.ndarray)))
        result = out[0] if out else self._result(ufunc, operands)
        return self._note(_ready(ufunc, [*map(_plain, operands), bare(result)]), result)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, of: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        if function is np.ndim:
            return self.ndim
        if function is np.empty_like and not named:
            return self._room(self.shape, self.dtype)
        if function is np.broadcast_to:
            return self._view(np.broadcast_to(self.array, of[1]))
        raise Untraceable(function)

    def __getattr__(self, name: str) -> Any:
        raise Untraceable(name)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise Untraceable("its numbers")

    __array__ = __bool__ = __float__ = __int__ = __iter__ = __setitem__ = _refuse

    def _view(self, array: Array) -> Traced:
        return Traced(array, self.tape, part_of=self)

    def _room(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Traced:
        return Traced(self.tape.buffers.take(shape, dtype), self.tape, own=True)

    def _result(self, ufunc: np.ufunc, operands: Sequence[Array]) -> Traced:
        *_, dtype = ufunc.resolve_dtypes((*(x.dtype for x in operands), None))
        return self._room(np.broadcast_shapes(*(x.shape for x in operands)), dtype)

    def _note(self, call: Call, result: Result) -> Result:
        self.tape.note(call)
        return result


def _ready(ufunc: np.ufunc, arrays: Sequence[Array]) -> Call:
    return _BY_NAME[ufunc](*arrays) if ufunc in _BY_NAME else partial(ufunc, *arrays)


def _operands(of: Sequence[Any], beside: Any) -> list[Array]:
    """Arrays as they are, and Python's numbers as arrays of the type that they take beside one."""
    operands = []
    for value in of:
        if type(value) in (bool, int, float):
            if np.result_type(beside.dtype, value) != beside.dtype:
                raise Untraceable(value)
            value = constant(beside, value)
        operands.append(np.asarray(bare(value)))
    return operands


def _plain(operand: Array) -> Array:
    """One number for all, as parameters of a lone lane are, without axes: those cost time."""
    return operand.reshape(()) if operand.size == 1 else operand


def bare(value: Any) -> Any:
    """What a stand-in stands for; anything else as it is."""
    return value.array if isinstance(value, Traced) else value


def traced(
    buffers: Buffers, function: Callable[..., Any], *of: Array, **parameters: Any
) -> list[Call]:
    """The calls that `function(*of, **parameters)` makes, or this call itself.

    Intermediate results lie in `buffers`, which calls replayed one after another may share.
    """
    tape = Tape(buffers)

    def stand_in(value: Any) -> Any:
        return Traced(value, tape) if isinstance(value, np.ndarray) else value

    by_name = {name: stand_in(value) for name, value in parameters.items()}
    tape.whole(function, *map(stand_in, of), **by_name)
    return tape.calls


def noted_whole(function: Callable[..., None]) -> Callable[..., Array]:
    """For a function that changes its first array and may look at numbers: where it does, it alone
    is noted as one call, and not all that it is part of. It returns that array."""

    @wraps(function)
    def of_array(array: Array, *more: Any) -> Array:
        if isinstance(array, Traced):
            array.tape.whole(function, array, *more)
        else:
            function(array, *more)
        return array

    return of_array
