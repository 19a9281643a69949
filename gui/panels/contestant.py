"""The form of one contestant: its activation, what is fixed and what is trained, its own values."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QLabel, QLayout, QVBoxLayout, QWidget

from engine.activations import Activation, Choice, Parameter
from engine.contestant import TRAINED, Contestant
from engine.experiment import Experiment
from engine.initializers import INITIALIZERS, moments
from engine.novelty import Novelty
from engine.settings import Refusal, Setting, settings_of

from .editor import Editor
from .editors import ChoiceEditor, OptionalEditor, TextEditor, editor_for
from .form import form_grid
from .novelty import explained, in_short
from .number import NumberEditor
from .swatch import ICON, curve_icons

Read = Callable[[Contestant], Any]
Write = Callable[[Contestant, Any], Contestant]


class ContestantForm(QWidget):
    """Edits one contestant: says `changed` with a whole new one, and shows what it is given."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.editors: dict[str, Editor] = {}
        self._reads: dict[str, Read] = {}
        self._writes: dict[str, Write] = {}
        self._contestant: Contestant | None = None
        self._record: Activation | None = None
        self._form: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_contestant(self, contestant: Contestant, experiment: Experiment) -> None:
        self._contestant = contestant
        if contestant.record is not self._record:
            self._record = contestant.record
            self._build(contestant.record)
        initializer = INITIALIZERS[contestant.initializer or experiment.network.initializer]
        self._inherit("learning_rate", experiment.training.learning_rate)
        self._inherit("initializer", experiment.network.initializer)
        self._inherit("gain", _gain(contestant, experiment))
        for path, editor in self.editors.items():
            editor.show_value(self._reads[path](contestant))
            editor.show_refusal("")
        name = typing.cast(TextEditor, self.editors["label"])
        name.entry.setPlaceholderText(dataclasses.replace(contestant, label="").name)
        takes_gain = initializer.gain is not None or contestant.gain is not None
        self.editors["gain"].set_shown(takes_gain)

    def show_novelty(self, found: Sequence[Novelty] | None) -> None:
        """Say of each parameter whether it is new; None: that is not known yet."""
        assert self._contestant is not None
        for name, mode in self._contestant.trained.items():
            own = [novelty for novelty in found or () if novelty.parameter == name]
            note = "…" if found is None else in_short(own, mode)
            self.editors[f"trained.{name}"].show_note(note, explained(own))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and "activation" in self.editors:
            self.editors["activation"].set_icons(curve_icons(), ICON)

    def _inherit(self, path: str, value: Any) -> None:
        typing.cast(OptionalEditor, self.editors[path]).show_inherited(value)

    def _build(self, record: Activation) -> None:
        """A new form for another activation, since its parameters are others."""
        focused = self.window().focusWidget()
        focus = bool(self.editors) and self.editors["activation"].isAncestorOf(focused)
        if self._form is not None:
            for editor in self.editors.values():
                editor.blockSignals(True)  # what was being typed there is for nobody any more
            self._layout.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self.editors, self._reads, self._writes = {}, {}, {}
        self._form = QWidget()
        self._grid = form_grid()
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        self._form.setLayout(self._grid)
        self._layout.addWidget(self._form)
        about = settings_of(Contestant)
        activation = ChoiceEditor("activation", about["activation"])
        activation.set_icons(curve_icons(), ICON)
        self._add(activation, lambda c: c.activation, _with_activation)
        for parameter in record.parameters:
            self._add_parameter(parameter)
        for choice in record.choices:
            self._add_value(ChoiceEditor(choice.name, _of_choice(choice)))
        hints = typing.get_type_hints(Contestant)
        for name in ("learning_rate", "initializer", "gain"):
            self._add_field(editor_for(name, about[name], hints[name]))
        self._add_field(TextEditor("label", _OWN_NAME))
        if focus:
            activation.setFocus()

    def _add(self, editor: Editor, read: Read, write: Write) -> None:
        editor.place(self._grid)
        editor.changed.connect(self._ask)
        self.editors[editor.path] = editor
        self._reads[editor.path], self._writes[editor.path] = read, write

    def _add_field(self, editor: Editor) -> None:
        name = editor.path
        self._add(
            editor, lambda c: getattr(c, name), lambda c, v: dataclasses.replace(c, **{name: v})
        )

    def _add_value(self, editor: Editor) -> None:
        name = editor.path
        self._add(
            editor,
            lambda c: c.parameters[name],
            lambda c, v: dataclasses.replace(c, parameters={**c.parameters, name: v}),
        )

    def _add_parameter(self, parameter: Parameter) -> None:
        name = parameter.name
        self._add_value(ParameterEditor(parameter))
        # The parameter's own label stands right above.
        mode = ChoiceEditor(f"trained.{name}", _trained_or_not(parameter), QLabel())
        self._add(
            mode,
            lambda c: c.trained[name],
            lambda c, v: dataclasses.replace(c, trained={**c.trained, name: v}),
        )

    def _ask(self, path: str, value: Any) -> None:
        assert self._contestant is not None
        editor = self.editors[path]
        editor.show_refusal("")
        try:
            asked = self._writes[path](self._contestant, value)
        except Refusal as refusal:
            editor.show_value(self._reads[path](self._contestant))
            editor.show_refusal(str(refusal))
        else:
            self.changed.emit(asked)


