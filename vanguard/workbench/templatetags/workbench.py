"""How the workbench writes money, dates, states and icons. One place, so that no two pages differ."""

import secrets
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vanguard.accounts.zones import clock_words
from vanguard.money import dollars as in_figures
from vanguard.workbench import clicks, dates

register = template.Library()
KIB = 1024


@register.filter
def money(amount: Decimal | None) -> str:
    """9,190.00 in a table; an amount that is not there is a dash."""
    return "–" if amount is None else in_figures(amount)


@register.filter
def dollars(amount: Decimal | None) -> str:
    """$9,190.00 in a sentence, a sum or a tile; −$1.00 below nought."""
    if amount is None:
        return "–"
    return f"\N{MINUS SIGN}${in_figures(-amount)}" if amount < 0 else f"${in_figures(amount)}"


@register.filter
def minus(amount: Decimal) -> str:
    """What is taken off a sum: −2,500.00, and 0.00 for nothing."""
    return in_figures(-amount)


@register.filter
def day(moment: date | datetime | None) -> str:
    """Tue 24 Nov."""
    return dates.day(moment) if moment else "–"


@register.filter
def short_day(moment: date | datetime | None) -> str:
    """24 Nov."""
    return dates.day(moment, weekday=False) if moment else "–"


@register.filter
def long_day(moment: date | datetime | None) -> str:
    """24 Nov 2026."""
    return dates.long_day(moment) if moment else "–"


@register.filter
def instant(moment: datetime | None) -> str:
    """24 Nov 16:22."""
    return dates.instant(moment) if moment else "–"


@register.filter
def full_instant(moment: datetime | None) -> str:
    """Sat 3 Oct 2026, 06:30 PDT."""
    return dates.full_instant(moment) if moment else "–"


@register.filter
def day_in(moment: datetime, zone: tzinfo) -> str:
    """24 Nov 2026, where the zone is and not where the person is: for what goes by a record's own clock."""
    return dates.long_day(timezone.localdate(moment, zone))


@register.filter
def hour_in(moment: datetime, zone: tzinfo) -> str:
    """00:01 PST, of the same moment there."""
    return clock_words(moment.astimezone(zone))


@register.filter
def file_size(size: int) -> str:
    """412 kB, 1.1 MB: as people say it."""
    return f"{max(1, round(size / KIB))} kB" if size < KIB * KIB else f"{size / KIB / KIB:.1f} MB"


@register.filter
def person(user: Any) -> str:
    """A name, not an id; the system where nobody did it."""
    return (user.get_full_name() or user.get_username()) if user else "The system"


@register.filter
def by_person(user: Any) -> str:
    """The same within a sentence."""
    return person(user) if user else "the system"


@register.filter
def words(name: str) -> str:
    """personal_auto → Personal auto."""
    return name.replace("_", " ").strip().capitalize()


@register.simple_tag(takes_context=True)
def opening(context: dict[str, Any]) -> SafeString:
    """The hidden field by which a form that makes something makes one: a new number when it is opened, the same when it comes back."""
    number = context["request"].POST.get(clicks.FIELD) or secrets.token_urlsafe(16)
    return format_html('<input type="hidden" name="{}" value="{}">', clicks.FIELD, number)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A drawn icon beside words; it is never the only carrier of a meaning."""
    return format_html('<svg class="wb-i{}" aria-hidden="true"><use href="#wb-i-{}"/></svg>', f" {extra}" if extra else "", name)


@register.simple_tag
def chip(status: str, label: str, detail: str = "") -> SafeString:
    """A status by shape, word and tone, with the finer stage in small."""
    small = format_html(" <small>{}</small>", detail) if detail else ""
    return format_html('<span class="wb-chip wb-chip-{}">{}{}</span>', status, label, small)


@register.simple_tag
def clock(due: datetime | None, form: str = "day", prefix: str = "") -> SafeString:
    """A deadline's badge: `form` is "day" (the date), "short" (no weekday) or "both" (date and what is left)."""
    if due is None:
        return format_html('<span class="wb-clock wb-clock-calm">{}</span>', "No deadline")
    shown = dates.clock(due)
    short = dates.day(due, weekday=False) if shown.day != "Today" else shown.day
    words = {"day": shown.day, "short": short, "both": shown.both}[form]
    if prefix and words.startswith("Today"):
        words = words.lower()
    return format_html(
        '<span class="wb-clock wb-clock-{}">{}{}{}</span>', shown.tone, icon(shown.icon), f"{prefix} " if prefix else "", words
    )


@register.simple_tag
def day_clock(due: date) -> SafeString:
    """The badge of a day without an hour."""
    shown = dates.day_clock(due)
    return format_html('<span class="wb-clock wb-clock-{}">{}{}</span>', shown.tone, icon(shown.icon), shown.day)


@register.simple_tag
def whole_day(due: datetime, zone: tzinfo, form: str = "day") -> str | SafeString:
    """The badge of what is due in the course of the day in which `due` lies in `zone`: the day, "both", or only what is "left"."""
    shown = dates.day_clock(timezone.localdate(due, zone), timezone.localdate(timezone=zone))
    if form == "left":
        return shown.left
    words = shown.both if form == "both" else shown.day
    return format_html('<span class="wb-clock wb-clock-{}">{}{}</span>', shown.tone, icon(shown.icon), words)


@register.filter
def days_left(due: date) -> str:
    """1 day left; 3 days late; today."""
    return dates.day_clock(due).left


@register.filter
def time_left(due: datetime | None) -> str:
    """1 day left; 3 days late; by 23:59."""
    return dates.clock(due).left if due else ""


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The present address with some of its query changed; None takes a part out. The page number never stays."""
    query = context["request"].GET.copy()
    for name in ("p", "e", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def without_filter(context: dict[str, Any], spec: Any) -> str:
    """The present address without one filter."""
    return with_query(context, **dict.fromkeys(spec.expected_parameters()))
