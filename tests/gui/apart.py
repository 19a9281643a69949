"""`main.py` in a process of its own, as people run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def apart(*arguments, **options):
    """Run `main.py` in a process of its own."""
    command = [sys.executable, "-W", "error", ROOT / "main.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
