"""Reads behind the quote pages: saved views, search, figures. Nothing here writes."""

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from customers.models import Customer
from policies.quotes.models import PRICED, Quote, Status
from vanguard.accounts.models import User
from vanguard.text import search_words

SOON = datetime.timedelta(days=7)
VIEWS = ("open", "referred", "expiring", "bound")


def in_view(view: str, user: User, now: datetime.datetime) -> Q:
    """Which quotes a saved view holds, for `user`. Counts, tabs and rows all ask here."""
    alive = Q(status__in=PRICED, expires_at__gt=now)
    theirs = Q(customer__user=user) | Q(needs_second_person=True, maker=user)
    return {
        "open": Q(status=Status.DRAFT) | alive,
        "referred": Q(status=Status.REFERRED, expires_at__gt=now) & ~Q(pk__in=Quote.objects.filter(theirs).values("pk")),
        "expiring": Q(status__in=(Status.QUOTED, Status.APPROVED), expires_at__gt=now, expires_at__lte=now + SOON),
        "bound": Q(status=Status.BOUND),
        "all": Q(),
    }[view]


def counts(user: User, now: datetime.datetime) -> dict[str, Any]:
    """How many quotes each view holds; "all" is not counted."""
    return Quote.objects.aggregate(**{view: Count("pk", filter=in_view(view, user, now)) for view in VIEWS})


def for_lists(rows: QuerySet[Quote]) -> QuerySet[Quote]:
    """With all that a row shows, and without personal data: each value would be decrypted."""
    return rows.select_related("customer", "product").defer(*(f"customer__{name}" for name in Customer.PERSONAL))


def found(rows: QuerySet[Quote], term: str) -> QuerySet[Quote]:
    """Quotes by number (its start, or its last digits), else by the customer's name or e-mail."""
    words = search_words(term)
    if any(character.isdigit() for character in term) and "@" not in term:
        for word in words:
            rows = rows.filter(**{f"quote_number__{'endswith' if word.isdigit() else 'istartswith'}": word})
        return rows
    return rows.filter(customer__in=Customer.objects.matching(term).values("pk")) if words else rows


def first(view: str, user: User, now: datetime.datetime, limit: int) -> list[Quote]:
    """The quotes of a view whose price ends first, with what their latest price found."""
    rows = for_lists(Quote.objects.filter(in_view(view, user, now))).prefetch_related("pricings")
    return list(rows.order_by("expires_at", "id")[:limit])
