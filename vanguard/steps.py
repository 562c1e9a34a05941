"""What plans are made of (vanguard.plans): questions about rows and numbers, and the changes that a service makes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.db.models import AutoField, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import InsertQuery

from vanguard.errors import Conflict
from vanguard.http.compiled import Statement, compiled, is_plain
from vanguard.numbers import DRAW, next_number
from vanguard.plans import Asking
from vanguard.storing import Preparation, preparation


@dataclass(frozen=True, slots=True)
class Locked[Record: Model]:
    """The row of `rows` with this `key`, or None. Locked until the transaction ends against all but who only refers to it."""

    rows: QuerySet[Record]
    key: UUID

    def asking(self) -> Asking:
        if not is_plain(self.rows):
            raise ValueError("Only a model's own, whole rows can be locked in a plan.")
        statement, values = compiled(self.rows, ("locked",), self._locking, [self.key])
        return Asking(statement.sql, values, len(_attributes(self.rows.model)), partial(self._read, statement))

    def by_orm(self) -> Record | None:
        return self._locking().first()

    def _locking(self) -> QuerySet[Record]:
        return self.rows.filter(pk=self.key).order_by().select_for_update(no_key=True, of=("self",))

    def _read(self, statement: Statement, row: Sequence[Any] | None) -> Record | None:
        if row is None:
            return None
        values, connection = list(row), connections[DEFAULT_DB_ALIAS]
        for place, (converters, expression) in statement.converters:
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return self.rows.model.from_db(DEFAULT_DB_ALIAS, _attributes(self.rows.model), values)


# Which versions of which rows there are: a change gives the row another place and another transaction.
_VERSIONS = RawSQL("COALESCE(string_agg(ctid::text || xmin::text, ' '), '')", ())
MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Few[Record: Model]:
    """All of `rows`, in their order: for tables that hold a few settings.

    PostgreSQL is asked each time which versions of them there are, and for the rows only where those are not the remembered ones: so a
    change counts from its commit on, whoever made it. The records are shared; nobody changes one.
    """

    rows: QuerySet[Record]

    def asking(self) -> Asking:
        return _asking_few(self.rows)

    def by_orm(self) -> list[Record]:
        return list(self.rows.all())


@lru_cache(maxsize=MOST_REMEMBERED)
def _asking_few(rows: QuerySet[Any]) -> Asking:
    """With a memory of its own, so who asks for the same again asks with the same QuerySet."""
    if not is_plain(rows):
        raise ValueError("Only a model's own, whole rows can be remembered.")
    statement, values = compiled(rows, ("versions",), lambda: rows.order_by().values_list(_VERSIONS))
    remembered: tuple[str | None, list[Any]] = None, []

    def read(row: Sequence[Any] | None) -> list[Any]:
        nonlocal remembered
        versions = row[0] if row else ""
        known = remembered
        if known[0] != versions:
            # Read a moment later they may be newer still: then their versions are others the next time, and they are read again.
            known = remembered = versions, list(rows.all())
        return known[1]

    return Asking(statement.sql, values, 1, read)


@dataclass(frozen=True, slots=True)
class FreeNumber:
    """The next number of a series that no `field` of `model` has yet."""

    prefix: str
    year: int
    model: type[Model]
    field: str

    def asking(self) -> Asking:
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        table, column = quoted(self.model._meta.db_table), quoted(str(self.model._meta.get_field(self.field).column))  # type: ignore[union-attr]
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {column} = drawn.number)"  # noqa: S608  # names of our own
        return Asking(f"SELECT drawn.number, {taken} FROM ({DRAW} AS number OFFSET 0) AS drawn", [self.prefix, self.year], 2, self._read)  # noqa: S608

    def by_orm(self) -> str:
        return next_number(self.prefix, self.year, lambda number: self.model._base_manager.filter(**{self.field: number}).exists())

    def _read(self, row: Sequence[Any] | None) -> str:
        number, taken = row or (None, True)
        return self.by_orm() if taken else str(number)


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row, complete as the record is; no signals are sent. `message`: what to say where its `unique` field's value is taken."""

    record: Model
    unique: str = ""
    message: str = ""

    def statement(self) -> tuple[str, Sequence[Any]]:
        sql, preparations = _insert(type(self.record))
        return sql, _values(self.record, preparations)

    def refusal(self, table: str | None) -> Conflict | None:
        expected = self.unique and table == self.record._meta.db_table
        return Conflict(self.message, code="duplicate", field=self.unique) if expected else None

    def by_orm(self) -> None:
        manager = type(self.record)._base_manager
        try:
            # Only who expects a refusal needs a savepoint, to find out which one it was.
            with transaction.atomic(savepoint=bool(self.unique)):
                manager.bulk_create([self.record])
        except IntegrityError:
            if self.unique and manager.filter(**{self.unique: getattr(self.record, self.unique)}).exists():
                raise Conflict(self.message, code="duplicate", field=self.unique) from None
            raise


@dataclass(frozen=True, slots=True)
class InsertAll:
    """New rows of one model, as `Insert` has one: a table's indexes and rules are prepared for once, however many they are."""

    records: Sequence[Model]

    def statement(self) -> tuple[str, Sequence[Any]]:
        model = type(self.records[0])
        _, preparations = _insert(model)
        return _insert_many(model, len(self.records)), [value for record in self.records for value in _values(record, preparations)]

    def refusal(self, table: str | None) -> Conflict | None:
        return None

    def by_orm(self) -> None:
        type(self.records[0])._base_manager.bulk_create(self.records)


def inserts(records: Iterable[Model]) -> list[InsertAll]:
    """The changes that insert them all: one a model."""
    by_model: dict[type[Model], list[Model]] = {}
    for record in records:
        by_model.setdefault(type(record), []).append(record)
    return [InsertAll(rows) for rows in by_model.values()]


@cache
def _attributes(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


def _values(record: Model, preparations: Sequence[tuple[str, Preparation]]) -> list[Any]:
    values = record.__dict__
    # As save() leaves it.
    record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS
    return [values[name] if prepare is None else prepare(record) for name, prepare in preparations]


@cache
def _insert(model: type[Model]) -> tuple[str, tuple[tuple[str, Preparation], ...]]:
    """The statement that inserts a row, and how the value for each of its places is come by."""
    connection = connections[DEFAULT_DB_ALIAS]
    fields = tuple(field for field in model._meta.concrete_fields if not isinstance(field, AutoField))
    query = InsertQuery(model)
    query.insert_values(fields, [model()])
    compiler: Any = query.get_compiler(connection=connection)
    compiler.returning_fields = None
    [(sql, _)] = compiler.as_sql()
    return _with_places(sql, len(fields)), tuple((field.attname, preparation(field, connection.vendor)) for field in fields)


@lru_cache(maxsize=MOST_REMEMBERED)
def _insert_many(model: type[Model], count: int) -> str:
    sql, _ = _insert(model)
    into, row = sql.rsplit(" VALUES ", 1)
    return f"{into} VALUES {', '.join([row] * count)}"


def _with_places(sql: str, count: int) -> str:
    if sql.count("%s") != count:
        raise ValueError(f"Not every value has its place in: {sql}")
    return sql
