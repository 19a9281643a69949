"""What a race says of each question, from numbers to words: a file a question."""

from .choice import choice, headline
from .finding import Finding
from .rounding import rounds
from .saturation import saturates
from .signal import travels
from .speed import speeds
from .training import trainings
from .worth import worths

__all__ = [
    "Finding",
    "choice",
    "headline",
    "rounds",
    "saturates",
    "speeds",
    "trainings",
    "travels",
    "worths",
]
