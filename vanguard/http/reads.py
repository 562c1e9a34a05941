"""Reading: what is to be read is said once, and executed in one of two ways.

A reading is a generator: it yields questions (how many, whether any, which rows) and is sent the answers. `read` executes it on
the event loop, with SQL that Django compiled, where vanguard.http.pool has connections for that; in a thread by the ORM elsewhere
(SQLite, tests' transactions, QuerySets that are more than a model's rows). Both give the same records.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import RawSQL

from vanguard.counting import COUNTER
from vanguard.encryption.fields import OwnedColumn
from vanguard.encryption.owned import keyring
from vanguard.http import pool
from vanguard.http.compiled import Statement, compiled, is_plain
from vanguard.http.threads import in_thread
from vanguard.totals import counter_of, is_whole_table, total_of


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows?"""

    rows: QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Existence:
    """Is there a row?"""

    rows: QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows, in the order `sort` ("-created_at"), from `start` on, `count` at most?

    `fields` names all that will be looked at, where that is known; empty means whole records. `key`: only the one with this primary key;
    said apart from `rows`, no QuerySet is built for each value.
    """

    rows: QuerySet[Any]
    sort: str
    start: int
    count: int
    fields: tuple[str, ...] = ()
    key: Any = None

    def ordered(self) -> QuerySet[Any]:
        rows = self.rows if self.key is None else self.rows.filter(pk=self.key)
        return rows.order_by(*order_keys(rows.model, self.sort))


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows, and how many does the list have of which they are a part?

    Both in one statement, and so as of one instant, where the total is a counter's.
    """

    part: Rows
    whole: QuerySet[Any]

    @property
    def rows(self) -> QuerySet[Any]:
        return self.part.rows


@dataclass(frozen=True, slots=True)
class Keys:
    """Which primary keys, in the order `sort`, from `start` on, `count` at most? Answered from an index alone where one has the order.

    `from_end`: the list is gone through backwards, and `start` is told from its end.
    """

    rows: QuerySet[Any]
    sort: str
    start: int
    count: int
    from_end: bool = False


# Around statements that Django compiled.
COUNT, EXISTS = "SELECT count(*) FROM ({}) AS counted", "SELECT EXISTS ({})"

_owned: dict[Any, frozenset[str]] = {}

type Question = Total | Existence | Rows | Window | Keys
type Reading[Result] = Generator[Question, Any, Result]


async def read[Result](reading: Callable[[], Reading[Result]]) -> Result:
    """The result of a reading."""
    if pool.is_there():
        return await _on_the_loop(reading())
    return await in_thread(lambda: _by_orm(reading()))


def order_keys(model: type[Model], sort: str) -> tuple[Any, ...]:
    """A field, then the id; rows without a value come last, whichever the direction. No sort: the order does not matter."""
    if not sort:
        return ()
    field: Any = model._meta.get_field(sort.removeprefix("-"))
    last = {"nulls_last": True} if field.null else {}
    return (F(field.name).desc(**last), "-pk") if sort.startswith("-") else (F(field.name).asc(**last), "pk")


def _by_orm[Result](reading: Reading[Result]) -> Result:
    try:
        question = next(reading)
        while True:
            question = reading.send(_ask_orm(question))
    except StopIteration as end:
        result: Result = end.value
        return result


def _ask_orm(question: Question) -> Any:
    match question:
        case Total(rows):
            return total_of(rows)
        case Existence(rows):
            return rows.exists()
        case Window(part, whole):
            return _ask_orm(part), total_of(whole)
        case Keys(rows, sort, start, count, from_end):
            return list(_keys(rows, sort, from_end)[start : start + count])
        case Rows(_, _, start, count):
            found = list(question.ordered()[start : start + count])
            keyring.load_for(found)
            return found


def _keys(rows: QuerySet[Any], sort: str, from_end: bool) -> QuerySet[Any, Any]:
    keys = rows.order_by(*order_keys(rows.model, sort)).values_list("pk", flat=True)
    return keys.reverse() if from_end else keys


