"""Quotes in the search over everything."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from policies.quotes import reading
from policies.quotes.models import Quote
from policies.quotes.templatetags.quote_words import tone_of
from vanguard.workbench.contributions import Hit, HitGroup
from vanguard.workbench.dates import long_day
from vanguard.workbench.model_admin import actor_of

SHOWN = 8


def search(request: HttpRequest, term: str) -> HitGroup | None:
    """The newest first. A whole quote number leads straight to its quote."""
    user = actor_of(request)
    if not user.has_perm("quotes.view_quote"):
        return None
    found = list(reading.for_lists(reading.found(Quote.objects.visible_to(user), term)).order_by("-created_at")[:SHOWN])
    exact = next((quote for quote in found if quote.quote_number.casefold() == term.casefold()), None)
    more = f"{reverse('admin:quotes_quote_changelist')}?{urlencode({'view': 'all', 'q': term})}" if len(found) == SHOWN else ""
    return HitGroup("Quotes", [_hit(quote) for quote in found], more, _url(exact) if exact else "")


def _hit(quote: Quote) -> Hit:
    status, detail = quote.current_status, f"{quote.customer.full_name}: {quote.product.name.lower()} from {long_day(quote.start_date)}"
    return Hit(quote.quote_number, _url(quote), detail, tone_of(status), status.capitalize())


def _url(quote: Quote) -> str:
    return reverse("admin:quotes_quote_change", args=[quote.pk])
