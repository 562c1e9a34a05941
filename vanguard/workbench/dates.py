"""Dates in the workbench's words: “Tue 24 Nov”, with the year only when it is another one."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

SOON_DAYS = 2
# Beyond these years the calendar’s own end comes near: a day more, or another zone, would pass it.
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline as it is shown: tone and icon, the date, and what is left."""

    tone: str
    icon: str
    day: str
    left: str

    @property
    def both(self) -> str:
        """“Tue 24 Nov, 1 day left”; today says it all by itself."""
        return self.day if self.tone == "today" else f"{self.day}, {self.left}"


def is_usual(day: date) -> bool:
    """Whether a day that was typed lies in years that people mean."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def day_named(text: str) -> date | None:
    """The day that an address asks for; None for none, nonsense, or a year that nobody means."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if is_usual(day) else None


def end_of(day: date) -> datetime:
    """The last instant of a day where the person is."""
    return timezone.make_aware(datetime.combine(day, time.max))


def today() -> date:
    """Today where the person is."""
    return timezone.localdate()


def local_date(moment: date | datetime) -> date:
    """The calendar day of `moment` where the person is."""
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


def day(moment: date | datetime, *, weekday: bool = True) -> str:
    """Tue 24 Nov; 24 Nov 2025 when it is another year."""
    on = local_date(moment)
    if on.year != today().year:
        return long_day(on)
    return f"{on:%a} {on.day} {on:%b}" if weekday else f"{on.day} {on:%b}"


def long_day(moment: date | datetime) -> str:
    """24 Nov 2026, always with its year: for terms and losses."""
    on = local_date(moment)
    return f"{on.day} {on:%b} {on.year}"


def instant(moment: datetime) -> str:
    """24 Nov 16:22; Today 06:00."""
    on = timezone.localtime(moment)
    name = "Today" if on.date() == today() else day(moment, weekday=False)
    return f"{name} {on:%H:%M}"


def full_instant(moment: datetime) -> str:
    """Sat 3 Oct 2026, 06:30 PDT: where the hour decides something, with its zone."""
    on = timezone.localtime(moment)
    return f"{on:%a} {on.day} {on:%b} {on.year}, {on:%H:%M %Z}"


def clock(due: datetime) -> Clock:
    """How urgent `due` is: late, today, soon (two days or less), or calm."""
    days = (local_date(due) - today()).days
    if due < timezone.now() and days >= 0:
        return Clock("late", "stop", "Today", "since " + f"{timezone.localtime(due):%H:%M}")
    if days < 0:
        return Clock("late", "stop", day(due), f"{_days(-days)} late")
    if days == 0:
        return Clock("today", "alert", "Today", f"by {timezone.localtime(due):%H:%M}")
    return Clock("soon" if days <= SOON_DAYS else "calm", "clock", day(due), f"{_days(days)} left")


def day_clock(due: date, now_there: date | None = None) -> Clock:
    """How urgent a day without an hour is: it is late once it is over where the person is, or where it is `now_there`."""
    days = (due - (now_there or today())).days
    if days < 0:
        return Clock("late", "stop", day(due), f"{_days(-days)} late")
    if days == 0:
        return Clock("today", "alert", "Today", "today")
    return Clock("soon" if days <= SOON_DAYS else "calm", "clock", day(due), f"{_days(days)} left")


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count:,} days"
