"""Figures of workers that have gone: kept in the sums, without a file for each worker that ever was.

prometheus_client writes a file a worker and metric type, and never removes those of counters. Workers here are recycled after
a thousand requests, so the files would fill the disk and slow every scrape. gunicorn's `child_exit` hook calls `worker_gone`.
Imports nothing of Django, because gunicorn's configuration calls it before there are settings.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SUMMED = ("counter", "histogram", "summary")


def directory() -> Path | None:
    """Where the workers write their figures; None in a single process."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None


def prepare() -> None:
    """The directory must be there before the application is imported: prometheus_client opens its files at once."""
    if folder := directory():
        folder.mkdir(parents=True, exist_ok=True)


def start_afresh() -> None:
    """Empties the directory, once and before the first worker: figures of an earlier start are not ours."""
    if (folder := directory()) is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()


@contextmanager
def _locked(mode: int) -> Iterator[None]:
    folder = directory()
    if folder is None:
        yield
        return
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, mode)
        yield


@contextmanager
def reading() -> Iterator[None]:
    """While open, no worker's file is moved into the archive: a figure is neither missed nor counted twice."""
    with _locked(fcntl.LOCK_SH):
        yield


def worker_gone(pid: int) -> None:
    """Adds the figures of worker `pid` to the archive, and drops its gauges: what it did counts, what it held does not."""
    folder = directory()
    if folder is None:
        return
    with _locked(fcntl.LOCK_EX):
        mark_process_dead(pid)
        for kind in SUMMED:
            file = folder / f"{kind}_{pid}.db"
            if file.exists():
                _add(file, folder / f"{kind}_archive.db")
                file.unlink()


def keep_at_exit() -> None:
    """For a command (`manage.py …`), which no server waits for: its figures count, and its files go when it ends."""
    atexit.register(_leave, os.getpid())


def _leave(pid: int) -> None:
    # A worker inherits what its master registered, and must not put the master's figures away.
    if os.getpid() == pid:
        worker_gone(pid)


def _add(source: Path, archive: Path) -> None:
    totals = MmapedDict(str(archive))
    try:
        for key, value, _timestamp, _position in MmapedDict.read_all_values_from_file(str(source)):
            totals.write_value(key, totals.read_value(key)[0] + value, 0.0)
    finally:
        totals.close()
