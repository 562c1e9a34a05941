"""Claims in the search over everything."""

from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from claims import worklist
from claims.models import Claim
from claims.templatetags.claim_words import loss
from policies.reading import is_number
from vanguard.workbench.contributions import Hit, HitGroup
from vanguard.workbench.dates import long_day
from vanguard.workbench.model_admin import actor_of

SHOWN = 8


def search(request: HttpRequest, term: str) -> HitGroup | None:
    """Open claims first, then the newest. A whole claim number leads straight to its claim."""
    user = actor_of(request)
    if not user.has_perm("claims.view_claim"):
        return None
    rows = worklist.for_lists(Claim.objects.visible_to(user))
    exact = rows.filter(claim_number__iexact=term).first() if is_number(term) else None
    found = list(worklist.found(rows, term).order_by(F("closed_at").desc(nulls_first=True), "-reported_date", "-id")[:SHOWN])
    more = f"{reverse('admin:claims_claim_changelist')}?{urlencode({'view': 'all', 'q': term})}" if len(found) == SHOWN else ""
    return HitGroup("Claims", [_hit(claim) for claim in found], more, _url(exact) if exact else "")


def _hit(claim: Claim) -> Hit:
    detail = f"{claim.policy.customer.full_name}: {loss(claim.claim_type).lower()}, {long_day(claim.incident_date)}"
    return Hit(claim.claim_number, _url(claim), detail, claim.status, claim.get_status_display() + ("" if claim.is_open else ", closed"))


def _url(claim: Claim) -> str:
    return reverse("admin:claims_claim_change", args=[claim.pk])
