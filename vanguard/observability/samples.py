"""Gauges of what a worker holds: looked at every few seconds on its event loop, so that they are true also while no request ends.

A pool that is exhausted answers nobody; what is counted as requests are answered would stand still just then.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter

from prometheus_client import Gauge

from vanguard.observability.metrics import database_connections

EVERY_SECONDS = 5.0
POOL = Gauge(
    "vanguard_database_pool_connections",
    "Connections of the database pools, open and in use.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
POOL_LARGEST = Gauge("vanguard_database_pool_limit", "Connections that the pools may open.", ["pool"], multiprocess_mode="livesum")
POOL_WAITING = Gauge("vanguard_database_pool_waiting", "Who waits for a connection of a pool.", ["pool"], multiprocess_mode="livesum")
LAG = Gauge("vanguard_event_loop_lag_seconds", "How much later than asked for an event loop woke up last.", multiprocess_mode="livemax")

_looks: list[Callable[[], None]] = []
_tasks: set[asyncio.Task[None]] = set()


def add_look(look: Callable[[], None]) -> None:
    """`look` sets gauges; it runs on the event loop, so it must be quick."""
    _looks.append(look)


def tell_pool(name: str, *, size: int, resting: int, waiting: int, limit: int) -> None:
    POOL.labels(name, "open").set(size)
    POOL.labels(name, "in_use").set(size - resting)
    POOL_WAITING.labels(name).set(waiting)
    POOL_LARGEST.labels(name).set(limit)


def look() -> None:
    """At everything, now."""
    database_connections.refresh()
    stats = database_connections.pool_stats()
    if stats:
        total = {name: sum(each.get(name, 0) for each in stats) for name in ("pool_size", "pool_available", "requests_waiting", "pool_max")}
        tell_pool(
            "orm", size=total["pool_size"], resting=total["pool_available"], waiting=total["requests_waiting"], limit=total["pool_max"]
        )
    for each in _looks:
        each()


async def begin() -> None:
    """From now on, until `end`."""
    task = asyncio.get_running_loop().create_task(_for_ever())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def end() -> None:
    for task in list(_tasks):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _for_ever() -> None:
    while True:
        look()
        asked = perf_counter()
        await asyncio.sleep(EVERY_SECONDS)
        LAG.set(max(0.0, perf_counter() - asked - EVERY_SECONDS))
