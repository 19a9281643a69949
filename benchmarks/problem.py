"""The same training for every system: where it starts, what it sees, and where ours ended.

Needs NumPy alone, so that peers can read it in an environment without the engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Problem:
    """`steps` updates of every lane, all in `inputs.dtype`.

    settings: activation, loss, optimizer, learning_rate, batch_size; an epoch is whole batches.
    inputs (lanes, points, features) and targets (lanes, points, outputs): one epoch, in the order
    in which each lane sees it. start, end: each layer's weights (lanes, fan_out, fan_in + 1), the
    last column the biases, before the first and after the last step.
    """

    settings: dict[str, Any]
    steps: int
    inputs: Array
    targets: Array
    start: list[Array]
    end: list[Array]

    @property
    def lanes(self) -> int:
        return len(self.inputs)

    @property
    def steps_an_epoch(self) -> int:
        return int(self.inputs.shape[1] // self.settings["batch_size"])

    def distance(self, weights: list[Array]) -> float:
        """The root mean square of the differences from where ours ended, of the farthest layer."""
        pairs = zip(weights, self.end, strict=True)
        return max(float(np.sqrt(np.square(theirs - ours).mean())) for theirs, ours in pairs)

    def save(self, path: Path) -> None:
        layers = {f"start{n}": layer for n, layer in enumerate(self.start)}
        layers |= {f"end{n}": layer for n, layer in enumerate(self.end)}
        about = json.dumps({"settings": self.settings, "steps": self.steps})
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            allow_pickle=False,
            about=about,
            inputs=self.inputs,
            targets=self.targets,
            **layers,
        )

    @classmethod
    def load_all(cls, folder: Path) -> list[Problem]:
        """The problems of a race, one a contestant."""
        return [cls.load(path) for path in sorted(folder.glob("*.npz"))]

    @classmethod
    def load(cls, path: Path) -> Problem:
        with np.load(path, allow_pickle=False) as file:
            layers = sum(name.startswith("start") for name in file.files)
            return cls(
                **json.loads(str(file["about"])),
                inputs=file["inputs"],
                targets=file["targets"],
                start=[file[f"start{n}"] for n in range(layers)],
                end=[file[f"end{n}"] for n in range(layers)],
            )