class ParameterEditor(NumberEditor):
    """A parameter of an activation; its slider covers the usual part of a domain without end."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        about = Setting(
            label=_sentence(parameter.label), help=_sentence(parameter.help) + ".",
            low=parameter.low, high=parameter.high,
        )  # fmt: skip
        super().__init__(parameter.name, about, offered=_offered(parameter))

    def allowed(self) -> str:
        return self.parameter.allowed()


def _offered(parameter: Parameter) -> list[float]:
    """Good values around the default: by factors of a positive one, else in twentieths."""
    usual = parameter.default
    if parameter.positive:
        decades = np.linspace(-1, 1, 21)
        offered = [float(f"{usual * 10**d:.2g}") for d in decades]
    else:
        first, last = 20 * (math.ceil(usual) - 1), 20 * (math.floor(usual) + 1)
        offered = [step / 20 for step in range(first, last + 1)]
    return [v for v in offered if parameter.low <= v <= parameter.high]


_OWN_NAME = Setting(label="Own name", help="What this contestant is called; empty: its values.")


def _of_choice(choice: Choice) -> Setting:
    options = dict.fromkeys(choice.options)
    return Setting(
        label=_sentence(choice.label), help=_sentence(choice.help) + ".",
        choices=lambda: {key: key for key in options},
    )  # fmt: skip


def _trained_or_not(parameter: Parameter) -> Setting:
    return Setting(
        label=f"{_sentence(parameter.label)}: fixed or trained",
        help=f"Whether training moves the {parameter.label}, for a layer or for each unit.",
        choices=lambda: {
            mode: mode if mode == "fixed" else f"trained per {mode}" for mode in TRAINED
        },
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with_activation(contestant: Contestant, key: str) -> Contestant:
    """Another activation starts from its own defaults; a name made for the old one goes."""
    return dataclasses.replace(contestant, activation=key, parameters={}, trained={}, label="")


def _gain(contestant: Contestant, experiment: Experiment) -> float | None:
    """The gain that holds where the contestant names none, to four digits; None: there is none."""
    gain = INITIALIZERS[contestant.initializer or experiment.network.initializer].gain
    if callable(gain):
        record, parameters = contestant.record, contestant.parameters
        try:
            with np.errstate(all="ignore"):
                gain = gain(
                    moments(
                        lambda z: record.value(z, **parameters),
                        lambda z: record.derivative(z, **parameters),
                        record.kinks(**parameters),
                    )
                )
        except Refusal:
            return None
    return None if gain is None else float(f"{gain:.4g}")
