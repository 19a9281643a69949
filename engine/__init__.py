"""The training engine: experiments, races and what they record. It knows nothing of any window."""

from .activations import ACTIVATIONS
from .contestant import Contestant
from .experiment import Experiment
from .race import Race
from .recording import Recording
from .settings import Refusal

__all__ = ["ACTIVATIONS", "Contestant", "Experiment", "Race", "Recording", "Refusal"]
