"""Exact totals of lists: from a counter where the list is a whole table, by counting otherwise."""

from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Model, QuerySet
from django.db.models.expressions import RawSQL

from vanguard.counting import COUNTER


def total_of(rows: QuerySet[Any]) -> int:
    """How many rows, exactly, as of now and within the caller's transaction."""
    if not is_whole_table(rows):
        return rows.count()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(COUNTER, [rows.model._meta.db_table])
        return int(cursor.fetchone()[0])


def is_whole_table(rows: QuerySet[Any]) -> bool:
    """Whether these are all rows of a table that is counted. Order, deferred columns and related records make no difference."""
    query = rows.query
    return (
        getattr(rows.model, "is_counted", False)
        and not query.where
        and not query.is_sliced
        and not query.distinct
        and not query.combinator
        and not query.extra
        and query.group_by is None
        # A join may leave rows out, or bring some twice.
        and all(alias == query.base_table for alias, count in query.alias_refcount.items() if count)
    )


def counter_of(model: type[Model]) -> RawSQL:
    """The counter as a column beside rows: a query's own parameters stay what they are, so its SQL may be remembered."""
    return RawSQL(COUNTER.replace("%s", f"'{model._meta.db_table}'"), (), BigIntegerField())  # noqa: S611  # a table of ours
