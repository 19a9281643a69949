"""What every test stands on: no screen, one BLAS thread, and no thread left behind."""

import os
import signal
import threading

# Before Qt and NumPy are imported.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

# Who runs tests in the background may ignore Ctrl-C; what is started from here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long a busy machine takes over an example is no law of ours. A change is judged by the same
# examples each time; `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search", settings.get_profile("repeatable"), derandomize=False, max_examples=2000
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _no_thread_left_behind():
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not left, f"threads left behind: {[thread.name for thread in left]}"
