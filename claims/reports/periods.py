"""Years, quarters and months in UTC, by the names that the contract gives them: 2008, 2008Q1, 2008-01."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class Period(StrEnum):
    """How wide a cell is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


MONTHS = {Period.YEAR: 12, Period.QUARTER: 3, Period.MONTH: 1}
_LABEL = re.compile(r"(?P<year>[12][0-9]{3})(Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")


def index_of(moment: datetime, period: Period) -> int:
    """The number of the period that holds `moment`: neighbours differ by one."""
    return (moment.year * 12 + moment.month - 1) // MONTHS[period]


def start_of(index: int, period: Period) -> datetime:
    """The first instant of the period with this number; `index + 1` gives the instant after its last."""
    months = index * MONTHS[period]
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def label_of(index: int, period: Period) -> str:
    """2008, 2008Q1 or 2008-01."""
    start = start_of(index, period)
    match period:
        case Period.YEAR:
            return f"{start.year:04d}"
        case Period.QUARTER:
            return f"{start.year:04d}Q{(start.month + 2) // 3}"
        case Period.MONTH:
            return f"{start.year:04d}-{start.month:02d}"


def index_named(label: str) -> tuple[int, Period]:
    """The number and the width of the period with this name. Raises ValueError."""
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ValueError(f"{label!r} is no year, quarter or month.")
    year = int(found["year"])
    if found["quarter"]:
        return year * 4 + int(found["quarter"]) - 1, Period.QUARTER
    if found["month"]:
        return year * 12 + int(found["month"]) - 1, Period.MONTH
    return year, Period.YEAR


def bounds(label: str) -> tuple[datetime, datetime]:
    """The first instant of the period with this name, and the one after its last. Raises ValueError."""
    index, period = index_named(label)
    return start_of(index, period), start_of(index + 1, period)


def end_of(day: date) -> datetime:
    """The instant after the last one of `day`, in UTC: what was known on a day is what happened before it."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
