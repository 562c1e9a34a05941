"""Reads behind the policy lists: saved views, search, figures."""

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from customers.models import Customer
from policies.models import Policy
from policies.models.policy import in_force
from vanguard.text import search_words

SOON = datetime.timedelta(days=30)


def in_view(view: str, now: datetime.datetime) -> Q:
    """Which policies a saved view holds. Counts, tabs and rows all ask here."""
    covers = in_force(now)
    return {
        "force": covers,
        "starting": Q(start_date__gt=now, start_date__lte=now + SOON, cancelled_at=None),
        "ending": covers & Q(end_date__lte=now + SOON),
        "cancelled": Q(status=Policy.Status.CANCELLED),
        "all": Q(),
    }[view]


def counts(now: datetime.datetime) -> dict[str, Any]:
    """How many policies each view holds; "all" is not counted."""
    views = ("force", "starting", "ending", "cancelled")
    return Policy.objects.aggregate(**{view: Count("pk", filter=in_view(view, now)) for view in views})


def for_lists(rows: QuerySet[Policy]) -> QuerySet[Policy]:
    """With all that a row shows, and without personal data: each value would be decrypted."""
    return rows.select_related("customer").defer(*(f"customer__{name}" for name in Customer.PERSONAL))


def found(rows: QuerySet[Policy], term: str) -> QuerySet[Policy]:
    """Policies by number (its start, or its last digits), else by the customer's name or e-mail."""
    words = search_words(term)
    term = " ".join(words)
    if any(character.isdigit() for character in term) and "@" not in term:
        for word in words:
            rows = rows.filter(**{f"policy_number__{'endswith' if word.isdigit() else 'istartswith'}": word})
        return rows
    return rows.filter(customer__in=Customer.objects.matching(term).values("pk")) if words else rows


def first(view: str, limit: int) -> list[Policy]:
    """The policies of a view that come first in time."""
    order = "start_date" if view == "starting" else "end_date"
    return list(for_lists(Policy.objects.filter(in_view(view, timezone.now()))).order_by(order, "id")[:limit])
