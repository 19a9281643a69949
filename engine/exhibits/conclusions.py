"""What a race or sweep says in the end, and whether two runs of it say the same.

Conclusions are compared, not figures: on another machine's arithmetic a lane may end elsewhere, and
the exhibit still says what it said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Two times of which one is longer by less than this ratio are a tie: clocks are noisy.
TIE = 1.25


@dataclass(frozen=True)
class Said:
    """An answer of a kind, as "better" or "persists"."""

    about: str
    answer: str

    def disagreement(self, fresh: Said) -> str:
        """What tells the two apart, in words; "" where both say the same."""
        return "" if self.answer == fresh.answer else f"{self.answer!r}, now {fresh.answer!r}"


@dataclass(frozen=True)
class Measured:
    """An estimate and its interval, either of which may be infinite.

    All three have six digits, so that none are lost in a file. signed: it is a difference, whose
    sign says who is better.
    """

    about: str
    estimate: float
    low: float
    high: float
    signed: bool = False

    def __post_init__(self) -> None:
        for name in ("estimate", "low", "high"):
            object.__setattr__(self, name, float(f"{getattr(self, name):.6g}"))

    def disagreement(self, fresh: Measured) -> str:
        """A sure sign that has turned round, or intervals that share nothing; else ""."""
        was, now = self._reads(), fresh._reads()
        if self.signed and fresh.signed and self._turned(fresh):
            return f"{was}, now of the other sign: {now}"
        apart = self.low > fresh.high or fresh.low > self.high
        return f"{was}, now apart from it: {now}" if apart else ""

    def _turned(self, fresh: Measured) -> bool:
        """Whether either is sure of its sign, and the other's estimate lies on the other side."""
        sure = self.low > 0 or self.high < 0, fresh.low > 0 or fresh.high < 0
        return any(sure) and self.estimate * fresh.estimate < 0

    def _reads(self) -> str:
        return f"{self.estimate:.3g} [{self.low:.3g}, {self.high:.3g}]"


@dataclass(frozen=True)
class Ordered:
    """Times by name, of which the order alone counts, and that only beyond a tie."""

    about: str
    times: Mapping[str, float]

    def disagreement(self, fresh: Ordered) -> str:
        """The first pair that has changed places by more than a tie both times; else ""."""
        for one, other in self._clear_pairs():
            if {one, other} <= fresh.times.keys() and (other, one) in fresh._clear_pairs():
                return f"{one} before {other}, now after it"
        return ""

    def _clear_pairs(self) -> set[tuple[str, str]]:
        """Which is before which beyond a tie; what never arrives is behind all that do."""
        return {
            (one, other)
            for one, time in self.times.items()
            for other, longer in self.times.items()
            if longer > time * TIE
        }


Conclusion = Said | Measured | Ordered
_KINDS: dict[str, type[Conclusion]] = {"said": Said, "measured": Measured, "ordered": Ordered}


def disagreements(recorded: Sequence[Conclusion], fresh: Sequence[Conclusion]) -> Iterator[str]:
    """Everything in which a fresh run contradicts the recorded one, a line each."""
    was, now = _by_subject(recorded), _by_subject(fresh)
    for subject in [*was, *(s for s in now if s not in was)]:
        if subject not in now or subject not in was:
            yield f"{subject[1]}: {'not measured now' if subject in was else 'was not measured'}"
        elif difference := was[subject].disagreement(now[subject]):  # type: ignore[arg-type]
            yield f"{subject[1]}: {difference}"


def _by_subject(conclusions: Sequence[Conclusion]) -> dict[tuple[str, str], Conclusion]:
    return {(_kind(conclusion), conclusion.about): conclusion for conclusion in conclusions}


def _kind(conclusion: Conclusion) -> str:
    return next(name for name, kind in _KINDS.items() if isinstance(conclusion, kind))


def to_json(conclusion: Conclusion) -> dict[str, Any]:
    """Ready for strict JSON, which has no infinite numbers: these are texts."""
    return {"kind": _kind(conclusion), **_written(asdict(conclusion))}


def from_json(values: Mapping[str, Any]) -> Conclusion:
    """Raises KeyError, TypeError or ValueError for what `to_json` has not made."""
    fields = dict(values)
    kind = _KINDS[fields.pop("kind")]
    if kind is Measured:
        fields |= {name: float(fields[name]) for name in ("estimate", "low", "high")}
    if kind is Ordered:
        fields["times"] = {name: float(time) for name, time in fields["times"].items()}
    return kind(**fields)


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _written(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value
