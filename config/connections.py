"""Whether a connection of Django's pool still stands, asked when a thread takes one."""

import select
from time import monotonic
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from vanguard.pulse import pulse

# One that answered so lately is taken without a question, unless the server has said something meanwhile: to ask costs a write a tenth.
TRUSTED_SECONDS = 5.0


def check_connection(connection: Any) -> None:
    """Raises psycopg.OperationalError for one that is lost; the pool then takes another."""
    _refuse_silent(connection)
    now = monotonic()
    if now - getattr(connection, "answered_at", 0.0) > TRUSTED_SECONDS or _was_told_something(connection):
        ConnectionPool.check_connection(connection)
        connection.answered_at = now


def check_writable(connection: Any) -> None:
    """As check_connection, where the server may have become a replica of another one meanwhile."""
    _refuse_silent(connection)
    now = monotonic()
    if now - getattr(connection, "answered_at", 0.0) > TRUSTED_SECONDS or _was_told_something(connection):
        ConnectionPool.check_connection(connection)
        if not _takes_writes(connection):
            connection.close()
            raise psycopg.OperationalError("this server takes no writes any more")
        connection.answered_at = now


def _refuse_silent(connection: Any) -> None:
    """After a failover from a server that froze: to ask each connection to it would cost seconds each."""
    if pulse.is_silent(getattr(connection, "where", None)):
        connection.close()
        raise psycopg.OperationalError("this server does not answer any more")


def _takes_writes(connection: Any) -> bool:
    before = connection.autocommit
    connection.autocommit = True  # else the question would begin a transaction
    try:
        return bool(connection.execute("SHOW transaction_read_only").fetchone()[0] == "off")
    finally:
        connection.autocommit = before


def _was_told_something(connection: Any) -> bool:
    """A server that ends a connection says so, or closes it: either can be read, where nothing was asked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(waiting.poll(0))
