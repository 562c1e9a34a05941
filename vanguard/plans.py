"""What a write must know, asked at once; what it changes, sent at once: on PostgreSQL each is one statement, one round trip.

A service asks questions, decides in Python, and puts changes. Both are said in terms of QuerySets and records; their SQL is
compiled by Django and composed as the parts of one WITH. On other databases the ORM does the same, one after another
(docs/decisions/0041). The answers, the rows and the refusals are the same either way.

On PostgreSQL changes are held back until their transaction ends, or until something else is asked of the database: whoever
reads finds what was put before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from psycopg import RawCursor
from psycopg.errors import UniqueViolation

from vanguard.errors import Conflict
from vanguard.recording import telling

# From the third time on PostgreSQL keeps a statement's plan. Not where the pools are off: behind a pooler that would not work.
PREPARE_AFTER = 2


@dataclass(frozen=True, slots=True)
class Asking:
    """A question's statement: it gives one row or none, of so many `columns`, the first of them never null; `answer` reads it."""

    sql: str
    values: Sequence[Any]
    columns: int
    answer: Callable[[Sequence[Any] | None], Any]


class Question(Protocol):
    """Something to know."""

    def asking(self) -> Asking: ...

    def by_orm(self) -> Any: ...


class Change(Protocol):
    """Something to write."""

    def statement(self) -> tuple[str, Sequence[Any]]: ...

    def refusal(self, table: str | None) -> Conflict | None:
        """What to say where the change met a value of `table` that may be there only once; None where it did not expect to."""
        ...

    def by_orm(self) -> None: ...


class _Unit:
    """A transaction, and those of its changes that have not been sent yet."""

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole
        self._changes: list[Change] = []

    def put(self, changes: Sequence[Change]) -> None:
        self._changes.extend(changes)

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        self.settle()
        return _asked_at_once(questions)

    def settle(self) -> None:
        """Nothing is held back any more."""
        changes, self._changes = self._changes, []
        if changes:
            _sent_at_once(changes)

    def before_any(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Wraps each execution by the connection."""
        self.settle()
        return execute(*statement)


_unit: ContextVar[_Unit | None] = ContextVar("unit", default=None)


@contextmanager
def unit(*, whole: bool = False) -> Iterator[None]:
    """A transaction, all or nothing; inside another one a part of it that can fail alone.

    `whole`: no part of this one can fail alone, which spares the round trips of savepoints. For who catches nothing inside.
    """
    outer = _unit.get()
    if outer is not None and outer.whole:
        with transaction.atomic(savepoint=False):
            yield
        return
    own = _Unit(whole=whole)
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].execute_wrapper(own.before_any):
        token = _unit.set(own)
        try:
            yield
            own.settle()
        finally:
            _unit.reset(token)


def ask(*questions: Question) -> list[Any]:
    """The answers, in the order of the questions. Inside a unit."""
    if (open_unit := _at_once()) is not None:
        return open_unit.ask(questions)
    return [question.by_orm() for question in questions]


def put(*changes: Change) -> None:
    """Make the changes, in this order. Inside a unit. Raises Conflict as they say, on PostgreSQL when they are sent."""
    if (open_unit := _at_once()) is not None:
        open_unit.put(changes)
        return
    for change in changes:
        change.by_orm()


def _at_once() -> _Unit | None:
    return _unit.get() if connections[DEFAULT_DB_ALIAS].vendor == "postgresql" else None


def _asked_at_once(questions: Sequence[Question]) -> list[Any]:
    askings = [question.asking() for question in questions]
    connection = connections[DEFAULT_DB_ALIAS]
    untold = telling.untold(connection)
    sql = _questions(tuple(asking.sql for asking in askings), telling.SET if untold is not None else "")
    values = [value for asking in askings for value in asking.values]
    row = _execute(sql, values if untold is None else [*values, untold]).fetchone()
    if untold is not None:
        telling.was_told(connection, untold)
    answers, start = [], 0
    for asking in askings:
        own = row[start : start + asking.columns]
        answers.append(asking.answer(None if own[0] is None else own))
        start += asking.columns
    return answers


@cache
def _questions(statements: tuple[str, ...], beside: str = "") -> str:
    """WITH q0 AS (…), q1 AS (…) SELECT q0.*, q1.* FROM (SELECT) AS one LEFT JOIN q0 ON true LEFT JOIN q1 ON true.

    `beside` is selected too, after them.
    """
    names = [f"q{place}" for place in range(len(statements))]
    parts = ", ".join(f"{name} AS ({sql})" for name, sql in zip(names, statements, strict=True))
    selected = ", ".join([*(f"{name}.*" for name in names), *([beside] if beside else [])])
    joins = " ".join(f"LEFT JOIN {name} ON true" for name in names)
    return _numbered(f"WITH {parts} SELECT {selected} FROM (SELECT) AS one {joins}")  # noqa: S608  # of compiled statements


def _sent_at_once(changes: Sequence[Change]) -> None:
    statements = [change.statement() for change in changes]
    try:
        _execute(_changes(tuple(sql for sql, _ in statements)), [value for _, values in statements for value in values])
    except IntegrityError as error:
        broken = error.__cause__
        table = broken.diag.table_name if isinstance(broken, UniqueViolation) else None
        if refusal := next(filter(None, (change.refusal(table) for change in changes)), None):
            raise refusal from None
        raise


@cache
def _changes(statements: tuple[str, ...]) -> str:
    """WITH c0 AS (INSERT …), c1 AS (INSERT …) INSERT …."""
    *parts, last = statements
    return _numbered(f"WITH {', '.join(f'c{place} AS ({sql})' for place, sql in enumerate(parts))} {last}" if parts else last)


def _numbered(sql: str) -> str:
    """With PostgreSQL's own places ($1) for Django's (%s): the driver would find them anew each time in a statement of this length."""
    first, *rest = sql.split("%s")
    return "".join([first, *(f"${place}{text}" for place, text in enumerate(rest, 1))]).replace("%%", "%")


def _execute(sql: str, values: Sequence[Any]) -> Any:
    """On Django's connection, but bound and prepared by the server, which Django's own cursor leaves off."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    driver: Any = connection.connection
    driver.prepare_threshold = PREPARE_AFTER if settings.DATABASE_READ_POOL["max_size"] > 0 else None
    make: Any = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    cursor = make(RawCursor(driver))
    # Members of a model's choices are text; the driver would look for a type of PostgreSQL's of their own.
    cursor.execute(sql, [str(value) if isinstance(value, str) and type(value) is not str else value for value in values])
    return cursor
