"""One encrypted column, batch by batch. A row is written only if it still holds what was read: who changed it meanwhile has the word."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection, models, transaction

from vanguard.encryption.keys import HEAD_LENGTH, current_key, decrypt, encrypt

BATCH = 200


@dataclass(frozen=True, slots=True)
class Column:
    """Names are quoted already. `guards` are triggers that refuse every change of a row."""

    table: str
    name: str
    key: str
    elsewhere: str
    guards: tuple[str, ...]

    @classmethod
    def of(cls, model: type[models.Model], field: Any, guards: tuple[str, ...] = ()) -> Self:
        quoted = connection.ops.quote_name
        # What is under a key of its owner's says so, and is none of ours: the owner's key is rotated in its place.
        elsewhere = field.foreign_head.decode()
        return cls(quoted(model._meta.db_table), quoted(field.column), quoted(str(model._meta.pk.column)), elsewhere, guards)

    def outdated(self) -> int:
        """How many values are not under the current key."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {self.table} WHERE {self._condition}", self._values)  # noqa: S608  # names of our own
            return int(cursor.fetchone()[0])

    def rotate(self) -> Iterator[int]:
        """Yields how many values it brought under the current key, batch by batch. Raises DecryptionError for one that no key opens."""
        last = None
        while rows := self._batch(last):
            yield self._put(rows)
            last = rows[-1][0]

    @property
    def _condition(self) -> str:
        return f"{self.name} IS NOT NULL AND substr({self.name}, 1, {HEAD_LENGTH}) <> %s AND substr({self.name}, 1, 3) <> %s"

    @property
    def _values(self) -> list[bytes]:
        return [current_key().head, self.elsewhere.encode()]

    def _batch(self, last: Any) -> list[tuple[Any, bytes]]:
        after = "" if last is None else f" AND {self.key} > %s"
        asked = f"SELECT {self.key}, {self.name} FROM {self.table} WHERE {self._condition}{after} ORDER BY {self.key} LIMIT {BATCH}"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(asked, self._values if last is None else [*self._values, last])
            return [(key, bytes(value)) for key, value in cursor.fetchall()]

    def _put(self, rows: list[tuple[Any, bytes]]) -> int:
        fresh = [(encrypt(decrypt(value)), key, value) for key, value in rows]
        write = f"UPDATE {self.table} SET {self.name} = %s WHERE {self.key} = %s AND {self.name} = %s"  # noqa: S608
        if self.guards:
            with transaction.atomic(), connection.cursor() as cursor, lifted(self.table, self.guards):
                return sum(_written(cursor, write, row) for row in fresh)
        # Each row is a transaction of its own: locks on several would wait in a circle with who holds them in another order.
        with connection.cursor() as cursor:
            return sum(_written(cursor, write, row) for row in fresh)


def _written(cursor: Any, write: str, row: tuple[Any, ...]) -> int:
    cursor.execute(write, row)
    return int(cursor.rowcount)


@contextmanager
def lifted(table: str, triggers: tuple[str, ...]) -> Iterator[None]:
    """The triggers are off inside, for this transaction alone: others wait, or see them as they were."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        kept = []
        if postgresql:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would forbid it
        for name in triggers:
            if postgresql:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
                kept.append(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
            else:
                cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s", [name])
                kept.append(cursor.fetchone()[0])
                cursor.execute(f"DROP TRIGGER {name}")
        yield
        for statement in kept:
            cursor.execute(statement)
