"""The sections of an experiment: what is learnt, by which network, trained how, by which seeds."""

from .network import NetworkSettings
from .population import MAX_CONTESTANTS, PopulationSettings
from .task import TaskSettings
from .training import TrainingSettings

__all__ = [
    "MAX_CONTESTANTS",
    "NetworkSettings",
    "PopulationSettings",
    "TaskSettings",
    "TrainingSettings",
]
