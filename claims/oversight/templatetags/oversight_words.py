"""Cells of an examiner's page: moments in UTC, amounts with their decimals, nothing as a dash."""

import datetime
from decimal import Decimal
from typing import Any

from django import template

from vanguard.money import dollars

register = template.Library()


@register.filter
def utc(moment: datetime.datetime) -> str:
    """2026-11-24 16:22:05 UTC."""
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


@register.filter
def cell(value: Any) -> str:
    """Whatever stands in a table, as text."""
    if isinstance(value, datetime.datetime):
        return utc(value).removesuffix(" UTC")
    if isinstance(value, Decimal):
        return dollars(value)
    return "–" if value in (None, "") else str(value)
