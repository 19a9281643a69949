"""The panels: faces of the experiment, which they show and ask to change but never keep."""

from .contestants import ContestantsPanel
from .exhibits import ExhibitChooser, ExhibitPanel
from .form import SettingsPanel
from .population import PopulationPanel
from .sweep import SweepPanel
from .task import TaskPanel

__all__ = [
    "ContestantsPanel",
    "ExhibitChooser",
    "ExhibitPanel",
    "PopulationPanel",
    "SettingsPanel",
    "SweepPanel",
    "TaskPanel",
]
