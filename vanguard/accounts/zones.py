"""Time zones, as people choose theirs."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone


@cache
def zone_names() -> frozenset[str]:
    """Every zone that this machine knows. Read once: it is a walk through some hundred files."""
    return frozenset(zoneinfo.available_timezones())


def check_zone(name: str) -> None:
    """Raises ValidationError for what is no zone's name."""
    if name not in zone_names():
        raise ValidationError("Enter a time zone such as America/Los_Angeles.", code="unknown_zone")


def zone_of(owner: Any) -> tzinfo:
    """The own zone of a person, or of a policy; the platform's where there is none, or one that this machine does not know."""
    return zone_named(getattr(owner, "time_zone", ""))


def zone_named(name: str) -> tzinfo:
    """The zone of this name, as `zone_of` has it."""
    if not name:
        return timezone.get_default_timezone()
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.get_default_timezone()


def own_zone(user: Any) -> str:
    """The name of the person's zone; empty where it is the platform's."""
    zone = zone_of(user)
    return zone.key if isinstance(zone, zoneinfo.ZoneInfo) and zone != timezone.get_default_timezone() else ""


def today_of(user: Any) -> date:
    """Today where the person is."""
    return timezone.localdate(timezone=zone_of(user))


def day_in(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The day of `zone` in which `moment` lies: its first instant, and that of the day after."""
    day = moment.astimezone(zone).date()
    first, after = (datetime.combine(each, time.min, zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return first, after


def clock_words(moment: datetime) -> str:
    """The time of day with its zone, as the moment has it: 00:01 PST; 00:01 UTC-03:00 where a zone has no letters of its own."""
    name = moment.tzname() or ""
    return f"{moment:%H:%M} {name if name.isalpha() else f'UTC{moment:%:z}'}"