async def _on_the_loop[Result](reading: Reading[Result]) -> Result:
    try:
        question = next(reading)
        while True:
            question = reading.send(await _ask(question))
    except StopIteration as end:
        result: Result = end.value
        return result


async def _ask(question: Question) -> Any:
    if not is_plain(question.rows):
        return await in_thread(lambda: _ask_orm(question))
    try:
        match question:
            case Total(rows) if is_whole_table(rows):
                return (await pool.fetch(COUNTER, [rows.model._meta.db_table]))[0][0]
            case Total(rows):
                statement, values = compiled(rows, ("ids",), lambda: rows.order_by().values_list("pk"))
                return (await pool.fetch(COUNT.format(statement.sql), values))[0][0]
            case Existence(rows):
                statement, values = compiled(rows, ("ids",), lambda: rows.order_by().values_list("pk"))
                return (await pool.fetch(EXISTS.format(statement.sql), values))[0][0]
            case Rows():
                return (await _rows(question))[0]
            case Window(part, whole) if is_whole_table(whole):
                found, total = await _rows(part, counter_of(whole.model))
                return found, await _ask(Total(whole)) if total is None else total
            case Window(part, whole):
                return await _ask(part), await _ask(Total(whole))
            case Keys(rows, sort, start, count, from_end):
                statement, values = compiled(rows, ("keys", sort, str(from_end)), lambda: _keys(rows, sort, from_end))
                return [key for (key,) in await pool.fetch(f"{statement.sql} LIMIT %s OFFSET %s", [*values, count, start])]
    except EmptyResultSet:
        return [] if isinstance(question, Rows | Keys) else 0


async def _rows(asked: Rows, *beside: RawSQL) -> tuple[list[Any], Any]:
    """The rows, and the value of what is asked `beside` them; None where there is no row to carry it."""
    rows, names = asked.rows, asked.fields or _all_fields(asked.rows.model)
    which, key = ("all", []) if asked.key is None else ("one", [asked.key])
    purpose = (which, asked.sort, *names, *(each.sql for each in beside))
    statement, values = compiled(rows, purpose, lambda: asked.ordered().values_list(*names, *beside), key)
    found = _converted(statement, await pool.fetch(f"{statement.sql} LIMIT %s OFFSET %s", [*values, asked.count, asked.start]))
    value = found[0][-1] if found and beside else None
    if asked.fields and not _owned_fields(rows.model).intersection(names):
        return [SimpleNamespace(**dict(zip(names, row, strict=False))) for row in found], value
    records = [rows.model.from_db(DEFAULT_DB_ALIAS, names, row[: len(names)]) for row in found]
    if _owned_fields(rows.model):
        await _load_keys(records)
    return records, value


async def _load_keys(records: list[Any]) -> None:
    """Before they are shown: no query can be made then, on the event loop. Nothing is asked where all keys are remembered."""
    missing = keyring.missing(value for record in records for value in vars(record).values())
    for source in keyring.sources.values():
        if missing:
            keys = source(missing)
            missing -= keyring.remember({row.pk: row.secret for row in await _ask(Rows(keys, "", 0, len(missing)))}).keys()


def _owned_fields(model: Any) -> frozenset[str]:
    if (found := _owned.get(model)) is None:
        found = _owned[model] = frozenset(each.attname for each in model._meta.concrete_fields if isinstance(each, OwnedColumn))
    return found


def _converted(statement: Statement, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    if not statement.converters:
        return found
    connection, rows = connections[DEFAULT_DB_ALIAS], [list(row) for row in found]
    for position, (converters, expression) in statement.converters:
        for row in rows:
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
    return [tuple(row) for row in rows]


def _all_fields(model: Any) -> tuple[str, ...]:
    return tuple(map(attrgetter("attname"), model._meta.concrete_fields))
