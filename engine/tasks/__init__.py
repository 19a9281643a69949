"""What the networks can be asked to learn; a new task is one record in one of these files."""

from .curves import CURVES
from .datasets import DATASETS
from .planes import PLANES
from .record import DEFAULT_LOSSES, Asked, Task

TASKS: dict[str, Task] = {task.key: task for task in (*PLANES, *CURVES, *DATASETS)}

__all__ = ["DEFAULT_LOSSES", "TASKS", "Asked", "Task"]
