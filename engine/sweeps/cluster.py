"""Where a sweep's races run: this machine's cores, or a cluster that the user has."""

from __future__ import annotations

import atexit
import hashlib
import importlib
import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..settings import Refusal

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
# Whoever watches hears of what the workers do this often, in seconds, and can stop as often.
PACE = 0.2
MOST_WORKERS = 256

# What must be the same on both sides for messages to be understood and numbers to agree.
_SAME = ("python", "dask", "distributed", "cloudpickle", "msgpack", "numpy")
# Ctrl-C reaches every process of a terminal; what it means is for the one to say that started them.
_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
_LOCAL = {
    # A worker lost twice over the same race is no accident; one race at a time is put at risk.
    "distributed.scheduler.allowed-failures": 1,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.multiprocessing-method": "spawn",  # a fork would carry Qt along
    # Dask's own would have every array given back to the system and asked for anew: over a quarter
    # of a race's time, and more where workers wait for the system together.
    "distributed.nanny.pre-spawn-environ": {
        f"{library}_NUM_THREADS": 1 for library in ("OPENBLAS", "MKL", "OMP", "VECLIB")
    },
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def local_cluster(workers: int | None = None) -> Iterator[Client]:
    """Worker processes on this machine, as many as it has cores unless said otherwise.

    Each takes one race at a time, on one BLAS thread. Raises Refusal for a number out of range.
    """
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise Refusal("workers", workers, f"must be 1 to {MOST_WORKERS}")
    import dask
    from distributed import Client, LocalCluster
    from distributed.deploy.spec import close_clusters

    # One that is left as it starts goes with the process; closing it then fails, and says so.
    atexit.unregister(close_clusters)
    with (
        dask.config.set(_LOCAL),
        LocalCluster(
            n_workers=workers or os.cpu_count(),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            preload=[_DEAF],
            dashboard_address=None,
            # Without one, its server would still stand where another cluster's does.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def user_cluster(address: str) -> Iterator[Client]:
    """The cluster whose scheduler has this address, as "tcp://host:8786".

    Raises Refusal where nobody answers, where it has no workers, or where scheduler and workers
    run other versions of Python, of what carries messages and numbers, or of this laboratory.
    """
    import asyncio

    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    try:
        # A client that finds nobody goes on waiting when it is closed; so somebody is found first.
        kind = asyncio.run(_who_answers(address))
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Refusal("cluster", address, f"cannot be reached: {reason}") from None
    if kind != "Scheduler":
        raise Refusal("cluster", address, f"must be a scheduler; a {kind} answers")
    with silence_logging_cmgr(logging.CRITICAL):  # what is lost is told by the sweep, once
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: they are looked at below, and refused
            client = Client(address, timeout=CONNECT_SECONDS)
        with client:
            _check_versions(client, address)
            yield client


def landed(client: Client, futures: Iterable[Future]) -> list[Future]:
    """What has come to an end, good or bad, after a moment's wait at most.

    Raises CancelledError where the cluster is gone.
    """
    from distributed import wait

    try:
        with client.as_current():
            ended = wait(list(futures), timeout=PACE, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return []
    return list(ended.done)


async def _who_answers(address: str) -> str:
    """What kind of server listens there. Raises OSError, ValueError or RuntimeError for none."""
    from distributed.core import connect

    comm = await connect(address, timeout=CONNECT_SECONDS)
    try:
        await comm.write({"op": "identity", "reply": True})
        return str((await comm.read())["type"])
    finally:
        await comm.close()


def _check_versions(client: Client, address: str) -> None:
    """Refuse a cluster that might not understand a race, or race another."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise Refusal("cluster", address, "must have at least one worker") from None
    all_versions = client.get_versions()
    own = all_versions["client"]["packages"]
    others = {"scheduler": all_versions["scheduler"], **all_versions["workers"]}
    for place, versions in others.items():
        for name in _SAME:
            theirs, ours = (_version(name, v) for v in (versions["packages"], own))
            if theirs != ours:
                theirs = theirs or "none"
                raise Refusal("cluster", address, f"must have {name} {ours}; {place} has {theirs}")
    probe = _source_version()
    for place, found in {"scheduler": client.run_on_scheduler(probe), **client.run(probe)}.items():
        if found != source_version():
            raise Refusal("cluster", address, f"must have this laboratory's files; {place} has not")


def _version(name: str, packages: dict[str, Any]) -> str:
    version = str(packages.get(name) or "")
    return ".".join(version.split(".")[:2]) if name == "python" else version


def source_version() -> str:
    """A hash of the engine's files: only equal ones race alike."""
    folder = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_version() -> Callable[[], str]:
    """`source_version` as it can be sent to where the laboratory may not be; there it says ""."""
    module = __name__

    def version() -> str:
        try:
            return str(importlib.import_module(module).source_version())
        except (ImportError, AttributeError):  # none at all, or one before sweeps
            return ""

    return version
