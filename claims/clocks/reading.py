"""Reading clocks: the rules that there are, the clocks of a claim, its next one, and what it was at an earlier moment."""

import datetime
from collections.abc import Sequence
from functools import cache, lru_cache

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from claims.clocks.models import Clock, ClockRule, Event, Holiday, Kind
from claims.clocks.running import Rules, next_of
from claims.clocks.steps import replayed, told_by
from claims.models import Claim, ClaimTransition

RUNNING = "running_clocks"
# A deadline lies within a year of what starts it.
A_YEAR = datetime.timedelta(days=550)


def rules_of(jurisdiction: str, since: datetime.datetime) -> Rules:
    """The rules, as a jurisdiction has them, with the holidays from `since` on. Two queries: both may change while others work."""
    rules = ClockRule.objects.filter(jurisdiction__in={"", jurisdiction})
    holidays = Holiday.objects.filter(
        jurisdiction__in={"", jurisdiction}, date__gte=since.date(), date__lt=(timezone.now() + A_YEAR).date()
    )
    return Rules(jurisdiction, list(rules), list(holidays))


@cache
def report_rules() -> QuerySet[ClockRule]:
    """The rules whose clocks start with a report."""
    return ClockRule.objects.filter(starts=Event.REPORT)


@lru_cache(maxsize=64)
def holidays_after(day: datetime.date) -> QuerySet[Holiday]:
    """The holidays that can matter to what starts on that day."""
    return Holiday.objects.filter(date__gte=day, date__lt=day + A_YEAR)


def with_clocks() -> Prefetch:
    """For a page of one claim: all its clocks, in one query."""
    return Prefetch("clocks", Clock.objects.select_related("rule", "extended_by"))


def with_running_clocks() -> Prefetch:
    """For lists: the running clocks of each claim, in one query for all of them."""
    return Prefetch("clocks", Clock.objects.running().select_related("rule"), to_attr=RUNNING)


def next_clock(claim: Claim) -> Clock | None:
    """The running clock that is due first; None where none runs. No query where the list has read them along."""
    return next_of(running_of(claim))


def running_of(claim: Claim) -> Sequence[Clock]:
    """The running clocks. No query where they, or all of them, were read along."""
    running: Sequence[Clock] | None = getattr(claim, RUNNING, None)
    if running is None and "clocks" in getattr(claim, "_prefetched_objects_cache", {}):
        return [clock for clock in claim.clocks.all() if clock.is_running]
    return list(claim.clocks.running().select_related("rule")) if running is None else running


def clocks_of(claim: Claim, steps: Sequence[ClaimTransition] | None = None) -> list[Clock]:
    """Every clock that ran on the claim, in the order of their start. Of one that came without them, those that its steps tell of.

    Those are not stored: by the rules of the claim's jurisdiction that were valid then, as far as they are known here.
    """
    clocks = list(claim.clocks.select_related("rule", "extended_by"))
    if clocks:
        return clocks
    told = told_by(claim, claim.transitions.all() if steps is None else steps)
    return sorted(
        replayed(claim, told, rules_of(claim.jurisdiction, claim.reported_date)), key=lambda clock: (clock.started_at, clock.due_at)
    )


def next_known_at(clocks: Sequence[Clock], moment: datetime.datetime) -> tuple[Clock, datetime.datetime] | None:
    """The clock that was due first, as was known at `moment`, and until when; None where none ran."""
    order = {kind: place for place, kind in enumerate(Kind.values)}
    known = [(clock, due) for clock in clocks if (due := clock.known_at(moment)) is not None]
    return min(known, key=lambda pair: (pair[1], order[pair[0].kind]), default=None)


def why(clock: Clock, day: str = "") -> str:
    """The sentence behind a deadline: "15 business days after the report, 19 Dec"; `day` is that of the start, as its reader says it."""
    since = clock.started_at.astimezone(datetime.UTC)
    said = f"{clock.rule.span(clock.days)} after {Event(clock.since).label}, {day or f'{since.day} {since:%b}'}"
    return f"{said}, put off by {clock.rule.extension_days} days" if clock.extended_at else said
