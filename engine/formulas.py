"""Formulas users type, y = f(x), read by a small parser of our own: never Python's `eval`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from .data import Floats
from .settings import Refusal

LONGEST = 200
DEEPEST = 50

# What a piece of a formula becomes: an array or number for every array of x.
Term = Callable[[Any], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>(),]))",
    re.ASCII,
)
_CONSTANTS = {"pi": np.pi, "e": np.e}
_OF_ONE: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign, "tanh": np.tanh, "floor": np.floor,
}  # fmt: skip
_OF_SEVERAL: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip
_SUMS: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "*": np.multiply, "/": np.true_divide, "%": np.mod,
}  # fmt: skip

ALLOWED = (
    "x, numbers, + - * / ** %, comparisons, brackets, pi, e, and "
    + ", ".join([*_OF_ONE, *_OF_SEVERAL])
)  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A formula that has been read; calling it with x of any shape gives y of that shape."""

    text: str
    term: Term = field(repr=False, compare=False)

    def __call__(self, x: Floats) -> Floats:
        # Overflow and division by 0 give inf and NaN; whoever asked decides what to do with them.
        with np.errstate(all="ignore"):
            y = self.term(np.asarray(x, np.float64))
        return np.array(np.broadcast_to(y, np.shape(x)), np.float64)


def parse(text: str) -> Formula:
    """The formula written in `text`, with Python's precedence; comparisons are 1 or 0.

    Refuses, naming the piece, whatever is not in ALLOWED, over LONGEST characters or nested
    deeper than DEEPEST.
    """
    if len(text) > LONGEST:
        raise Refusal("formula", text, f"must be {LONGEST} characters at most")
    return Formula(text, _Parser(text).whole())


class _Parser:
    """Recursive descent over the tokens of one text: a method for each level of precedence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.tokens = self._tokens(text)
        self.place = 0

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        tokens, place, end = [], 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                raise self.refusal(text[place:].strip()[:12])
            tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
            place = found.end()
        return [*tokens, ("end", "")]

    def refusal(self, piece: str) -> Refusal:
        where = f"{piece!r} is not understood there" if piece else "it ends too early"
        return Refusal("formula", self.text, f"{where}; allowed are {ALLOWED}")

    def take(self, *signs: str) -> str:
        """The next token if it is one of `signs`, which is then behind us; else nothing."""
        kind, piece = self.tokens[self.place]
        if kind != "sign" or piece not in signs:
            return ""
        self.place += 1
        return piece

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise self.refusal(self.tokens[self.place][1])

    def whole(self) -> Term:
        term = self.comparison()
        kind, piece = self.tokens[self.place]
        if kind != "end":
            raise self.refusal(piece)
        return term

    def comparison(self) -> Term:
        """`a < b <= c` means a < b and b <= c."""
        left, links = self.sum(), []
        while sign := self.take(*_COMPARISONS):
            right = self.sum()
            links.append(_joined(_COMPARISONS[sign], left, right))
            left = right
        if not links:
            return left
        return lambda x: reduce(np.multiply, [np.asarray(link(x), float) for link in links])

    def sum(self) -> Term:
        term = self.product()
        while sign := self.take(*_SUMS):
            term = _joined(_SUMS[sign], term, self.product())
        return term

    def product(self) -> Term:
        term = self.signed()
        while sign := self.take(*_PRODUCTS):
            term = _joined(_PRODUCTS[sign], term, self.signed())
        return term

    def signed(self) -> Term:
        """A power with signs before it: every way back into the grammar passes here."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refusal("formula", self.text, f"must be nested {DEEPEST} deep at most")
        if self.take("-"):
            term = _applied(operator.neg, self.signed())
        elif self.take("+"):
            term = self.signed()
        else:
            term = self.power()
        self.depth -= 1
        return term

    def power(self) -> Term:
        base = self.atom()
        return _joined(np.power, base, self.signed()) if self.take("**") else base

    def atom(self) -> Term:
        kind, piece = self.tokens[self.place]
        if self.take("("):
            term = self.comparison()
            self.need(")")
            return term
        self.place += 1
        if kind == "number":
            return _constant(float(piece))
        if piece == "x":
            return lambda x: x
        if piece in _CONSTANTS:
            return _constant(_CONSTANTS[piece])
        if piece in _OF_ONE:
            return _applied(_OF_ONE[piece], *self.arguments(piece, 1))
        if piece in _OF_SEVERAL:
            terms = self.arguments(piece, None)
            return lambda x: reduce(_OF_SEVERAL[piece], [term(x) for term in terms])
        raise self.refusal(piece)

    def arguments(self, name: str, count: int | None) -> list[Term]:
        """What stands in brackets behind a function; `count` None: two or more."""
        self.need("(")
        terms = [self.comparison()]
        while self.take(","):
            terms.append(self.comparison())
        self.need(")")
        if len(terms) != count and (count or len(terms) < 2):
            wanted = "one argument" if count else "two or more arguments"
            raise Refusal("formula", self.text, f"{name} must have {wanted}, not {len(terms)}")
        return terms


def _constant(number: float) -> Term:
    # NumPy's scalar overflows to inf where Python's float, or a whole number, would fail or hang.
    value = np.float64(number)
    return lambda x: value


def _applied(function: Callable[[Any], Any], term: Term) -> Term:
    return lambda x: function(term(x))


def _joined(function: Callable[[Any, Any], Any], left: Term, right: Term) -> Term:
    return lambda x: function(left(x), right(x))
