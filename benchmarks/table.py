"""Tables in Markdown, and the machine in words."""

from __future__ import annotations

import platform

from .peers.environment import REQUIREMENTS


def print_table(header: list[str], rows: list[list[str]]) -> None:
    print("\n| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def machine() -> str:
    return f"{platform.machine()}, Python {platform.python_version()}, {', '.join(REQUIREMENTS)}"
