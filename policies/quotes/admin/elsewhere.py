"""Quotes on the pages of customers and policies, which do not know of quotes."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from customers.models import Customer
from policies.models import Policy
from policies.quotes import reading
from policies.quotes.models import Quote
from vanguard.workbench.contributions import Panel
from vanguard.workbench.model_admin import actor_of

SHOWN = 8


def on_customer(request: HttpRequest, customer: Customer) -> Panel | None:
    """The quotes of a customer, the newest first."""
    user = actor_of(request)
    if not user.has_perm("quotes.view_quote"):
        return None
    rows = list(reading.for_lists(Quote.objects.filter(customer=customer)).order_by("-created_at", "-id")[:SHOWN])
    query = urlencode({"customer": customer.pk})
    add = f"{reverse('admin:quotes_quote_add')}?{query}" if user.has_perm("quotes.add_quote") else ""
    more = f"{reverse('admin:quotes_quote_changelist')}?view=all&{query}" if len(rows) == SHOWN else ""
    return Panel("quotes/of_customer.html", {"rows": rows, "more": more, "add_url": add}, order=20)


def on_policy(request: HttpRequest, policy: Policy) -> Panel | None:
    """The product version that a policy was issued on, and the quote that it was bound from, where there is one."""
    if not actor_of(request).has_perm("quotes.view_quote"):
        return None
    known = Policy.objects.filter(pk=policy.pk).select_related("product_version__product", "quote").get()
    words = {"version": known.product_version, "quote": getattr(known, "quote", None)}
    return Panel("quotes/of_policy.html", words, side=True, order=20) if any(words.values()) else None
