"""Is this parameter new? Asked of the contestant whose form is open, and put into words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from engine.contestant import Contestant
from engine.novelty import MOST_LAYERS, Novelty, Ranks, novelty

from ..errand import Errand
from ..session import Session

Answer = tuple[Novelty, ...]

_WHAT = (
    "Whether training it reaches functions that weights and biases do not: it answers “new "
    "function?”, not “helps training?”. Told by the rank of the outputs' derivatives on a small "
    "stand-in, without the parameter → with it:"
)


class Research(QObject):
    """Finds out in a thread of its own, since it takes up to half a second.

    `found` hands over the answer to what was asked last; None: it is not known yet.
    """

    found = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._question: tuple[Contestant, int, bool] | None = None
        self._answer: Answer | None = None
        self._errand = Errand(self, "novelty")
        self._errand.done.connect(self._hand_over)
        self._errand.failed.connect(session.say_failed)
        session.closing.connect(self._errand.close)

    def ask(self, contestant: Contestant, layers: int, residual: bool) -> None:
        """In a network, residual or not, of so many hidden layers; without one there is none."""
        bare = Contestant(contestant.activation, contestant.parameters, contestant.trained)
        question = bare, min(layers, MOST_LAYERS), residual
        if question != self._question:
            self._question, self._answer = question, None
            if layers and bare.record.parameters:
                self._errand.send(lambda look: novelty(*question))
            else:
                self._errand.call_off()
                self._answer = ()
        self.found.emit(self._answer)

    def _hand_over(self, answer: Answer) -> None:
        self._answer = answer
        self.found.emit(answer)


def in_short(answer: Sequence[Novelty], mode: str) -> str:
    """What was found of one parameter that is trained in this mode; of both, if it is fixed."""
    found = {novelty.mode: novelty.answer for novelty in answer}
    if not found:
        return ""
    if mode in found:
        return f"New function (not: helps training)? {_sentence(found[mode])}."
    ways = list(found.values())
    if len(set(ways)) > 1:
        ways = [f"per {mode}: {words}" for mode, words in found.items()]
    else:
        ways = ways[:1]
    return f"New function if trained (not: helps training)? {_sentence('; '.join(ways))}."


def explained(answer: Sequence[Novelty]) -> str:
    """The evidence, as rich text."""
    lines = [
        f"one a {found.mode}: {_ranks(found.elsewhere)} near this value, "
        f"{_ranks(found.at_start)} exactly at it, {_ranks(found.one_layer)} with one hidden layer"
        for found in answer
    ]
    return "<br>".join([_WHAT, *lines]) if lines else ""


def _ranks(ranks: Ranks) -> str:
    return f"{ranks.before} → {ranks.after} (of {ranks.columns} more)"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
