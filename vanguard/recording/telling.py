"""Tells the database in whose name a transaction writes, so that its triggers can say so: who, which request, from where.

On PostgreSQL a setting that ends with the transaction has it. It is set before the first statement that writes to a recorded table, and
again only when somebody else acts; plans take it along with their first question, without a round trip (vanguard.plans). SQLite asks a
function of the connection instead.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from vanguard import context

SETTING = "vanguard.acting"
_SETS = f"set_config('{SETTING}', "
SET = f"{_SETS}%s, true)"
WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "TRUNCATE", "COPY"})


def acting() -> str:
    """Who, which request and from where, with tabs between them; empty where nothing is known.

    Where only somebody's own rows may be changed, whose, as a fourth (vanguard.own_writes).
    """
    actor = context.actor_id.get()
    parts = (context.user_id.get() if actor is None else actor, context.correlation_id.get(), context.client_address.get())
    own = context.changes_only_of.get()
    told = (*parts, own) if own else parts
    return "\t".join(part.replace("\t", " ") for part in told) if any(told) else ""


def untold(connection: BaseDatabaseWrapper) -> str | None:
    """What the open transaction on PostgreSQL has yet to be told; None where it knows."""
    now = acting()
    if _is_new(connection):
        return now or None
    known, savepoints = getattr(connection, "told", ("", ()))
    # A savepoint that is gone has taken the setting back with it, or left it there: who knows.
    still_stands = _savepoints(connection)[: len(savepoints)] == savepoints
    return None if still_stands and now == known else now


def was_told(connection: BaseDatabaseWrapper, what: str) -> None:
    connection.told = what, _savepoints(connection)  # type: ignore[attr-defined]  # kept on Django's connection, whose it is


def _savepoints(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Those that are open. An inner block without one (None) can take nothing back by itself."""
    return tuple(each for each in connection.savepoint_ids if each is not None)


def tell(connection: BaseDatabaseWrapper) -> None:
    """For what goes to the driver itself, such as COPY. Inside a transaction."""
    if connection.vendor == "postgresql" and (what := untold(connection)) is not None:
        connection.connection.execute(f"SELECT {SET}", [what])
        was_told(connection, what)


def listen(sender: object, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("vanguard_acting", 1, lambda place: (*acting().split("\t"), "", "")[place])
    elif _before_writing not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _before_writing)


def _before_writing(execute: Callable[..., Any], sql: Any, params: Any, many: bool, about: dict[str, Any]) -> Any:
    """Wraps each execution by the connection."""
    connection = about["connection"]
    if _is_new(connection):
        connection.told = "", ()
    if not isinstance(sql, str) or not _writes(sql) or _SETS in sql or untold(connection) is None:
        return execute(sql, params, many, about)
    if connection.in_atomic_block:
        tell(connection)
        return execute(sql, params, many, about)
    # A statement on its own: the setting needs a transaction to stand in.
    with transaction.atomic(using=connection.alias):
        tell(connection)
        return execute(sql, params, many, about)


def _is_new(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server knows of no transaction yet, whatever Django has begun."""
    return connection.connection is None or connection.connection.info.transaction_status == TransactionStatus.IDLE


def _writes(sql: str) -> bool:
    start = sql[:200].lstrip()
    word, _, rest = start.partition(" ")
    if word.upper() not in WRITES:
        return False
    # Django quotes the table that it writes to; of anything else it is not known what it writes.
    return not (rest.startswith(('INTO "', 'FROM "', '"')) and _is_passed_over(rest.split('"', 2)[1]))


@cache
def _is_passed_over(table: str) -> bool:
    from vanguard.recording import recorded  # the apps are there by now

    return table not in recorded()
