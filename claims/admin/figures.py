"""The worklist's figures, read once a request: sidebar, tabs and tiles share them. A page with the sidebar alone reads its few."""

from typing import Any

from django.http import HttpRequest

from claims import worklist
from vanguard.workbench.contributions import Count
from vanguard.workbench.model_admin import actor_of

KEPT_AS = "_claim_figures"


def figures(request: HttpRequest) -> dict[str, Any]:
    """See claims.worklist.counts."""
    found: dict[str, Any] | None = getattr(request, KEPT_AS, None)
    if found is None:
        found = worklist.counts(actor_of(request), worklist.moments())
        setattr(request, KEPT_AS, found)
    return found


def in_worklist(request: HttpRequest) -> Count:
    """Beside “Worklist”: what is mine; for those who own no claims, all that is open."""
    works = actor_of(request).has_perm("claims.start_claim") and not actor_of(request).has_perm("claims.handle_any_claim")
    return Count(_held(request, "mine" if works else "team"))


def to_approve(request: HttpRequest) -> Count:
    """Beside “To approve”."""
    return Count(_held(request, "approve"))


def to_pay(request: HttpRequest) -> Count:
    """Beside “To pay”."""
    return Count(_held(request, "unpaid"))


def _held(request: HttpRequest, view: str) -> int:
    """How many claims a view holds: out of the figures where the page has read them."""
    found: dict[str, Any] | None = getattr(request, KEPT_AS, None)
    return found[view] if found else worklist.held(view, actor_of(request), worklist.moments())
