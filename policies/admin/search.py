"""Policies in the search over everything."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from policies import reading
from policies.models import Policy
from vanguard.workbench.contributions import Hit, HitGroup
from vanguard.workbench.dates import long_day
from vanguard.workbench.model_admin import actor_of

SHOWN = 8


def search(request: HttpRequest, term: str) -> HitGroup | None:
    """The newest first. A whole policy number leads straight to its policy."""
    user = actor_of(request)
    if not user.has_perm("policies.view_policy"):
        return None
    rows = reading.for_lists(Policy.objects.visible_to(user))
    exact = rows.filter(policy_number__iexact=term).first() if reading.is_number(term) else None
    found = list(reading.found(rows, term).order_by("-end_date", "-id")[:SHOWN])
    more = f"{reverse('admin:policies_policy_changelist')}?{urlencode({'q': term})}" if len(found) == SHOWN else ""
    return HitGroup("Policies", [_hit(policy) for policy in found], more, _url(exact) if exact else "")


def _hit(policy: Policy) -> Hit:
    detail = (
        f"{policy.customer.full_name}: {policy.policy_type.replace('_', ' ')}, {long_day(policy.start_date)} to {long_day(policy.end_date)}"
    )
    return Hit(policy.policy_number, _url(policy), detail, policy.current_status, policy.current_status.capitalize())


def _url(policy: Policy) -> str:
    return reverse("admin:policies_policy_change", args=[policy.pk])
