"""Claims triangles: what was paid, incurred, reported or closed, by period of the loss and period of the event.

The database adds up, one row a cell; only cells that hold something come back, in order, not cumulated.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth, TruncQuarter, TruncYear
from django.db.models.lookups import Exact

from claims.models import Claim, ClaimPayment
from claims.past import incident_at
from claims.reports import incurred
from claims.reports.known import known_claims, last_closings, of_book
from claims.reports.periods import Period, end_of, index_of, label_of
from claims.reports.sources import Passing, Source
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.money import to_cents

# Later than anything that can have happened.
ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)


class Value(StrEnum):
    """What a cell counts or adds up."""

    PAID = "paid"
    INCURRED = "incurred"
    REPORTED = "reported"
    CLOSED = "closed"
    CLOSED_PAID = "closed_paid"


MONEY = frozenset({Value.PAID, Value.INCURRED})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, such as origin 2008, development 2009Q1. Money is Decimal, a count is int."""

    origin: str
    development: str
    value: Decimal | int


TRUNCATED = {Period.YEAR: TruncYear, Period.QUARTER: TruncQuarter, Period.MONTH: TruncMonth}


def triangle(
    value: Value | str,
    origin: Period | str,
    development: Period | str,
    policy_type: str | None = None,
    known_on: date | None = None,
    *,
    user: User | None,
) -> list[Cell]:
    """The triangle's cells, as known at the end of a day (UTC) where one is given.

    Raises NotAllowed without `claims.view_reports`, ValueError for an unknown value or period.
    """
    require(user, "claims.view_reports")
    value, origin, development = Value(value), Period(origin), Period(development)
    until = end_of(known_on) if known_on else ALWAYS
    added = incurred.movements_between(until, policy_type or "") if value == Value.INCURRED else sources(value, until, policy_type or "")
    held = held_in(added, origin, development, until)
    cells = ((key, _exact(amount)) for key, amount in sorted(held.items()))
    # Movements of money may cancel out: such a cell holds nothing.
    return [Cell(label_of(key[0], origin), label_of(key[1], development), amount) for key, amount in cells if amount]


def held_in(added: Iterable[Source | Passing], origin: Period, development: Period, until: datetime) -> dict[tuple[int, int], Any]:
    """What the rows come to as known before `until`, by the numbers of the two periods. Money is not rounded yet."""
    held: dict[tuple[int, int], Any] = defaultdict(int)
    for each in added:
        if isinstance(each, Source):
            for row in _by_period(each, origin, development, until):
                held[index_of(row["origin"], origin), index_of(row["development"], development)] += row["held"]
            continue
        for row in _passed_by_period(each, origin, development, until):
            for moment, amount in ((row["since"], row["held"]), (row["to"], -row["held"])):
                if moment is not None:
                    held[index_of(row["origin"], origin), index_of(moment, development)] += amount
    return held


def sources(value: Value, until: datetime, policy_type: str = "") -> list[Source]:
    """The rows before `until` that make up a triangle, each counted in the period of its moment."""
    payments = ClaimPayment.objects.made().order_by().filter(of_book(policy_type, "claim__"), paid_at__lt=until)
    match value:
        case Value.PAID:
            return [Source(payments, "claim__", "paid_at", Sum("amount"))]
        case Value.INCURRED:
            return incurred.movements(until, policy_type)
        case Value.REPORTED:
            return [Source(known_claims(until, policy_type), "", "reported_date", Count("pk"))]
        case Value.CLOSED:
            closed = Claim.objects.order_by().filter(of_book(policy_type), closed_at__lt=until)
            reopened_since = last_closings(until).filter(of_book(policy_type, "claim__"))
            return [Source(closed, "", "closed_at", Count("pk"), "close"), Source(reopened_since, "claim__", "at", Count("pk"))]
        case Value.CLOSED_PAID:
            last = payments.filter(_is_last_of_a_closed_claim(until))
            return [Source(last, "claim__", "paid_at", Count("claim", distinct=True))]


def once(source: Source) -> Source:
    """Where claims are counted by their last payment, and there are two of one instant, one of them."""
    if not isinstance(source.held, Count) or source.rows.model is not ClaimPayment:
        return source
    twin = ClaimPayment.objects.filter(claim=OuterRef("claim"), paid_at=OuterRef("paid_at"), pk__gt=OuterRef("pk"))
    return replace(source, rows=source.rows.filter(~Exists(twin)))


def _is_last_of_a_closed_claim(until: datetime) -> Q:
    """A claim that was paid in parts is counted once, in the period of its last payment."""
    later = ClaimPayment.objects.made().filter(claim=OuterRef("claim"), paid_at__gt=OuterRef("paid_at"), paid_at__lt=until)
    return (Q(claim__closed_at__lt=until) | Q(claim__in=last_closings(until).values("claim"))) & ~Q(Exists(later))


def _by_period(source: Source, origin: Period, development: Period, until: datetime) -> QuerySet[Any]:
    periods = {
        "origin": TRUNCATED[origin](incident_at(until, source.claim), tzinfo=UTC),
        "development": TRUNCATED[development](source.moment, tzinfo=UTC),
    }
    sums: QuerySet[Any] = source.rows.values(**periods).order_by().annotate(held=source.held)
    return sums


def _passed_by_period(passing: Passing, origin: Period, development: Period, until: datetime) -> QuerySet[Any]:
    """What was held beyond the end of a period, by the periods from and to which; none for a moment that had not come."""
    truncated = TRUNCATED[development]
    came = (Case(When(**{f"{name}__lt": until}, then=F(name)), default=None) for name in (passing.since, passing.to))
    since, to = (truncated(moment, tzinfo=UTC, output_field=DateTimeField(null=True)) for moment in came)
    rows = passing.rows.exclude(
        Exact(truncated(passing.since, tzinfo=UTC), truncated(passing.to, tzinfo=UTC)),
        **{f"{passing.since}__lt": until, f"{passing.to}__lt": until},
    )
    origins = TRUNCATED[origin](incident_at(until), tzinfo=UTC)
    sums: QuerySet[Any] = rows.values(origin=origins, since=since, to=to).order_by().annotate(held=passing.held)
    return sums


def _exact(held: Decimal | int) -> Decimal | int:
    # SQLite adds decimals up in binary, fifteen digits deep: cents are exact again after rounding. PostgreSQL's are exact anyway.
    return to_cents(held) if isinstance(held, Decimal) else held
