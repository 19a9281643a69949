"""What a setting is: a field that knows its label, unit and range, and refuses the rest."""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from functools import cache
from typing import Any

LONGEST_SHOWN = 80  # characters of a refused value


class Refusal(ValueError):
    """Bad input, said in one line: which field, which value, what is allowed."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{field} = {_shown(value)}: {allowed}")

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, object, str]]:
        """For other processes: what it is made of, not its one line."""
        return type(self), (self.field, self.value, self.allowed)

    def inside(self, place: str) -> Refusal:
        """The same refusal, its field named from one level further out."""
        return Refusal(f"{place}.{self.field}", self.value, self.allowed)

    def of(self, source: str) -> Refusal:
        """The same refusal, the file named that it is about; none where `source` is empty."""
        field = f"{source}: {self.field}" if source else self.field
        return Refusal(field, self.value, self.allowed)


def _shown(value: object) -> str:
    """`value` on one line; of a long one, both ends."""
    try:
        text = " ".join(repr(value).splitlines())
    except ValueError:
        return "a number of thousands of digits"  # more than Python is willing to write out
    end = LONGEST_SHOWN // 2 - 1
    return text if len(text) <= LONGEST_SHOWN else f"{text[:end]}…{text[-end:]}"


@dataclass(frozen=True)
class Setting:
    """What a form and a check need to know of one field.

    `low` and `high` are inclusive. `log` asks for a logarithmic slider, which starts at `step` if
    `low` is 0. `choices` gives, for what is stored, what is read. `live` settings may change while
    a race runs. `zero` says what 0 means ("automatic", "off"). `shown_for` takes the section and
    says whether the setting matters there. `offers` takes the section and gives texts that suit it,
    to pick from instead of typing. `advanced` settings may stand behind a fold. `files`
    makes a text the path of a file: what to look for, as "Tables (*.csv *.npz)". With `names_only`
    numbers are names: none is more than another.
    """

    label: str
    help: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    step: float | None = None
    log: bool = False
    choices: Callable[[], dict[str, str]] | None = None
    live: bool = False
    zero: str = ""
    shown_for: Callable[[Any], bool] | None = None
    offers: Callable[[Any], tuple[str, ...]] | None = None
    advanced: bool = False
    files: str = ""
    names_only: bool = False

    def range_text(self) -> str:
        """The allowed values in words, with their unit."""
        if self.choices is not None:
            return "one of " + ", ".join(self.choices())
        low, high = f"{self.low:,.10g}", f"{self.high:,.10g}"
        if math.isfinite(self.low) and math.isfinite(self.high):
            words = f"{low} to {high}"
        elif math.isfinite(self.low):
            words = f"at least {low}"
        else:
            words = f"at most {high}" if math.isfinite(self.high) else "any number"
        unit = f" {self.unit}" if self.unit else ""
        zero = f", or 0: {self.zero}" if self.zero else ""
        return words + unit + zero


def setting(default: Any, **about: Any) -> Any:
    """A dataclass field with a `Setting` in its metadata."""
    return field(default=default, metadata={"setting": Setting(**about)})


def labels_of(records: Mapping[str, Any]) -> Callable[[], dict[str, str]]:
    """Choices among records, each read by its label."""
    return lambda: {key: record.label for key, record in records.items()}


def settings_of(section: Any) -> dict[str, Setting]:
    """The settings of a section (class or instance) by field name, in the order of declaration."""
    return {
        f.name: f.metadata["setting"]
        for f in dataclasses.fields(section)
        if "setting" in f.metadata
    }


def check(section: Any) -> None:
    """Bring each field of a frozen section to its declared type and refuse what is out of range.

    A text is one line, unless its field's metadata says `lines`.
    """
    hints = _hints(section.__class__)
    for f in dataclasses.fields(section):
        value = _typed(f, hints[f.name], getattr(section, f.name))
        about = f.metadata.get("setting")
        if about is not None and value is not None:
            _check_range(f.name, about, value)
        if isinstance(value, str):
            _check_text(f, value)
        object.__setattr__(section, f.name, value)


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The declared types of a section's fields; evaluating them takes most of a check."""
    return typing.get_type_hints(kind)


def _typed(f: Field[Any], hint: Any, value: Any) -> Any:
    """`value` as its field declares it: a whole number becomes a float where one is asked."""
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(h for h in typing.get_args(hint) if h is not type(None))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    plain = typing.get_origin(hint) or hint
    if plain is tuple:
        return _listed(f, typing.get_args(hint)[0], value)
    if not isinstance(plain, type):
        return value
    if not _is(plain, value):
        raise Refusal(f.name, value, f"must be {_KINDS.get(plain, plain.__name__)}")
    return value


def _listed(f: Field[Any], kind: type, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)) or not all(_is(kind, item) for item in value):
        items = _LISTED.get(kind, f"{kind.__name__} records")
        raise Refusal(f.name, value, f"must be a list of {items}")
    return tuple(value)


def _is(kind: type, value: Any) -> bool:
    """Whether `value` is of this kind; true and false are no numbers."""
    return isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)


_KINDS = {
    float: "a number",
    int: "a whole number",
    str: "text",
    bool: "true or false",
    Mapping: "a table of names and values",
}
_LISTED: dict[type, str] = {int: "whole numbers"}

# What XML, and so an SVG, cannot hold, and what breaks a line: controls, separators, half pairs.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def _check_text(f: Field[Any], text: str) -> None:
    lines = f.metadata.get("lines", False)
    if _NO_TEXT.search(text.replace("\n", "") if lines else text):
        one_line = "" if lines else "on one line, "
        raise Refusal(f.name, text, f"must be text {one_line}without control characters")


def _check_range(name: str, about: Setting, value: Any) -> None:
    if about.choices is not None:
        if value not in about.choices():
            raise Refusal(name, value, f"must be {about.range_text()}")
        return
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            zero_is_special = about.zero and number == 0
            if not zero_is_special and not about.low <= number <= about.high:
                raise Refusal(name, value, f"must be {about.range_text()}")
