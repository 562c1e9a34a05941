"""SQL of a QuerySet, compiled by Django once for each shape of query; only the values differ from request to request.

The shape is what is asked, without the values: tables, comparisons, order, columns. It is known only for plain comparisons of
columns with values; anything else is compiled each time. Compiling costs several times what running the statement does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, lookups
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.query import ModelIterable
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from vanguard.lookups import OneOf

# Lookups of one column with one value: a placeholder each, in the order in which they stand.
PLAIN = frozenset(
    {
        lookups.Exact,
        lookups.IExact,
        lookups.GreaterThan,
        lookups.GreaterThanOrEqual,
        lookups.LessThan,
        lookups.LessThanOrEqual,
        lookups.IContains,
        lookups.IStartsWith,
        OneOf,
        RelatedExact,
    }
)
MOST_SHAPES = 500

type Shape = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and what turns its columns into the fields' values (decryption, for one)."""

    sql: str
    converters: tuple[tuple[int, Any], ...]


class Unknown(Exception):
    """This query's shape cannot be told."""


_statements: dict[Shape, Statement] = {}


def is_plain(rows: QuerySet[Any]) -> bool:
    """Whether the rows are the model's own and whole: nothing joined to them, left out, added, combined or cut off."""
    query = rows.query
    return not (
        rows._prefetch_related_lookups  # type: ignore[attr-defined]  # not in the stubs
        or rows._iterable_class is not ModelIterable
        or query.select_related
        or query.annotations
        or query.extra
        or query.distinct
        or query.combinator
        or query.is_sliced
        or query.select_for_update
        or query.deferred_loading != (frozenset(), True)
    )


def compiled(
    rows: QuerySet[Any], purpose: tuple[str, ...], build: Callable[[], QuerySet[Any]], added: Sequence[Any] = ()
) -> tuple[Statement, list[Any]]:
    """The statement that reads `build()`, and its values. `purpose` tells what `build` makes of `rows`, which is_plain.

    `added`: the values that come with what `build` adds, behind those of `rows`.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    compiler = rows.query.get_compiler(connection=connection)
    try:
        shape = (rows.model, purpose, *_joins(rows.query), *_conditions(rows.query.where))
        values = [value for lookup in _lookups(rows.query.where) for value in lookup.process_rhs(compiler, connection)[1]]
        values.extend(added)
    except Unknown:
        return _compile(build())
    if (statement := _statements.get(shape)) is None:
        statement, told = _compile(build())
        if told != values:  # not as plain as it looked: never by shape, then
            return statement, told
        if len(_statements) >= MOST_SHAPES:
            _statements.clear()
        _statements[shape] = statement
    return statement, values


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that is compiled once and for all, around marks that stand for the values to come."""

    statement: Statement
    values: tuple[Any, ...]
    marks: Mapping[str, Any]

    @classmethod
    def of(cls, rows: QuerySet[Any], marks: Mapping[str, Any]) -> "Prepared":
        statement, values = _compile(rows)
        if any(values.count(mark) != 1 for mark in marks.values()):
            raise ValueError("Each mark must stand in the statement once.")
        return cls(statement, tuple(values), marks)

    def filled(self, **given: Any) -> list[Any]:
        """The statement's values, with those given in the places of their marks."""
        places = {mark: given[name] for name, mark in self.marks.items()}
        return [places.get(value, value) for value in self.values]


def _compile(rows: QuerySet[Any]) -> tuple[Statement, list[Any]]:
    """Raises EmptyResultSet where the conditions can never hold."""
    compiler = rows.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    sql, values = compiler.as_sql()
    converters = compiler.get_converters(expression for expression, _sql, _alias in compiler.select)
    return Statement(sql, tuple(converters.items())), list(values)


def _joins(query: Query) -> Iterator[Any]:
    for alias, table in query.alias_map.items():
        field = getattr(table, "join_field", None)
        yield alias, table.table_name, table.join_type, table.parent_alias, str(field), query.alias_refcount[alias] > 0


def _conditions(node: WhereNode) -> Iterator[Any]:
    """What is compared, and how, as far as it goes into the SQL itself."""
    yield node.connector, node.negated
    child: Any
    for child in node.children:
        if isinstance(child, WhereNode):
            yield tuple(_conditions(child))
            continue
        column = getattr(child, "lhs", None)
        if type(column) is not Col:
            raise Unknown
        if type(child) is lookups.IsNull:
            yield column.alias, column.target.column, "is null", child.rhs
        elif type(child) in PLAIN and not isinstance(child.rhs, bool) and not hasattr(child.rhs, "as_sql"):
            yield column.alias, column.target.column, type(child)
        else:
            raise Unknown


def _lookups(node: WhereNode) -> Iterator[Any]:
    """Those that have a value, in the order of the SQL."""
    child: Any
    for child in node.children:
        if isinstance(child, WhereNode):
            yield from _lookups(child)
        elif type(child) is not lookups.IsNull:
            yield child
