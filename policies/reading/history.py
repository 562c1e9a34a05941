"""A policy's versions, and the term that they make."""

import datetime

from django.db.models import QuerySet

from policies.models import Policy, PolicyVersion
from policies.terms import Timeline, Transaction, timeline


def versions_of(policy: Policy, known_at: datetime.datetime | None = None) -> QuerySet[PolicyVersion]:
    """In the order of booking; with `known_at` those that were booked by then."""
    rows = PolicyVersion.objects.filter(policy=policy).order_by("number")
    return rows if known_at is None else rows.filter(booked_at__lte=known_at)


def lapses_of(policy: Policy) -> QuerySet[PolicyVersion]:
    """The cancellations that wrote down a lapse of this very term."""
    return versions_of(policy).filter(cause=Policy.CancellationReason.NON_PAYMENT, lapsed_at__isnull=False)


def transactions_of(policy: Policy, known_at: datetime.datetime | None = None) -> list[Transaction]:
    """What was booked, as the arithmetic takes it."""
    return [version.transaction for version in versions_of(policy, known_at)]


def timeline_of(policy: Policy, known_at: datetime.datetime | None = None) -> Timeline:
    """The term as it is, or as it was known. Raises ValueError when nothing was booked by then."""
    return timeline(transactions_of(policy, known_at))
