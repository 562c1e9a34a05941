"""Deadlines of claims that have no clocks of their own: what started and stopped them is read from the claim's own moments.

Business days cannot be counted by a database, but there are few days in a year: each is given its last day here.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Case, DateTimeField, Expression, ExpressionWrapper, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncDate, TruncDay
from django.utils import timezone

from claims.clocks.calendar import DAY, last_day
from claims.clocks.models import ClockRule, Days, Event, Holiday, Kind
from claims.clocks.running import Rules, days_off
from claims.models import Claim, ClaimPayment, ClaimTransition, Status

WHEN: DateTimeField = DateTimeField(null=True)
INSTANT = datetime.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moments:
    """Which event starts a kind of clock, in which column, on which claims it runs, and what stops it."""

    kind: Kind
    action: str
    event: Event
    starts: str
    runs: Callable[[datetime.datetime], Q]
    stops: Callable[[datetime.datetime], Expression | Subquery]


def _column(name: str) -> Callable[[datetime.datetime], Expression]:
    """What stops a clock, where the claim itself has the moment."""
    return lambda until: Case(When(**{f"{name}__lt": until}, then=F(name)), default=None, output_field=WHEN)


def _first_start(until: datetime.datetime) -> Subquery:
    steps = ClaimTransition.objects.filter(claim=OuterRef("pk"), command="start", at__lt=until).order_by().values("claim")
    return Subquery(steps.values(first=Min("at")), output_field=WHEN)


def _approved(until: datetime.datetime) -> Q:
    return Q(status=Status.APPROVED, approved_amount__gt=0, processed_date__lt=until)


def _last_payment(until: datetime.datetime) -> Case:
    """A claim that is paid in parts is paid with the last one."""
    payments = ClaimPayment.objects.filter(claim=OuterRef("pk"), paid_at__lt=until).order_by().values("claim")
    last = Subquery(payments.values(last=Max("paid_at")), output_field=WHEN)
    return Case(When(paid_amount__gte=F("approved_amount"), then=last), default=None, output_field=WHEN)


def _not_reopened(until: datetime.datetime) -> Q:
    return Q(reopened_at=None) | Q(reopened_at__gte=until)


_ALL = (
    Moments(Kind.ACKNOWLEDGE, "Acknowledge and start", Event.REPORT, "reported_date", lambda _: Q(), _first_start),
    Moments(Kind.DECIDE, "Approve or deny", Event.REPORT, "reported_date", _not_reopened, _column("processed_date")),
    Moments(
        Kind.DECIDE_AGAIN, "Decide again", Event.REOPENING, "reopened_at", lambda until: Q(reopened_at__lt=until), _column("processed_date")
    ),
    Moments(Kind.PAY, "Issue the payment", Event.APPROVAL, "processed_date", _approved, _last_payment),
    Moments(
        Kind.CLOSE, "Close the file", Event.DECISION, "processed_date", lambda until: Q(processed_date__lt=until), _column("closed_at")
    ),
)
BY_MOMENTS: Mapping[str, Moments] = {each.kind: each for each in _ALL}


@dataclass(frozen=True, slots=True)
class Counting:
    """The rules of a kind that count today, by jurisdiction; "" is for all that have none of their own."""

    rules: Mapping[str, ClockRule]
    holidays: Sequence[Holiday]

    def rule_of(self, jurisdiction: str) -> ClockRule | None:
        return self.rules.get(jurisdiction, self.rules.get(""))

    def holidays_of(self, jurisdiction: str) -> set[datetime.date]:
        return days_off(self.holidays, jurisdiction)


def counting(kind: str) -> Counting:
    """Two queries."""
    rules = list(ClockRule.objects.filter(kind=kind, starts=BY_MOMENTS[kind].event))
    today = timezone.now().date()
    states = {rule.jurisdiction for rule in rules} | {""}
    chosen = {state: found for state in states for found in Rules(state, rules).for_event(BY_MOMENTS[kind].event, today)}
    return Counting(chosen, list(Holiday.objects.all()))


def of_moments(
    rows: QuerySet[Claim], kind: str, since: datetime.datetime, before: datetime.datetime, until: datetime.datetime
) -> QuerySet[Claim]:
    """Of the claims those whose deadline of this kind ran out from `since` to before `before`, or was met; with `stop` and `last`."""
    moments, by = BY_MOMENTS[kind], counting(kind)
    own = [state for state in by.rules if state]
    fits, whens = Q(pk__in=[]), []
    for state, rule in by.rules.items():
        where = Q(jurisdiction=state) if state else ~Q(jurisdiction__in=own)
        for days, starting in _starts(rule, by.holidays_of(state), since, before):
            condition = where & starting(moments.starts)
            fits |= condition
            whens.append(When(condition, then=_end(moments.starts, days)))
    if not whens:
        return rows.none()
    started = TruncDate(moments.starts, tzinfo=datetime.UTC)
    found = rows.filter(moments.runs(until)).annotate(started_on=started).filter(fits)
    found = found.annotate(stop=moments.stops(until), last=Case(*whens, output_field=WHEN))
    return found.filter(Q(stop__isnull=False) | Q(last__lt=until))


def _end(column: str, days: int) -> ExpressionWrapper:
    return ExpressionWrapper(TruncDay(column, tzinfo=datetime.UTC) + (days + 1) * DAY - INSTANT, output_field=WHEN)


def _starts(
    rule: ClockRule, holidays: set[datetime.date], since: datetime.datetime, before: datetime.datetime
) -> Iterator[tuple[int, Callable[[str], Q]]]:
    """So many calendar days later a clock is due that starts then; those that are due from `since` to before `before`."""
    if rule.counts == Days.CALENDAR:
        days = rule.days * DAY
        yield rule.days, lambda column: Q(**{f"{column}__gte": since - days, f"{column}__lt": before - days})
        return
    for length, dates in _by_length(rule.days, frozenset(holidays), since.date(), before.date()).items():
        yield length, lambda _column, dates=dates: Q(started_on__in=dates)  # type: ignore[misc]  # bound for each length


@lru_cache(maxsize=256)
def _by_length(
    days: int, holidays: frozenset[datetime.date], since: datetime.date, before: datetime.date
) -> Mapping[int, Sequence[datetime.date]]:
    """The days from which so many business days end from `since` to before `before`, by how many calendar days that takes."""
    by_length: dict[int, list[datetime.date]] = defaultdict(list)
    # Of two weeks ten days count at the most; holidays make it longer.
    start = since - (days * 2 + 30) * DAY
    while start < before:
        due = last_day(start, days, business=True, holidays=holidays)
        if since <= due < before:
            by_length[(due - start).days].append(start)
        start += DAY
    return by_length


def words(rule: ClockRule) -> str:
    """15 business days after the report, and by which citation."""
    return f"{rule.span(rule.days)} after {rule.get_starts_display()}, {rule.citation}"
