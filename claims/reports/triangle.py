"""Claims triangles: what was paid, closed or reported, by period of the loss and period of the event.

The database adds up, one row a cell; only cells that hold something come back, in order, not cumulated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncQuarter, TruncYear

from claims.models import Claim, ClaimPayment
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.money import to_cents


class Value(StrEnum):
    """What a cell counts or adds up."""

    PAID = "paid"
    CLOSED_PAID = "closed_paid"
    REPORTED = "reported"


class Period(StrEnum):
    """How wide a cell is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


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
    *,
    user: User | None,
) -> list[Cell]:
    """The triangle's cells. Raises NotAllowed without `claims.view_reports`, ValueError for an unknown value or period."""
    require(user, "claims.view_reports")
    value, origin, development = Value(value), Period(origin), Period(development)
    match value:
        case Value.PAID:
            sums = _by_period(_payments(policy_type), "claim__incident_date", origin, "paid_at", development).annotate(held=Sum("amount"))
        case Value.CLOSED_PAID:
            last = _payments(policy_type).filter(_is_last_of_a_closed_claim())
            sums = _by_period(last, "claim__incident_date", origin, "paid_at", development).annotate(held=Count("claim", distinct=True))
        case Value.REPORTED:
            sums = _by_period(_claims(policy_type), "incident_date", origin, "reported_date", development).annotate(held=Count("pk"))
    return [Cell(_label(row["origin"], origin), _label(row["development"], development), _exact(row["held"])) for row in sums]


def _payments(policy_type: str | None) -> QuerySet[ClaimPayment]:
    payments = ClaimPayment.objects.made().order_by()
    return payments.filter(claim__policy__policy_type=policy_type) if policy_type else payments


def _claims(policy_type: str | None) -> QuerySet[Claim]:
    claims = Claim.objects.order_by()
    return claims.filter(policy__policy_type=policy_type) if policy_type else claims


def _is_last_of_a_closed_claim() -> Q:
    """A claim that was paid in parts is counted once, in the period of its last payment."""
    later = ClaimPayment.objects.made().filter(claim=OuterRef("claim"), paid_at__gt=OuterRef("paid_at"))
    return Q(claim__closed_at__isnull=False) & ~Q(Exists(later))


def _by_period(rows: QuerySet[Any], origin_field: str, origin: Period, development_field: str, development: Period) -> QuerySet[Any]:
    periods = {
        "origin": TRUNCATED[origin](origin_field, tzinfo=UTC),
        "development": TRUNCATED[development](development_field, tzinfo=UTC),
    }
    return rows.values(**periods).order_by("origin", "development")


def _label(start: datetime, period: Period) -> str:
    match period:
        case Period.YEAR:
            return f"{start.year:04d}"
        case Period.QUARTER:
            return f"{start.year:04d}Q{(start.month + 2) // 3}"
        case Period.MONTH:
            return f"{start.year:04d}-{start.month:02d}"


def _exact(held: Decimal | int) -> Decimal | int:
    # SQLite adds decimals up in binary, fifteen digits deep: cents are exact again after rounding. PostgreSQL's are exact anyway.
    return to_cents(held) if isinstance(held, Decimal) else held
