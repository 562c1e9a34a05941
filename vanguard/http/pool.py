"""Connections to PostgreSQL that the event loop itself waits on: reads of the slim cycle need no thread.

One pool a worker and event loop, opened by its first read, so nothing of it exists before the workers are forked. Its share of
DATABASE_POOL_SIZE and DATABASE_POOL_OVERFLOW is set apart in config/settings.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

from vanguard.http.threads import on_its_own
from vanguard.observability.metrics import database_connections

# A connection that was used so lately is not asked again whether it still stands.
TRUSTED_SECONDS = 5.0
# The same statements come again and again: from the third time on PostgreSQL keeps their plan.
PREPARE_AFTER = 2


class ReadConnection(AsyncConnection[Any]):
    """Knows when it was last of use."""

    used_at = 0.0


type Pool = AsyncConnectionPool[ReadConnection]

_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()


def is_there() -> bool:
    """Whether this request may read on the pool: not in a test's transaction, not on SQLite, and not where the pools are off."""
    return on_its_own.get() and settings.DATABASE_READ_POOL["max_size"] > 0 and connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def size() -> int:
    """How many connections this process holds in such pools."""
    return sum(pool.get_stats().get("pool_size", 0) for pool in list(_pools.values()))


@asynccontextmanager
async def lent(*, anew: bool = False) -> AsyncIterator[ReadConnection]:
    """A connection, in autocommit; whatever the driver raises comes out as Django's exception of the same name.

    `anew`: the last one was lost, so all that wait in the pool are looked at before one is lent.
    """
    with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
        pool = _pool()
        if pool.closed:
            await pool.open()
        if anew:
            await pool.check()
        connection = await pool.getconn()
        try:
            yield connection
            connection.used_at = monotonic()
        finally:
            await pool.putconn(connection)


database_connections.elsewhere.append(size)


async def close() -> None:
    """Before the event loop ends: gives the connections back to PostgreSQL."""
    if (pool := _pools.pop(asyncio.get_running_loop(), None)) is not None:
        await pool.close()


def _pool() -> Pool:
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = AsyncConnectionPool(
            kwargs=_parameters(), connection_class=ReadConnection, open=False, check=_check, name="reads", **settings.DATABASE_READ_POOL
        )
    return pool


def _parameters() -> dict[str, Any]:
    """As Django itself connects: its adapters, limits and time zone."""
    parameters: dict[str, Any] = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters |= {"cursor_factory": AsyncCursor, "autocommit": True, "prepare_threshold": PREPARE_AFTER}
    parameters["options"] = f"{parameters.get('options', '')} -c timezone=UTC -c default_transaction_read_only=on"
    return parameters


async def _check(connection: ReadConnection) -> None:
    if monotonic() - connection.used_at > TRUSTED_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
