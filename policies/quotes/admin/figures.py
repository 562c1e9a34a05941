"""The figures of the quotes' views, read once a request: sidebar, tabs and tiles share them."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from policies.quotes import reading
from vanguard.workbench.contributions import Count
from vanguard.workbench.model_admin import actor_of

KEPT_AS = "_quote_figures"


def figures(request: HttpRequest) -> dict[str, Any]:
    """See policies.quotes.reading.counts."""
    found: dict[str, Any] | None = getattr(request, KEPT_AS, None)
    if found is None:
        found = reading.counts(actor_of(request), timezone.now())
        setattr(request, KEPT_AS, found)
    return found


def referrals(request: HttpRequest) -> Count:
    """Beside “Referrals”: those that this person can decide."""
    return Count(figures(request)["referred"])
