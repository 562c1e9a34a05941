"""Customers in the search over everything, and to choose from in the forms of other rooms."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from customers.models import Customer
from vanguard.workbench.contributions import Hit, HitGroup
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.paging import first_of

SHOWN, OFFERED = 8, 12


def search(request: HttpRequest, term: str) -> HitGroup | None:
    """People by the start of a name or e-mail. A whole e-mail leads straight to its person."""
    user = actor_of(request)
    if not user.has_perm("customers.view_customer"):
        return None
    rows = Customer.objects.visible_to(user).current().defer(*Customer.PERSONAL)
    exact = rows.filter(email__iexact=term).first() if "@" in term else None
    found = first_of(rows.order_by("last_name", "first_name", "id").found(term), rows, SHOWN)
    more = f"{reverse('admin:customers_customer_changelist')}?{urlencode({'q': term})}" if len(found) == SHOWN else ""
    hits = [Hit(person.full_name, _url(person), person.email) for person in found]
    return HitGroup("Customers", hits, more, _url(exact) if exact else "")


def customers_to_pick(request: HttpRequest, permission: str) -> JsonResponse:
    """Customers to choose from while a form is filled in, for who may send it. Names and e-mails only. Raises PermissionDenied."""
    user = actor_of(request)
    if not user.has_perm(permission):
        raise PermissionDenied
    term = request.GET.get("q", "").strip()
    rows = Customer.objects.visible_to(user).current().defer(*Customer.PERSONAL)
    people = first_of(rows.order_by("last_name", "first_name", "id").found(term), rows, OFFERED) if len(term) > 1 else []
    offers = [{"value": each.email, "label": each.full_name} for each in people]
    return JsonResponse({"offers": offers}, headers={"Cache-Control": "private, no-store"})


def _url(person: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[person.pk])
