"""Readable numbers: POL-2026-000123. Unique and rising, not without gaps: who rolls back, or crashes, leaves one.

On PostgreSQL each series is a sequence, so nobody waits for a number until another's commit (docs/decisions/0040). On SQLite,
where only one writes at a time anyway, it is a row. The column's own constraint stands behind both.
"""

from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F

from vanguard.models import NumberSeries

# Of the migration 0002. Makes the year's sequence where it is not there yet.
DRAW = "SELECT vanguard_next_number(%s, %s)"
DRAW_MANY = f"{DRAW} FROM generate_series(1, %s)"


def next_number(prefix: str, year: int, taken: Callable[[str], bool]) -> str:
    """The next free number of the series; `taken` tells whether somebody chose one by hand before, and it is passed over."""
    while taken(number := next_numbers(prefix, year, 1)[0]):
        pass
    return number


def next_numbers(prefix: str, year: int, count: int) -> list[str]:
    """The next `count` numbers, rising, of a series in which nobody chooses one by hand; in one step."""
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return _from_row(prefix, year, count)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(DRAW_MANY, [prefix, year, count])
        return [str(number) for (number,) in cursor.fetchall()]


def _from_row(prefix: str, year: int, count: int) -> list[str]:
    """The row stays locked until the caller's transaction ends, so two callers never get the same number."""
    name = f"{prefix}-{year}"
    NumberSeries.objects.get_or_create(name=name)
    NumberSeries.objects.filter(name=name).update(last=F("last") + count)
    last = NumberSeries.objects.get(name=name).last
    return [str(NumberSeries(name=name, last=number)) for number in range(last - count + 1, last + 1)]
