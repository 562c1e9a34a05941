"""Which day and which words the company's rules give the next action of a claim, as pure functions."""

import datetime
from collections.abc import Iterable

from claims.diary.models import DiaryEntry, DiaryRule
from claims.models import Claim
from vanguard.accounts.zones import today_of
from vanguard.errors import Invalid
from vanguard.making import new

# Where no rule fits: no open claim is without a next action.
FALLBACK = ("Look at the claim, and say what comes next", 7)
SATURDAY = 5
FURTHEST = 366


def working_day(day: datetime.date) -> datetime.date:
    """The day itself; of a weekend the Monday after."""
    return day + datetime.timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day


def rule_for(rules: Iterable[DiaryRule], stage: str, severity: str) -> DiaryRule | None:
    """The closest active rule: one for the stage goes before one for the severity, and one for both before either."""
    fitting = [rule for rule in rules if rule.active and rule.stage in ("", stage) and rule.severity in ("", severity)]
    return max(fitting, key=lambda rule: (bool(rule.stage), bool(rule.severity)), default=None)


def next_entry(claim: Claim, rules: Iterable[DiaryRule], severity: str) -> DiaryEntry:
    """What the platform puts into the diary of a claim that has nothing in it, not stored yet."""
    rule = rule_for(rules, claim.stage, severity)
    what, days = (rule.what, rule.days) if rule else FALLBACK
    day = working_day(today_of(claim.assignee) + datetime.timedelta(days=days))
    return new(DiaryEntry, claim=claim, owner=claim.assignee, due_on=day, what=what)


def check_day(day: datetime.date, today: datetime.date, field: str) -> datetime.date:
    """Today, or a day within the year to come. Raises Invalid."""
    if day < today:
        raise Invalid("Name today, or a day that is still to come.", code="in_past", field=field)
    if day > today + datetime.timedelta(days=FURTHEST):
        raise Invalid("Name a day within a year.", code="too_far", field=field)
    return day
