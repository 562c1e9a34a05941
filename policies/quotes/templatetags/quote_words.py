"""How quotes are written on pages."""

from django import template
from django.utils.safestring import SafeString

from policies.quotes.models import Quote, Status
from vanguard.workbench.templatetags.workbench import chip

register = template.Library()
# The workbench's tones are named after the statuses of claims and policies.
TONES: dict[str, str] = {
    Status.QUOTED: "pending",
    Status.REFERRED: "wait",
    Status.APPROVED: "approved",
    Status.DECLINED: "denied",
    Status.BOUND: "active",
}


@register.simple_tag
def quote_chip(quote: Quote) -> SafeString:
    """The status as it is now, by shape, word and tone."""
    status = quote.current_status
    return chip(TONES.get(status, "expired"), status.capitalize())


@register.filter
def tone_of(status: str) -> str:
    """The tone of a status that is at hand as text."""
    return TONES.get(status, "expired")
