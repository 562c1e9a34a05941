"""Claims on the pages of policies and customers, which do not know of claims."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from claims import worklist
from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from vanguard.workbench.contributions import Panel
from vanguard.workbench.model_admin import actor_of

SHOWN = 10


def on_policy(request: HttpRequest, policy: Policy) -> Panel | None:
    """The claims on a policy, the latest loss first."""
    add = f"{reverse('admin:claims_claim_add')}?{urlencode({'policy': policy.policy_number})}"
    return _panel(request, {"policy": policy}, {"title": "Claims on this policy", "add_url": add}, {"q": policy.policy_number}, side=True)


def on_customer(request: HttpRequest, customer: Customer) -> Panel | None:
    """The claims of a customer, the latest loss first."""
    return _panel(request, {"policy__customer": customer}, {"title": "Claims", "policy": True}, {"customer": customer.pk}, side=False)


def _panel(request: HttpRequest, which: dict[str, Any], words: dict[str, Any], query: dict[str, Any], *, side: bool) -> Panel | None:
    user = actor_of(request)
    if not user.has_perm("claims.view_claim"):
        return None
    rows = list(worklist.for_lists(Claim.objects.filter(**which)).order_by("-incident_date", "-id")[:SHOWN])
    if not user.has_perm("claims.add_claim"):
        words.pop("add_url", None)
    more = f"{reverse('admin:claims_claim_changelist')}?{urlencode({'view': 'all'} | query)}" if len(rows) == SHOWN else ""
    return Panel("claims/panels/elsewhere.html", words | {"rows": rows, "more": more}, side=side)
