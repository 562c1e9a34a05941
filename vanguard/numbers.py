"""Readable numbers: POL-2026-000123. Unique by the column's own constraint; given out by one locked row a series."""

from collections.abc import Callable

from django.db.models import F

from vanguard.models import NumberSeries


def next_number(prefix: str, year: int, taken: Callable[[str], bool]) -> str:
    """The next free number of the series, inside the caller's transaction.

    The series' row stays locked until that transaction ends, so two callers never get the same one; `taken` tells whether
    somebody chose that number by hand before, and it is passed over.
    """
    name = f"{prefix}-{year}"
    NumberSeries.objects.get_or_create(name=name)
    while True:
        NumberSeries.objects.filter(name=name).update(last=F("last") + 1)
        number = str(NumberSeries.objects.get(name=name))
        if not taken(number):
            return number


def next_numbers(prefix: str, year: int, count: int) -> list[str]:
    """The next `count` numbers of a series in which nobody chooses one by hand, in one step, inside the caller's transaction."""
    name = f"{prefix}-{year}"
    NumberSeries.objects.get_or_create(name=name)
    NumberSeries.objects.filter(name=name).update(last=F("last") + count)
    last = NumberSeries.objects.get(name=name).last
    return [str(NumberSeries(name=name, last=number)) for number in range(last - count + 1, last + 1)]
