"""Connections to PostgreSQL that the event loop itself waits on: reads of the slim cycle need no thread.

One pool a worker and event loop, opened by its first read, so nothing of it exists before the workers are forked. Its share of
DATABASE_POOL_SIZE and DATABASE_POOL_OVERFLOW is set apart in config/settings.py.
"""

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from vanguard import confinement
from vanguard.http.threads import on_its_own
from vanguard.http.wire import ReadConnection
from vanguard.observability import tracing
from vanguard.observability.metrics import database_connections
from vanguard.observability.samples import add_look, tell_pool
from vanguard.pulse import HANGS, pulse

# A connection that was used so lately is not asked again whether it still stands.
TRUSTED_SECONDS = 5.0
# One beyond the smallest size that nobody needed for so long is closed.
REST_SECONDS = 600.0
CHECK_SECONDS = 2.0
ACT = confinement.ACT.format("%s", "%s", local="false")


class Pool:
    """At most `max_size` connections. The one that was given back last is lent first, so few are kept busy and the others rest."""

    def __init__(self, *, min_size: int, max_size: int, timeout: float, max_lifetime: float = 3600.0) -> None:
        """`timeout`: seconds that a caller waits for a connection; `max_lifetime`: seconds after which one is replaced."""
        self.min_size, self.max_size, self.timeout, self.max_lifetime = min_size, max_size, timeout, max_lifetime
        self.resting: list[ReadConnection] = []
        self.waiting: deque[asyncio.Future[ReadConnection | None]] = deque()
        self.size = 0
        self.closed = False

    async def take(self) -> ReadConnection:
        """Raises psycopg.OperationalError where none can be had in time."""
        deadline = monotonic() + self.timeout
        while True:
            if pulse.hangs:
                raise psycopg.OperationalError(HANGS)
            connection = self.resting.pop() if self.resting else None
            if connection is None and self.size < self.max_size:
                return await self._connect()
            if connection is None:
                connection = await self._turn(deadline - monotonic())
            if connection is not None and await self._stands(connection):
                return connection

    async def give(self, connection: ReadConnection) -> None:
        if connection.lost or connection.worn or self.closed:
            await self._drop(connection)
        elif not self._hand_on(connection):
            self.resting.append(connection)
            if len(self.resting) > self.min_size and monotonic() - self.resting[0].used_at > REST_SECONDS:
                await self._drop(self.resting.pop(0))

    async def close(self) -> None:
        """Those that are lent are closed when they come back."""
        self.closed = True
        await self.drop_resting()

    async def drop_resting(self) -> None:
        """One was lost: the others, which rest, may be too."""
        while self.resting:
            await self._drop(self.resting.pop())

    async def _stands(self, connection: ReadConnection) -> bool:
        now = monotonic()
        connection.lost = connection.lost or pulse.is_silent(connection.where)
        if not connection.lost and now - connection.used_at > TRUSTED_SECONDS:
            with suppress(psycopg.Error, TimeoutError):
                await asyncio.wait_for(connection.ask("SELECT 1", []), CHECK_SECONDS)
        if connection.lost or now - connection.born_at > self.max_lifetime:
            await self._drop(connection)
            return False
        return True

    async def _connect(self) -> ReadConnection:
        self.size += 1
        try:
            connection = await ReadConnection.connect(**parameters())
        except BaseException:
            self.size -= 1
            self._hand_on(None)
            raise
        connection.ready()
        return connection

    async def _drop(self, connection: ReadConnection) -> None:
        self.size -= 1
        self._hand_on(None)
        if not connection.abandoned:
            await connection.close()

    async def _turn(self, seconds: float) -> ReadConnection | None:
        """Waits in line for a connection, or for a place for a new one (None)."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[ReadConnection | None] = loop.create_future()
        timer = loop.call_later(seconds, _too_late, turn)
        self.waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # It was this one's turn already.
                given = turn.result()
                await self.give(given) if given is not None else self._hand_on(None)
            raise
        finally:
            timer.cancel()

    def _hand_on(self, given: ReadConnection | None) -> bool:
        """To who has waited longest; False where nobody waits."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False


def _too_late(turn: asyncio.Future[ReadConnection | None]) -> None:
    if not turn.done():
        turn.set_exception(psycopg.OperationalError("no connection got free in time"))


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()


def is_there() -> bool:
    """Whether this request may read on the pool: not in a test's transaction, not on SQLite, and not where the pools are off."""
    return on_its_own.get() and settings.DATABASE_READ_POOL["max_size"] > 0 and "postgresql" in settings.DATABASES["default"]["ENGINE"]


def size() -> int:
    """How many connections this process holds in such pools."""
    return sum(pool.size for pool in list(_pools.values()))


async def fetch(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """The rows that a statement gives, as the driver reads them; what it raises comes out as Django's exception of the same name."""
    # Members of a model's choices are text; the driver would look for a type of PostgreSQL's of their own.
    plain = [str(value) if isinstance(value, str) else value for value in values]
    try:
        # With the wait for a connection, which is a part of what the reader waits for.
        with tracing.statement(sql, "postgresql"):
            return await _ask(sql, plain)
    except psycopg.Error:
        with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
            raise


async def _ask(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    pool = _pool()
    connection = await pool.take()
    try:
        return await _asked(connection, sql, values)
    except psycopg.Error:
        if not connection.lost:
            raise
    finally:
        await pool.give(connection)
    # It was lost since its last use; that a read is asked twice does no harm.
    await pool.drop_resting()
    connection = await pool.take()
    try:
        return await _asked(connection, sql, values)
    finally:
        await pool.give(connection)


async def _asked(connection: ReadConnection, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Asked as who this request reads as; a connection that asked for somebody else before is told so first."""
    if connection.acts_for != (acting := confinement.acting()):
        connection.acts_for = None
        await connection.ask(ACT, list(acting))
        connection.acts_for = acting
    return await connection.ask(sql, values)


def look() -> None:
    """How the pools of this process stand, for `/metrics`."""
    if pools := list(_pools.values()):
        tell_pool(
            "read",
            size=size(),
            resting=sum(len(pool.resting) for pool in pools),
            waiting=sum(len(pool.waiting) for pool in pools),
            limit=sum(pool.max_size for pool in pools),
        )


database_connections.elsewhere.append(size)
add_look(look)


async def close() -> None:
    """Before the event loop ends: gives the connections back to PostgreSQL."""
    if (pool := _pools.pop(asyncio.get_running_loop(), None)) is not None:
        await pool.close()


def _pool() -> Pool:
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = Pool(**settings.DATABASE_READ_POOL)
    return pool


def parameters() -> dict[str, Any]:
    """Of a connection for an event loop, as Django itself connects: its adapters, limits and time zone."""
    found: dict[str, Any] = connections[DEFAULT_DB_ALIAS].get_connection_params()
    found |= {"cursor_factory": psycopg.AsyncCursor, "autocommit": True, "prepare_threshold": None}
    found["options"] = f"{found.get('options', '')} -c timezone=UTC -c default_transaction_read_only=on"
    if found.get("target_session_attrs") == "read-write":
        # The same server, asked for otherwise: these sessions are read-only by their own choice, and libpq would refuse every host.
        found["target_session_attrs"] = "primary"
    return pulse.others_first(found)
