"""Time zones, as people choose theirs."""

import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError


@cache
def zone_names() -> frozenset[str]:
    """Every zone that this machine knows. Read once: it is a walk through some hundred files."""
    return frozenset(zoneinfo.available_timezones())


def check_zone(name: str) -> None:
    """Raises ValidationError for what is no zone's name."""
    if name not in zone_names():
        raise ValidationError("Enter a time zone such as America/Los_Angeles.", code="unknown_zone")
