"""What can be asked of a report. Each looks at the fields that it names in the catalogue."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from claims.reports.periods import Period, end_of
from claims.reports.triangle import Value


@dataclass(frozen=True, slots=True)
class Question:
    """`known_on`: as it stood at the end of this day. `book`: one policy type, or all of them."""

    known_on: date
    book: str = ""
    value: Value = Value.PAID
    origin: Period = Period.YEAR
    development: Period = Period.YEAR
    year: int | None = None
    month: str = ""

    @property
    def until(self) -> datetime:
        """The instant after the last one that is looked at."""
        return end_of(self.known_on)

    @property
    def day_words(self) -> str:
        """26 Nov 2026: `known_on` in a sentence."""
        return f"{self.known_on.day} {self.known_on:%b %Y}"

    @property
    def in_year(self) -> int:
        """The year that was asked for, or that of `known_on`."""
        return self.year or self.known_on.year


EARLIEST = date(1900, 1, 1)


def check_known_on(day: date) -> str:
    """Why nothing can be said as of this day; empty where it can."""
    if day < EARLIEST:
        return "Enter a day in 1900 or later."
    return "Enter today (in UTC) or an earlier day." if day > today() else ""


def today() -> date:
    """By the clock of reports, which is UTC."""
    return datetime.now(UTC).date()
