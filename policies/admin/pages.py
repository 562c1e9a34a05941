"""Pages and answers of the policies admin that are not a form on a policy."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone

from customers.admin.search import customers_to_pick
from customers.models import Customer
from policies import reading
from policies.models import Policy
from policies.reading import behind, older, words_of_behind
from vanguard.workbench.contributions import Count, Panel
from vanguard.workbench.model_admin import actor_of

SHOWN = 12
KEPT_AS = "_policy_figures"


def figures(request: HttpRequest) -> dict[str, Any]:
    """See policies.reading.counts; read once a request."""
    found: dict[str, Any] | None = getattr(request, KEPT_AS, None)
    if found is None:
        found = reading.counts(timezone.now())
        setattr(request, KEPT_AS, found)
    return found


def to_approve(request: HttpRequest) -> Count:
    """Beside “Changes to approve”: those that this person can decide."""
    return Count(reading.waiting_for(actor_of(request)))


def older_terms(policy: Policy, renewal: Policy | None) -> str:
    """What to tell on the page of a policy, or of its renewal, that stands on older terms than the term before it."""
    pairs = [(policy, renewal)] if renewal else []
    pairs += [(Policy.objects.get(pk=policy.renews_id), policy)] if policy.renews_id else []
    found = [(prior, follows, older(behind(prior, follows))) for prior, follows in pairs]
    return " ".join(
        f"{prior} was changed since it was renewed: {words_of_behind(follows, terms)}" for prior, follows, terms in found if terms
    )


def customers(request: HttpRequest) -> JsonResponse:
    """Customers to choose from while a policy is booked."""
    return customers_to_pick(request, "policies.add_policy")


def on_customer(request: HttpRequest, customer: Customer) -> Panel | None:
    """The policies of a customer, the latest term first, on the customer's page."""
    if not actor_of(request).has_perm("policies.view_policy"):
        return None
    rows = list(Policy.objects.filter(customer=customer).order_by("-end_date", "-id")[:SHOWN])
    more = f"{reverse('admin:policies_policy_changelist')}?{urlencode({'customer': customer.pk})}"
    count = len(rows) if len(rows) < SHOWN else f"{SHOWN} and more"
    words = {
        "id": "policies",
        "title": "Policies",
        "rows": rows,
        "more": more,
        "count": count,
        "empty": "No policy was booked for this customer yet.",
    }
    return Panel("policies/panel.html", words, order=10)
