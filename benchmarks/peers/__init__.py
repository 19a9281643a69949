"""The systems that the engine is compared with, each in every form that may be its quickest.

They run in an environment of their own, and know the problem's files and nothing of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One form of a system: `python -m benchmarks.peers.MODULE FOLDER PRECISION FORM`.

    What trains single networks can train a population lane by lane; where that was far from the
    quickest form whenever it was tried, it is left out.
    """

    system: str
    module: str
    form: str
    single: bool = True
    population: bool = True

    @property
    def name(self) -> str:
        return f"{self.system} {self.form}".strip()

    def fits(self, lanes: int) -> bool:
        return self.population if lanes > 1 else self.single


PEERS = (
    Peer("PyTorch", "pytorch", "fused"),
    Peer("PyTorch", "pytorch", "foreach", population=False),
    Peer("PyTorch", "pytorch", "bmm", single=False),
    Peer("PyTorch", "pytorch", "vmap", single=False),
    Peer("JAX", "jax", "scan"),
    Peer("JAX", "jax", "step", population=False),
    Peer("JAX", "jax", "vmap scan", single=False),
    Peer("JAX", "jax", "vmap step", single=False),
    Peer("scikit-learn", "scikit_learn", "", population=False),
    Peer("NumPy loop", "numpy_loop", ""),
)
