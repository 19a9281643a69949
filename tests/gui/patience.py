"""Waiting for what a window does."""


def wait_for(qtbot, window, *states):
    qtbot.waitUntil(lambda: window.session.state in states, timeout=20_000)
