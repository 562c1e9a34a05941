"""One connection to PostgreSQL that the event loop waits on, for statements that come again and again.

Connecting, types, errors and cancelling are psycopg's. What is ours is the way of one statement: prepared at its first use, sent and
waited for over libpq (psycopg.pq) without a cursor, a lock and the registering of the socket for each of them, which cost several
times what the statement does. A connection carries one statement at a time; vanguard.http.pool sees to that.
"""

import asyncio
import re
from functools import lru_cache
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import AdminShutdown, CrashShutdown, FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from vanguard.pulse import PATIENCE, Where, pulse, where_of

# After these another connection may do: the server ended this one, or its statements are older than a change of the schema.
ENDED = (AdminShutdown, CrashShutdown, FeatureNotSupported, InvalidSqlStatementName)
MOST_PREPARED = 200
CANCEL_SECONDS = 2.0
_abandoned: set[asyncio.Task[None]] = set()


class ReadConnection(AsyncConnection[Any]):
    """To be given to `ready` once it is connected, and from then on asked by `ask` alone."""

    used_at = born_at = 0.0
    _socket = -1
    _watcher: asyncio.Task[None] | None = None
    # Nothing more is to be asked of it.
    lost = False
    # It holds as many prepared statements as one should: to be replaced when it is given back.
    worn = False
    # It ends its statement at the server, and closes by itself.
    abandoned = False
    where: Where | None = None
    # The role that it reads as, and for whom (vanguard.confinement); None where that was not said yet, or not heard.
    acts_for: tuple[str, str] | None = None

    def ready(self) -> None:
        """Listens to the socket from now on, so that also an end without a question is noticed."""
        self.used_at = self.born_at = monotonic()
        self.where = where_of(self)
        self._names: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._input: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        # Kept, because libpq forgets it together with a connection that is lost.
        self._socket = self.pgconn.socket
        self._loop.add_reader(self._socket, self._readable)

    async def ask(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        """The statement's rows. Raises psycopg's exceptions; `lost` tells whether the connection went with it."""
        transformer = Transformer(self)
        doubt = self._loop.call_later(PATIENCE, self._doubt)
        parameters = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        try:
            name = self._names.get((sql, types := transformer.types or ())) or await self._prepare(sql, types)
            self.pgconn.send_query_prepared(name, parameters, param_formats=transformer.formats)
            result = await self._result()
        except Error as error:
            self.lost = self.lost or self.broken or isinstance(error, ENDED)
            raise
        except asyncio.CancelledError:
            self.abandon()
            raise
        finally:
            doubt.cancel()
            if self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None
        self.used_at = monotonic()
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _doubt(self) -> None:
        self._watcher = self._loop.create_task(self._watch())

    async def _watch(self) -> None:
        """The answer takes its time: is the server at work on it, or does it hang?"""
        while await asyncio.to_thread(pulse.is_felt, self.where):  # noqa: ASYNC110  # nobody tells us that a server hangs
            await asyncio.sleep(PATIENCE)
        self.lost = True
        if self._input is not None:
            _end(self._input)

    def abandon(self) -> None:
        """Nobody waits for its answer any more: the statement is ended at the server, and the connection is closed."""
        self.lost = self.abandoned = True
        task = self._loop.create_task(self._end_statement())
        _abandoned.add(task)
        task.add_done_callback(_abandoned.discard)

    async def close(self) -> None:
        self.lost = True
        self._listen_no_more()
        await super().close()

    async def _end_statement(self) -> None:
        try:
            await self.cancel_safe(timeout=CANCEL_SECONDS)
        except OperationalError:
            pass  # it is closed all the same, and the statement has its time limit
        finally:
            await self.close()

    async def _prepare(self, sql: str, types: tuple[int, ...]) -> bytes:
        self.worn = len(self._names) + 1 >= MOST_PREPARED
        name = b"read_%d" % len(self._names)
        self.pgconn.send_prepare(name, numbered(sql), types)
        await self._result()
        self._names[sql, types] = name
        return name

    async def _result(self) -> PGresult:
        """The one result of what was sent."""
        pgconn, result = self.pgconn, None
        while pgconn.flush():
            await self._writable()
        while True:
            while pgconn.is_busy():
                if self.lost:
                    raise OperationalError("the connection is lost")
                self._input = self._loop.create_future()
                await self._input
            further = pgconn.get_result()
            if further is None:
                break
            result = result or further
        if result is None or result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result) if result else OperationalError("the connection is lost")
        return result

    async def _writable(self) -> None:
        """The server has not taken all of a very long statement yet."""
        free: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._socket, _end, free)
        try:
            await free
        finally:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self.pgconn.consume_input()
        except OperationalError:
            self.lost = True
            self._listen_no_more()
        if self._input is not None:
            _end(self._input)

    def _listen_no_more(self) -> None:
        """At once: the next connection may get this one's number."""
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._socket = -1


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


@lru_cache(maxsize=1000)
def numbered(sql: str) -> bytes:
    """`… = %s` as PostgreSQL itself writes it, `… = $1`; a doubled % is one."""
    parts = re.split(r"%([s%])", sql)
    count = 0
    for index in range(1, len(parts), 2):
        if parts[index] == "s":
            count += 1
            parts[index] = f"${count}"
    return "".join(parts).encode()
