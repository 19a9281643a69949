"""Exhibits: ready experiments and sweeps, each with a claim that its race has put to the test.

What is here only lists them. What a run of one concludes is told by `evidence`, and kept by `run`.
"""

from .exhibit import FOLDER, Exhibit, chosen, exhibits

__all__ = ["FOLDER", "Exhibit", "chosen", "exhibits"]
