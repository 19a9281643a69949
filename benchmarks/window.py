"""What the open window costs a race, and how it feels meanwhile, as Markdown tables.

    python -m benchmarks.window [--platform offscreen] [--rounds 5] [--seconds 5]

Run from the repository's folder in the project's environment; `--platform xcb` takes a real
display. The same race is advanced by the engine alone and with the window drawing, each in a
process of its own, in interleaved turns timed by the clock on the wall: other work on the machine
shows, so the machine's load is printed (a race is 1 of it, the drawing about 0.2). A picture is a
repaint of some plots with something new in them. Ages are taken at the moment that it has been
painted: of the newest row or snapshot that any plot shows, and of what each plot that was painted
shows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import numpy as np
import psutil

from .turns import System, median, take_turns
from .workloads import RACES

COLUMNS = {
    "steps": "steps/s, window open",
    "pictures": "pictures/s",
    "redraws": "rarest plot's redraws/s",
    "heartbeat": "10 ms heartbeat, p99, ms",
    "newest": "newest on show, age p99, ms",
    "age": "each plot, age when drawn p99, ms",
}


def row(race: str, rounds: int, seconds: float) -> list[str]:
    """One line of the table."""
    with System("headless", "headless", race) as alone, System("drawn", "drawn", race) as shown:
        said = take_turns([alone, shown], rounds, seconds)
    headless = np.array(said["headless"])
    drawn = {name: np.array([turn[name] for turn in said["drawn"]]) for name in COLUMNS}
    columns = [drawn["steps"] / headless, headless, *drawn.values()]
    return [race, *map(median, columns)]


def first_paint(times: int) -> list[float]:
    """Seconds from the start of a fresh process to its painted window; one run to warm up."""
    taken = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        with System("first paint", "first_paint"):
            taken.append(time.perf_counter() - begin)
    return taken[1:]


def busy() -> str:
    """How much else the machine does: wall-clock ratios need its cores to themselves."""
    return f"Load of the last minute: {psutil.getloadavg()[0]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", default="offscreen", help="Qt's: offscreen, xcb, wayland")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each turn")
    asked = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = asked.platform
    header = ["race", "window / headless", "steps/s, headless", *COLUMNS.values()]
    with tempfile.TemporaryDirectory() as folder:
        # The user's own settings stay as they are.
        os.environ["XDG_CONFIG_HOME"] = folder
        print(
            f"Window on {asked.platform}, {os.cpu_count()} cores; medians of {asked.rounds} turns"
        )
        print(f"± half the distance between quartiles. {busy()}\n")
        print("| " + " | ".join(header) + " |")
        print("|" + " --- |" * len(header))
        for race in RACES:
            print("| " + " | ".join(row(race, asked.rounds, asked.seconds)) + " |", flush=True)
        print(f"\nFirst painted window, warm: {median(first_paint(asked.rounds))} s. {busy()}")


if __name__ == "__main__":
    main()
