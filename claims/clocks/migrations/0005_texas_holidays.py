"""Texas counts the holidays that it recognises (Insurance Code 542.051(1)): its legal holidays, Government Code 662.021.

Those are the national holidays of 662.003(a) and the state holidays of 662.003(b)(1) to (6), each on its own day. Where the federal days
of 0002 differ, there is a row: a holiday that only Texas keeps, or a federal one that it does not. Weekends need none. The rows begin
with 2021, the text that was read; no clock that has started is touched, because each has its due day.
"""

import datetime
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.db import migrations

FIRST_YEAR, LAST_YEAR = 2021, 2035
TEXAS = "US-TX"
ONLY_THERE = "Tex. Gov’t Code 662.003(b), 662.021"
NOT_THERE = "Not in Tex. Gov’t Code 662.021"


def national(year: int) -> Iterator[datetime.date]:
    """662.003(a): no Columbus Day, and none is moved from a weekend."""
    federal = import_module("claims.clocks.migrations.0002_rules_and_holidays")
    yield datetime.date(year, 1, 1)
    yield federal._nth(year, 1, 3)
    yield federal._nth(year, 2, 3)
    yield federal._last_monday_of_may(year)
    yield datetime.date(year, 7, 4)
    yield federal._nth(year, 9, 1)
    yield datetime.date(year, 11, 11)
    yield federal._nth(year, 11, 4, weekday=3)
    yield datetime.date(year, 12, 25)


def of_the_state(year: int) -> Iterator[tuple[datetime.date, str]]:
    """662.003(b)(1) to (6). The 24th and 26th of December, (7) and (8), are no legal holidays by 662.021."""
    federal = import_module("claims.clocks.migrations.0002_rules_and_holidays")
    yield datetime.date(year, 1, 19), "Confederate Heroes Day"
    yield datetime.date(year, 3, 2), "Texas Independence Day"
    yield datetime.date(year, 4, 21), "San Jacinto Day"
    yield datetime.date(year, 6, 19), "Emancipation Day in Texas"
    yield datetime.date(year, 8, 27), "Lyndon Baines Johnson Day"
    yield federal._nth(year, 11, 4, weekday=3) + datetime.timedelta(days=1), "Friday after Thanksgiving Day"


def rows() -> Iterator[dict[str, Any]]:
    """What differs from the federal days, from the first of 2021 to the last of 2035."""
    federal = import_module("claims.clocks.migrations.0002_rules_and_holidays")
    # A New Year’s Day that is kept in the year before comes with the year that it begins.
    everywhere = {day: name for year in range(FIRST_YEAR, LAST_YEAR + 1) for day, name in federal.holidays(year) if day.year >= FIRST_YEAR}
    own = {day: name for year in range(FIRST_YEAR, LAST_YEAR + 1) for day, name in of_the_state(year)}
    kept = own.keys() | {day for year in range(FIRST_YEAR, LAST_YEAR + 1) for day in national(year)}
    for day, name in own.items():
        if day.weekday() < 5 and day not in everywhere:
            yield {"date": day, "name": name, "is_business_day": False, "citation": ONLY_THERE}
    for day, name in everywhere.items():
        if day not in kept:
            yield {"date": day, "name": name, "is_business_day": True, "citation": NOT_THERE}


def seed(apps: Any, schema_editor: Any) -> None:
    """What somebody entered already for Texas stays as it is."""
    holidays = apps.get_model("clocks", "Holiday").objects.using(schema_editor.connection.alias)
    there = set(holidays.filter(jurisdiction=TEXAS).values_list("date", flat=True))
    holidays.bulk_create(holidays.model(jurisdiction=TEXAS, **row) for row in rows() if row["date"] not in there)


def take_back(apps: Any, schema_editor: Any) -> None:
    holidays = apps.get_model("clocks", "Holiday").objects.using(schema_editor.connection.alias)
    holidays.filter(jurisdiction=TEXAS, citation__in=(ONLY_THERE, NOT_THERE)).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('clocks', '0004_days_that_a_state_does_not_keep'),
    ]

    operations = [
        migrations.RunPython(seed, take_back),
    ]
