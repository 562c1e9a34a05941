"""How many rows a table has, counted by the database: a counter commits, or rolls back, with whatever inserts or deletes.

Triggers keep it, so COPY, raw SQL and flush are counted like a service's insert. The counters are no model, because flush and loaddata
must reach them through the triggers alone. Decision 0037 has the reasons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from vanguard.counting import postgresql, sqlite

COUNTERS = postgresql.COUNTERS
# For the name of a table.
COUNTER = f"SELECT CAST(coalesce(sum(number), 0) AS bigint) FROM {COUNTERS} WHERE table_name = %s"  # noqa: S608  # a name of ours


@dataclass(frozen=True, slots=True)
class Standing:
    """What a counter says, beside what is there: both as of one instant, whoever writes meanwhile."""

    table: str
    counter: int
    rows: int
    is_kept: bool  # the triggers are there, and at work

    @property
    def is_right(self) -> bool:
        return self.is_kept and self.counter == self.rows


class Dialect(Protocol):
    """What each kind of database says for itself (vanguard.counting.postgresql and .sqlite)."""

    MAKE: tuple[str, ...]
    UNMAKE: tuple[str, ...]
    AT_WORK: str

    def hold(self, table: str) -> tuple[str, ...]: ...
    def triggers(self, table: str) -> dict[str, str]: ...
    def drop_trigger(self, name: str, table: str) -> str: ...


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """Raises KeyError for a database other than the two that the platform runs on."""
    dialects: dict[str, Dialect] = {"postgresql": postgresql, "sqlite": sqlite}
    return dialects[connection.vendor]


def counted_tables() -> list[str]:
    """Those of the models that say so of themselves (`is_counted`)."""
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "is_counted", False))


def standings(using: str = DEFAULT_DB_ALIAS) -> Iterator[Standing]:
    """Each counter, beside its table counted row by row."""
    connection = connections[using]
    for table in counted_tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT ({COUNTER}), (SELECT count(*) FROM {table})", [table])  # noqa: S608  # a table of ours
            counter, rows = cursor.fetchone()
        yield Standing(table, counter, rows, is_kept(connection, table))


def is_kept(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether all of the table's triggers are at work."""
    dialect = dialect_of(connection)
    with connection.cursor() as cursor:
        cursor.execute(dialect.AT_WORK, [table])
        return dialect.triggers(table).keys() <= {name for (name,) in cursor.fetchall()}


def recount(table: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Puts a counter right, and its triggers back where they are missing. Writers of the table wait meanwhile."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in counting_from_now(dialect_of(connection), table):
            cursor.execute(statement)


def counting_from_now(dialect: Dialect, table: str) -> list[str]:
    """What counts a table and has it counted ever after, in one transaction."""
    return [
        *dialect.hold(table),
        *dialect.triggers(table).values(),
        f"DELETE FROM {COUNTERS} WHERE table_name = '{table}'",  # noqa: S608  # names of ours
        f"INSERT INTO {COUNTERS} (table_name, number) SELECT '{table}', count(*) FROM {table}",  # noqa: S608  # likewise
    ]


def counting_no_more(dialect: Dialect, table: str) -> list[str]:
    return [
        *(dialect.drop_trigger(name, table) for name in dialect.triggers(table)),
        f"DELETE FROM {COUNTERS} WHERE table_name = '{table}'",  # noqa: S608  # names of ours
    ]


def recount_remade_tables(using: str, **_signal: Any) -> None:
    """On SQLite many a migration makes a table anew, and the old one takes its triggers along. Called after every migrate."""
    connection = connections[using]
    if connection.vendor != "sqlite" or COUNTERS not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT table_name FROM {COUNTERS}")  # noqa: S608  # a name of ours
        counted = [table for (table,) in cursor.fetchall()]
    for table in counted:
        if not is_kept(connection, table):
            recount(table, using)
