"""A contestant: an activation with its values, and for each parameter whether it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from .activations import ACTIVATIONS, Activation
from .initializers import INITIALIZERS
from .sections import MAX_CONTESTANTS
from .settings import Refusal, Setting, check, setting

TRAINED = {"fixed": "fixed", "layer": "trained, one a layer", "unit": "trained, one a unit"}


@dataclass(frozen=True)
class Contestant:
    """An activation with parameter values, and for each whether it is fixed or trained.

    `parameters` and `trained` may name only some of the activation's parameters; the record's
    defaults fill in the others. The overrides are None where the experiment's own value holds.
    """

    activation: str = setting(
        "relu", label="Activation", help="The function this contestant's hidden units apply.",
        choices=lambda: {key: record.label for key, record in ACTIVATIONS.items()},
    )  # fmt: skip
    parameters: Mapping[str, float | str] = field(default_factory=dict, hash=False)
    trained: Mapping[str, str] = field(default_factory=dict, hash=False)
    learning_rate: float | None = setting(
        None, label="Learning rate", help="For this contestant alone.",
        low=1e-7, high=100, log=True, zero="not trained",
    )  # fmt: skip
    initializer: str | None = setting(
        None, label="Initialisation", help="For this contestant alone.",
        choices=lambda: {key: record.label for key, record in INITIALIZERS.items()},
    )  # fmt: skip
    gain: float | None = setting(
        None, label="Gain", help="In place of the gain matched to the activation.",
        low=1e-3, high=100, log=True,
    )  # fmt: skip
    label: str = ""
    colour: int | None = field(default=None, compare=False, metadata={"setting": Setting(
        label="Colour", help="Its place in the palette of the plots, from 0. An experiment gives "
        "one to each contestant that has none.",
        low=0, high=MAX_CONTESTANTS - 1, step=1,
    )})  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        record = self.record
        parameters = _filled("parameters", self.parameters, record.defaults)
        trained = _filled("trained", self.trained, {p.name: p.trained for p in record.parameters})
        for parameter in record.parameters:
            value, mode = parameters[parameter.name], trained[parameter.name]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise Refusal(
                    f"parameters.{parameter.name}",
                    value,
                    f"must be a number, {parameter.allowed()}",
                )
            parameters[parameter.name] = float(value)
            if mode not in list(TRAINED):
                allowed = f"must be one of {', '.join(TRAINED)}"
                raise Refusal(f"trained.{parameter.name}", mode, allowed)
        try:
            record.check(**parameters)
        except Refusal as refusal:
            raise refusal.inside("parameters") from None
        object.__setattr__(self, "parameters", MappingProxyType(parameters))
        object.__setattr__(self, "trained", MappingProxyType(trained))

    def __reduce__(self) -> tuple[Any, ...]:
        """For copies and other processes, which cannot carry a read-only mapping."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}
        return type(self), tuple(plain.values())

    @property
    def record(self) -> Activation:
        return ACTIVATIONS[self.activation]

    @property
    def name(self) -> str:
        """What people read: the label given, or the activation with its values."""
        if self.label:
            return self.label
        words = [self.record.label]
        for parameter in self.record.parameters:
            mode = self.trained[parameter.name]
            value = self.parameters[parameter.name]
            if mode != "fixed":
                words.append(
                    f"per {mode}" if value == parameter.default else f"{value:g} per {mode}"
                )
            else:
                words.append(f"{value:g}")
        words += [str(self.parameters[c.name]) for c in self.record.choices
                  if self.parameters[c.name] != c.default]  # fmt: skip
        return " ".join(words)


def _filled(field_name: str, given: Mapping[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """`defaults` overwritten by what is given; a name that is not among them is refused."""
    for name in given:
        if name not in defaults:
            known = ", ".join(defaults) or "none: this activation has no parameters"
            raise Refusal(f"{field_name}.{name}", given[name], f"must be one of {known}")
    return defaults | dict(given)
