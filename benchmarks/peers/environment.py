"""The environment of the systems we are compared with, apart from the project's own."""

from __future__ import annotations

import subprocess
import venv

from ..turns import ROOT

FOLDER = ROOT / ".benchmarks" / "venv"
REQUIREMENTS = ("torch==2.13.0", "jax==0.10.2", "scikit-learn==1.9.1", "numpy==2.4.6")


def peers_python() -> str:
    """The interpreter of that environment, which is made at the first call."""
    made = FOLDER / "made.txt"
    wanted = "\n".join(REQUIREMENTS)
    python = FOLDER / "bin" / "python"
    if not made.exists() or made.read_text() != wanted:
        venv.create(FOLDER, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)
        made.write_text(wanted)
    return str(python)
