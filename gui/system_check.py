"""What keeps Qt from starting, said with its remedy before Qt is loaded.

A library that Qt cannot find, or a screen that does not answer, ends the interpreter from C++,
with no exception to catch.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping

# What Qt loads, and the Debian or Ubuntu package that has it.
_EVERYWHERE = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
_PLATFORMS = {
    "xcb": {
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
    },
    "wayland": {"libwayland-cursor.so.0": "libwayland-cursor0"},
}


_NO_WINDOW = "Without a window, `race EXPERIMENT --out DIR` runs a race and writes all it shows."


def trouble(environment: Mapping[str, str] = os.environ) -> str:
    """What keeps Qt from starting here, in words with the remedy; empty if nothing does."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = _platform(environment)
    if not platform:
        return f"There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set. {_NO_WINDOW}"
    wanted = _EVERYWHERE | _PLATFORMS.get(platform, {})
    packages = [package for library, package in wanted.items() if not _loads(library)]
    if packages:
        return (
            "System libraries that the window needs are missing. On Debian or Ubuntu:\n"
            f"    sudo apt-get install {' '.join(packages)}"
        )
    if platform == "xcb" and not _answers(environment.get("DISPLAY", "")):
        return f"The screen DISPLAY = {environment.get('DISPLAY')!r} does not answer. {_NO_WINDOW}"
    return ""


def _platform(environment: Mapping[str, str]) -> str:
    """The way to the screen that Qt will take."""
    if chosen := environment.get("QT_QPA_PLATFORM"):
        return chosen.partition(";")[0].partition(":")[0].removesuffix("-egl")
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if environment.get("DISPLAY") else ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _answers(display: str) -> bool:
    """Whether an X server is there."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(), None))
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not broken
