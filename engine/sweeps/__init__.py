"""Sweeps: the same race over a grid, on all cores of this machine or on a cluster."""

from .cluster import local_cluster, user_cluster
from .disparity import Disparity, Persistence, disparity, fitted, paired_outcomes
from .execution import Execution, Progress
from .folder import SweepFolder
from .grid import Axis
from .result import RaceResult
from .shared_race import SharedRace
from .sweep import GridRace, Sweep
from .sweep_report import write_report

__all__ = [
    "Axis",
    "Disparity",
    "Execution",
    "GridRace",
    "Persistence",
    "Progress",
    "RaceResult",
    "SharedRace",
    "Sweep",
    "SweepFolder",
    "disparity",
    "fitted",
    "local_cluster",
    "paired_outcomes",
    "user_cluster",
    "write_report",
]
