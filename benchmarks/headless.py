"""A race advanced by the engine alone, timed by the clock on the wall as the window's are."""

from __future__ import annotations

import sys
import time

from engine import Race

from .turns import serve
from .workloads import RACES

if __name__ == "__main__":
    serve(Race(RACES[sys.argv[1]]).advance, clock=time.perf_counter)
