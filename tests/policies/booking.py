"""Policies of the worked examples, and moments of their terms."""

import datetime
from decimal import Decimal
from typing import Any

from policies.models import Policy
from policies.services import book_policy
from tests.factories import CustomerFactory


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def booked(start: str = "2025-01-01", end: str = "2026-01-01", premium: str = "1200.00", **fields: Any) -> Policy:
    """A policy, through the service: limit 25,000, deductible 1,000 unless said."""
    terms: dict[str, Any] = {
        "policy_type": "homeowners",
        "coverage_amount": Decimal("25000.00"),
        "deductible_amount": Decimal("1000.00"),
    } | fields
    return book_policy(
        None, customer_id=CustomerFactory.create().pk, premium_amount=Decimal(premium), start_date=day(start), end_date=day(end), **terms
    )


def running(**fields: Any) -> Policy:
    """A policy of 365 days that started 100 days ago at midnight."""
    today = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - datetime.timedelta(days=100)
    return booked(start.date().isoformat(), (start + datetime.timedelta(days=365)).date().isoformat(), **fields)


def ended_yesterday() -> Policy:
    """A policy of 365 days whose term is over since a day."""
    today = datetime.datetime.now(datetime.UTC).date()
    return booked((today - datetime.timedelta(days=366)).isoformat(), (today - datetime.timedelta(days=1)).isoformat())


def days_into(policy: Policy, days: int) -> datetime.datetime:
    return policy.start_date + datetime.timedelta(days=days)


def fresh(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)
