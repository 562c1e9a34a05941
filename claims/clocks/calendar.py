"""The arithmetic of deadlines: plain functions of dates. Days are those of UTC."""

import datetime
from collections.abc import Collection

DAY = datetime.timedelta(days=1)
NO_HOLIDAYS: Collection[datetime.date] = frozenset()


def end_of_day(moment: datetime.datetime) -> datetime.datetime:
    """A deadline counts days, not hours: it is met until its last day is over (in UTC)."""
    return datetime.datetime.combine(moment.astimezone(datetime.UTC), datetime.time.max, datetime.UTC)


def day_of(moment: datetime.datetime) -> datetime.date:
    """The day on which something happened, in UTC."""
    return moment.astimezone(datetime.UTC).date()


def is_business_day(day: datetime.date, holidays: Collection[datetime.date]) -> bool:
    """Neither a Saturday, nor a Sunday, nor a holiday."""
    return day.weekday() < 5 and day not in holidays


def last_day(start: datetime.date, days: int, *, business: bool, holidays: Collection[datetime.date] = NO_HOLIDAYS) -> datetime.date:
    """The last of so many days after `start`, which itself does not count."""
    if not business:
        return start + days * DAY
    day = start
    while days:
        day += DAY
        days -= is_business_day(day, holidays)
    return day


def due_after(
    start: datetime.datetime, days: int, *, business: bool, holidays: Collection[datetime.date] = NO_HOLIDAYS
) -> datetime.datetime:
    """The instant at which so many days after `start` are over."""
    day = last_day(day_of(start), days, business=business, holidays=holidays)
    return datetime.datetime.combine(day, datetime.time.max, datetime.UTC)
